import assert from "node:assert/strict";
import { startProvider } from "../support/provider.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

Deno.test("vantage exec refreshes an account once for all its references, and gives what is current", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "due");
  const names = { token: "A", refresh_token: "R", access_token: "B", id_token: "I" };
  const env = Object.fromEntries(
    Object.entries(names).map(([credential, name]) => [name, `auth://vantage/test/${credential}`]),
  );
  // Into files, because what is printed is searched for secrets.
  const script = 'for n in A R B I; do eval "printf %s \\"\\$$n\\"" > "$0/$n"; done';
  const { status, stderr } = await home.run(["exec", "--", "sh", "-c", script, home.dir], { env });
  assert.equal(status, 0, stderr);
  assert.equal(provider.count(REFRESH), 1);
  const { session } = await home.readRecord();
  const given = (name: string) => Deno.readTextFileSync(`${home.dir}/${name}`);
  assert.deepEqual(
    [given("A"), given("B"), given("R"), given("I")],
    [session?.access_token, session?.access_token, session?.refresh_token, session?.id_token],
  );
  assert.notEqual(given("R"), home.session.refreshToken!.expose());
});

Deno.test("vantage exec starts nothing when the provider cannot be reached and no token lives", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "dead");
  provider.down();
  const { status, stdout, stderr } = await home.run(["exec", "--", "echo", "started"], {
    env: { A: "auth://vantage/test/token" },
  });
  assert.deepEqual([status, stdout], [5, ""], stderr);
});

import { join } from "node:path";

/**
 * Makes a home with so many accounts, all with an API key, and returns its directory. Written
 * as the program would; adding them one by one would take longer than the measurement.
 */
export async function homeWithAccounts(work: string, count: number): Promise<string> {
  const home = join(work, `accounts-${count}`);
  const tokens = join(home, "tokens", "example");
  await Deno.mkdir(tokens, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(join(home, "config.toml"), "");
  const names = Array.from({ length: count }, (_, n) => `a${n}`);
  for (const account of names) {
    const record = { version: 1, generation: 1, service: "example", account };
    await Deno.writeTextFile(
      join(tokens, `${account}.json`),
      JSON.stringify({ ...record, api_key: `bench-${crypto.randomUUID()}` }),
      { mode: 0o600 },
    );
  }
  const at = "2026-01-01T00:00:00Z";
  await Deno.writeTextFile(
    join(home, "accounts.toml"),
    names.map((name) =>
      `[[accounts]]\nservice = "example"\nid = "${name}"\nscopes = []\n` +
      `created_at = "${at}"\nlast_used = "${at}"\n`
    ).join("\n"),
  );
  return home;
}

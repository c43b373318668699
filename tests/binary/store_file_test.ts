import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { startProvider } from "../support/provider.ts";
import type { Home } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";

interface Damage {
  readonly what: string;
  readonly code: string;
  readonly message: RegExp;
  readonly make: (home: Home) => Promise<void>;
}

const rewrite = (home: Home, change: (record: Record<string, unknown>) => unknown) =>
  home.readRecord().then((record) =>
    Deno.writeTextFile(home.tokenFile, JSON.stringify(change(record)))
  );

const DAMAGES: readonly Damage[] = [
  {
    what: "readable by others",
    code: "store_insecure",
    message: /its mode 0644 lets others read or change it/,
    make: (home) => Deno.chmod(home.tokenFile, 0o644),
  },
  {
    what: "a symbolic link",
    code: "store_insecure",
    message: /it is a symbolic link/,
    async make(home) {
      const target = join(home.dir, "elsewhere.json");
      await Deno.rename(home.tokenFile, target);
      await Deno.symlink(target, home.tokenFile);
    },
  },
  {
    what: "truncated",
    code: "store_corrupt",
    message: /it is not JSON/,
    make: (home) => Deno.truncate(home.tokenFile, 200),
  },
  {
    what: "empty",
    code: "store_corrupt",
    message: /it is not JSON/,
    make: (home) => Deno.truncate(home.tokenFile),
  },
  {
    what: "of another program",
    code: "store_corrupt",
    message: /it is not a record of vantage/,
    make: (home) => rewrite(home, ({ session }) => ({ session })),
  },
  {
    what: "of another account",
    code: "store_corrupt",
    message: /it belongs to 'vantage\/other'/,
    make: (home) => rewrite(home, (record) => ({ ...record, account: "other" })),
  },
  {
    what: "without its access token",
    code: "store_corrupt",
    message: /'session\.access_token' is not valid/,
    make: (home) =>
      rewrite(home, ({ session, ...record }) => ({
        ...record,
        session: { ...Object(session), access_token: undefined },
      })),
  },
  {
    what: "of a newer vantage",
    code: "store_newer",
    message: /a newer vantage wrote it/,
    make: (home) => rewrite(home, (record) => ({ ...record, version: 2 })),
  },
];

for (const { what, code, message, make } of DAMAGES) {
  Deno.test({
    name: `vantage token exits 6 with ${code} and touches nothing when its file is ${what}`,
    ignore: Deno.build.os === "windows" && code === "store_insecure",
    async fn() {
      await using provider = await startProvider();
      await using home = await homeWithSession(provider, "dead");
      await make(home);
      const read = () => Deno.readTextFile(home.tokenFile);
      const before = [await read(), Deno.lstatSync(home.tokenFile).mode];
      for (const args of [["token"], ["refresh"], ["token", "--check"]]) {
        const { status, stdout, stderr } = await home.run([...args, "--json"]);
        assert.equal(status, 6, stderr);
        assert.equal(stdout, "");
        const { error } = JSON.parse(stderr);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.match(error.hint, /`vantage login/);
      }
      assert.deepEqual([await read(), Deno.lstatSync(home.tokenFile).mode], before);
      assert.equal(provider.requests.length, 0);
      const names = [...Deno.readDirSync(dirname(home.tokenFile))].map(({ name }) => name).sort();
      assert.deepEqual(names, ["test.json", "test.lock"]);
    },
  });
}

import assert from "node:assert/strict";
import { checkImports, readSources } from "../../scripts/check_imports.ts";
import { ROOT } from "../../scripts/program.ts";

/** What the check says of `files`, together with empty files for `existing`. */
function messages(files: Record<string, string>, ...existing: string[]): string[] {
  const empty = existing.map((path) => [path, ""] as const);
  const all = new Map([...Object.entries(files), ...empty]);
  return checkImports(all).map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

Deno.test("checkImports() accepts the real tree", async () => {
  assert.deepEqual(checkImports(await readSources(ROOT)), []);
});

Deno.test("checkImports() refuses an arrow that is not in the table", () => {
  const text =
    `import { VantageError } from "../errors.ts";\nimport { x } from "../store/file.ts";`;
  assert.deepEqual(messages({ "src/oauth/a.ts": text }, "src/errors.ts", "src/store/file.ts"), [
    "src/oauth/a.ts:2: 'oauth' may not import 'store'",
  ]);
});

Deno.test("checkImports() refuses a forbidden arrow in every form of import", () => {
  const forms = [
    `import x from "../cli.ts";`,
    `import "../cli.ts";`,
    `import * as x from "../cli.ts";`,
    `import x, { type Y } from "../cli.ts";`,
    `import {\n  x,\n} from "../cli.ts";`,
    `export { x } from "../cli.ts";`,
    `export * from "../cli.ts";`,
    `const x = await import("../cli.ts");`,
    `import type { X } from "../cli.ts";`,
    `export type { X } from "../cli.ts";`,
  ];
  for (const form of forms) {
    assert.deepEqual(messages({ "src/store/a.ts": form }, "src/cli.ts"), [
      "src/store/a.ts:1: 'store' may not import 'cli'",
    ], form);
  }
});

Deno.test("checkImports() lets a type-only arrow carry types only", () => {
  const types = [
    `import type { App } from "../app.ts";`,
    `import type * as app from "../app.ts";`,
    `import { type App, type Other } from "../app.ts";`,
    `export type { App } from "../app.ts";`,
    `type A = typeof import("../app.ts");`,
  ];
  for (const text of types) {
    assert.deepEqual(messages({ "src/commands/a.ts": text }, "src/app.ts"), [], text);
  }
  const values = [
    `import { App } from "../app.ts";`,
    `import { type App, createApp } from "../app.ts";`,
    `import type from "../app.ts";`,
    `const app = await import("../app.ts");`,
  ];
  for (const text of values) {
    assert.deepEqual(messages({ "src/commands/a.ts": text }, "src/app.ts"), [
      "src/commands/a.ts:1: 'commands' may import only types of 'app'",
    ], text);
  }
});

Deno.test("checkImports() keeps commands apart, except for helpers directly in commands/", () => {
  const files = {
    "src/commands/profile/list.ts":
      `import { x } from "./show.ts";\nimport { y } from "../help.ts";`,
  };
  assert.deepEqual(messages(files, "src/commands/profile/show.ts", "src/commands/help.ts"), [
    "src/commands/profile/list.ts:1: A command may not import another one " +
    "('src/commands/profile/show.ts')",
  ]);
});

Deno.test("checkImports() lets only main.ts name the real system", () => {
  const real = "src/system/deno.ts";
  const text = (path: string) => `import { denoSystem } from "${path}";`;
  assert.deepEqual(messages({ "src/main.ts": text("./system/deno.ts") }, real), []);
  assert.deepEqual(messages({ "src/app.ts": text("./system/deno.ts") }, real), [
    "src/app.ts:1: 'app' may not import 'system/'",
  ]);
});

Deno.test("checkImports() refuses packages outside of their folder", () => {
  assert.deepEqual(
    messages({
      "src/cli/parse.ts": `import { Command } from "@commander-js/extra-typings";`,
      "src/config/a.ts": `import { parse } from "smol-toml";`,
      "src/oauth/a.ts": `import * as oauth from "oauth4webapi";`,
      "src/store/a.ts": `import * as oauth from "oauth4webapi";`,
      "src/tokens/a.ts": `import { x } from "left-pad/sub";`,
    }),
    [
      "src/store/a.ts:1: 'store' may not import the package 'oauth4webapi'",
      "src/tokens/a.ts:1: The package 'left-pad' is not in the table of scripts/check_imports.ts",
    ],
  );
});

Deno.test("checkImports() keeps built-in modules that reach outside in system/", () => {
  assert.deepEqual(
    messages({
      "src/config/a.ts": `import { join } from "node:path";\nimport { homedir } from "node:os";`,
      "src/system/a.ts": `import { homedir } from "node:os";`,
    }),
    ["src/config/a.ts:2: 'config' may not import 'node:os'"],
  );
});

Deno.test("checkImports() refuses Deno and console outside of main.ts and system", () => {
  assert.deepEqual(
    messages({
      "src/main.ts": `Deno.exit(1);`,
      "src/system/deno.ts": `console.log(Deno.args);`,
      "src/store/a.ts": [
        `// Deno.args in a comment`,
        `/* console.log("x") */ const url = "https://Deno.test/"; // console`,
        "const text = `Deno.args ${Symbol.for('Deno.x')} ${/console.log/.test(url)}`;",
        `const own = { system: { console: 1 } }.system.console;`,
        "const used = `${Deno.args}`;",
        `console.log(used);`,
      ].join("\n"),
    }),
    [
      "src/store/a.ts:5: 'store' may not use 'Deno'",
      "src/store/a.ts:6: 'store' may not use 'console'",
    ],
  );
});

Deno.test("checkImports() finds cycles of values, through dynamic imports too", () => {
  const files = {
    "src/store/a.ts": `import { b } from "./b.ts";`,
    "src/store/b.ts": `export { c } from "./c.ts";`,
    "src/store/c.ts": `\nexport const load = () => import("./a.ts");`,
  };
  assert.deepEqual(messages(files), [
    "src/store/c.ts:2: Import cycle: " +
    "src/store/a.ts -> src/store/b.ts -> src/store/c.ts -> src/store/a.ts",
  ]);
});

Deno.test("checkImports() allows cycles of types", () => {
  const files = {
    "src/store/a.ts": `import { b } from "./b.ts";`,
    "src/store/b.ts": `import type { A } from "./a.ts";`,
  };
  assert.deepEqual(messages(files), []);
});

Deno.test("checkImports() refuses what it cannot check", () => {
  assert.deepEqual(
    messages({
      "src/store/a.ts": `await import(name);\nimport x from "./missing.ts";`,
      "src/utils.ts": `export {};`,
    }),
    [
      "src/store/a.ts:1: A dynamic import needs a literal specifier",
      "src/store/a.ts:2: './missing.ts' does not exist",
      "src/utils.ts:1: 'utils' is not in the table of scripts/check_imports.ts",
    ],
  );
});

Deno.test("checkImports() is not led astray by text that looks like an import", () => {
  const text = [
    `const a = "import x from '../cli.ts'"; // import x from "../cli.ts"`,
    "const b = `import x from '../cli.ts'; ${[{ c: `}` }].length} import('../cli.ts')`;",
    `const c = 4 / 2, d = /["'\`/]/, e = c / 1; // "`,
    `const f = meta.import("../cli.ts") + import.meta.url;`,
    `export const from = "../cli.ts";`,
  ].join("\n");
  assert.deepEqual(messages({ "src/store/a.ts": text }, "src/cli.ts"), []);
});

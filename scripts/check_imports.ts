/** Checks that src/ keeps to its architecture: who may import whom, and who may touch Deno. */
import { dirname, join, normalize } from "node:path/posix";
import { scanModule } from "./module_scan.ts";
import { runScript, say } from "./script.ts";

/** How far an arrow reaches. */
type Arrow = "value" | "type";

const value = (...units: string[]) => units.map((unit) => [unit, "value"] as const);
const typeOnly = (...units: string[]) => units.map((unit) => [unit, "type"] as const);

/**
 * The architecture. A unit is a file or a folder of src/ by its name; a file and a folder of one
 * name are one unit, except for `system` (the interface) and `system/` (the real one, which
 * only main.ts may name). What is not in a row may not be imported.
 */
const ARROWS: Record<string, readonly (readonly [unit: string, arrow: Arrow])[]> = {
  main: value("cli", "system", "system/", "errors"),
  cli: [
    ...value("app", "commands", "helpers", "render", "config", "errors", "secret", "person"),
    ...value("programs", "files", "system", "version"),
    ...typeOnly("api"),
  ],
  commands: [
    ...value("references", "mask", "daemon", "api"),
    ...value("helpers", "config", "tokens", "files", "errors", "secret", "system"),
    ...typeOnly("app", "login", "logout", "migrate", "oauth", "store", "person"),
  ],
  app: [
    ...value("login", "logout", "account_list", "account_tokens", "stores", "static_secrets"),
    ...value("providers", "migrate", "tokens", "oauth", "store", "config", "daemon", "errors"),
    ...value("api_clients", "timings"),
    ...typeOnly("api", "http", "person", "secret", "system"),
  ],
  api_clients: [
    ...value("api", "oauth", "config", "version"),
    ...typeOnly("person", "system", "tokens"),
  ],
  api: [
    ...value("http", "files", "loopback", "retry_after", "errors"),
    ...typeOnly("tokens", "system"),
  ],
  account_tokens: [
    ...value("accounts", "renew", "daemon", "tokens", "config", "secret", "system"),
    ...typeOnly("account_list", "person", "providers", "static_secrets", "store", "stores"),
  ],
  // A front end as `cli` is: its methods run commands and answer with the JSON of their views.
  daemon: [
    ...value("commands", "references", "render", "config", "tokens", "store", "files"),
    ...value("errors", "secret", "system"),
    ...typeOnly("app", "login", "person"),
  ],
  providers: [
    ...value("accounts", "oauth", "http", "files", "system", "errors"),
    ...typeOnly("config", "person", "static_secrets"),
  ],
  renew: [...value("accounts", "oauth"), ...typeOnly("config", "providers")],
  static_secrets: [
    ...value("accounts", "tokens", "config", "secret"),
    ...typeOnly("store", "stores", "system"),
  ],
  account_list: [
    ...value("account_notes", "use_mark", "config", "errors", "system"),
    ...typeOnly("person", "store"),
  ],
  helpers: [
    ...value("accounts", "tokens", "config", "loopback", "never", "errors", "secret"),
    ...typeOnly("app", "system"),
  ],
  login: [
    ...value("desktop", "accounts", "tokens", "oauth", "store", "config", "errors", "secret"),
    ...typeOnly("app", "person", "system"),
  ],
  logout: [
    ...value("accounts", "tokens", "oauth", "config", "errors", "secret"),
    ...typeOnly("app", "person", "store", "system"),
  ],
  accounts: [...value("config", "errors"), ...typeOnly("oauth", "store", "tokens", "secret")],
  account_notes: [...value("config", "use_mark"), ...typeOnly("system")],
  use_mark: [...value("store"), ...typeOnly("config", "system")],
  migrate: [...value("store", "tokens", "errors"), ...typeOnly("system")],
  stores: [...value("store", "config", "errors"), ...typeOnly("system")],
  desktop: typeOnly("system"),
  references: [
    ...value("vals", "accounts", "config", "tokens", "errors"),
    ...typeOnly("app", "secret"),
  ],
  programs: value("system"),
  vals: [...value("programs", "errors", "secret"), ...typeOnly("system")],
  mask: typeOnly("secret", "system"),
  tokens: [
    ...value("store", "files", "jwt", "never", "errors", "secret"),
    ...typeOnly("oauth", "system"),
  ],
  oauth: [
    ...value("http", "files", "jwt", "never", "errors", "secret", "system"),
    ...value("loopback", "retry_after"),
    ...typeOnly("person"),
  ],
  store: value("files", "errors", "secret", "system"),
  config: [...value("files", "loopback", "errors", "secret", "system"), ...typeOnly("person")],
  render: [
    ...value("api", "helpers", "never", "errors", "secret"),
    ...typeOnly("commands", "tokens", "config", "person", "system"),
  ],
  http: [...value("errors", "secret"), ...typeOnly("system")],
  files: value("errors", "system"),
  person: [],
  jwt: [],
  never: [],
  loopback: [],
  retry_after: [],
  timings: [],
  version: [],
  "system/": value("system", "errors"),
  system: value("errors"),
  errors: value("secret"),
  secret: [],
};

/** Which units may import a package. */
const PACKAGES: Record<string, readonly string[]> = {
  "oauth4webapi": ["oauth"],
  "commander": ["cli"],
  "@commander-js/extra-typings": ["cli"],
  "cli-table3": ["render"],
  "uqr": ["render"],
  "smol-toml": ["config"],
  "toml-eslint-parser": ["config"],
  "age-encryption": ["store"],
  "yaml": ["store", "render"],
  "csv-stringify": ["render"],
  "graphql": ["api", "commands"],
  "graphql-ws": ["api"],
  "graphql-sse": ["api"],
  "http-link-header": ["api"],
  "jq-wasm": ["api"],
  "fast-xml-parser": ["helpers"],
  "valibot": ["helpers", "config", "tokens", "store", "oauth", "daemon", "api"],
};

/** Files outside of src/, and which units may import them. */
const OTHER_FILES: Record<string, readonly string[]> = {
  "deno.json": ["version"], // the version is written there and nowhere else
};

/** Built-in modules that only compute; the others reach outside, which is for `system/` alone. */
const PURE_BUILT_INS = ["node:path", "node:util", "node:url", "node:crypto"];

/** Globals that reach outside, and the units that may name them. */
const GLOBALS: Record<string, readonly string[]> = {
  Deno: ["main", "system", "system/"],
  console: ["main", "system", "system/"],
};

export interface Violation {
  /** Path from the root of the repository. */
  file: string;
  line: number;
  message: string;
}

interface Edge {
  from: string;
  to: string;
  line: number;
}

/** Checks modules given as path (`src/…`) and text. The result is ordered by file and line. */
export function checkImports(files: ReadonlyMap<string, string>): Violation[] {
  const violations: Violation[] = [];
  const edges: Edge[] = [];
  for (const [file, text] of files) {
    const unit = unitOf(file);
    const report = (line: number, message: string) => violations.push({ file, line, message });
    if (!ARROWS[unit]) report(1, `'${unit}' is not in the table of scripts/check_imports.ts`);

    const { imports, names } = scanModule(text);
    for (const { specifier, typeOnly, line } of imports) {
      if (!specifier.startsWith(".")) {
        const problem = packageProblem(unit, specifier);
        if (problem) report(line, problem);
        continue;
      }
      const to = normalize(join(dirname(file), specifier));
      if (OTHER_FILES[to]?.includes(unit)) continue;
      const problem = arrowProblem(file, to, typeOnly);
      if (problem) report(line, problem);
      if (!files.has(to)) report(line, `'${specifier}' does not exist`);
      if (!typeOnly) edges.push({ from: file, to, line });
    }
    for (const { name, line } of names) {
      const allowed = Object.hasOwn(GLOBALS, name) ? GLOBALS[name] : undefined;
      if (allowed && !allowed.includes(unit)) report(line, `'${unit}' may not use '${name}'`);
    }
  }
  violations.push(...findCycles(edges));
  return violations.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

/** `src/cli.ts` and `src/cli/x.ts` are `cli`; `src/system/x.ts` is `system/`. */
function unitOf(file: string): string {
  const [, first = "", ...rest] = file.split("/");
  if (first === "system" && rest.length > 0) return "system/";
  return first.replace(/\.ts$/, "");
}

function arrowProblem(from: string, to: string, typeOnly: boolean): string | undefined {
  if (!to.startsWith("src/")) return `'${to}' is outside of src/`;
  const [unit, target] = [unitOf(from), unitOf(to)];
  if (unit === target) {
    // Commands share helper files that lie directly in commands/, and nothing else.
    const isCommand = unit === "commands" && dirname(to) !== "src/commands";
    return isCommand ? `A command may not import another one ('${to}')` : undefined;
  }
  const arrow = ARROWS[unit]?.find(([name]) => name === target)?.[1];
  if (!arrow) return `'${unit}' may not import '${target}'`;
  if (arrow === "type" && !typeOnly) return `'${unit}' may import only types of '${target}'`;
  return undefined;
}

function packageProblem(unit: string, specifier: string): string | undefined {
  if (specifier === "") return "A dynamic import needs a literal specifier";
  if (specifier.startsWith("node:")) {
    if (PURE_BUILT_INS.includes(specifier) || unit.startsWith("system")) return undefined;
    return `'${unit}' may not import '${specifier}'`;
  }
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  const allowed = Object.hasOwn(PACKAGES, name) ? PACKAGES[name] : undefined;
  if (!allowed) return `The package '${name}' is not in the table of scripts/check_imports.ts`;
  if (!allowed.includes(unit)) return `'${unit}' may not import the package '${name}'`;
  return undefined;
}

/** One violation for each import that closes a cycle, found depth first. */
function findCycles(edges: readonly Edge[]): Violation[] {
  const outgoing = Map.groupBy(edges, (edge) => edge.from);
  const finished = new Set<string>();
  const path: string[] = [];
  const violations: Violation[] = [];
  const visit = (file: string) => {
    path.push(file);
    for (const { to, line } of outgoing.get(file) ?? []) {
      const start = path.indexOf(to);
      if (start >= 0) {
        const cycle = [...path.slice(start), to].join(" -> ");
        violations.push({ file, line, message: `Import cycle: ${cycle}` });
      } else if (!finished.has(to)) {
        visit(to);
      }
    }
    path.pop();
    finished.add(file);
  };
  for (const file of outgoing.keys()) if (!finished.has(file)) visit(file);
  return violations;
}

/** Every TypeScript module under `root`/src, by its path from `root`. */
export async function readSources(root: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const visit = async (folder: string) => {
    for await (const entry of Deno.readDir(`${root}/${folder}`)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) await visit(path);
      else if (path.endsWith(".ts")) files.set(path, await Deno.readTextFile(`${root}/${path}`));
    }
  };
  await visit("src");
  return files;
}

async function main(): Promise<void> {
  const files = await readSources(".");
  const violations = checkImports(files);
  for (const { file, line, message } of violations) say(`${file}:${line}: ${message}`);
  if (violations.length > 0) Deno.exit(1);
  say(`Checked the imports of ${files.size} files`);
}

if (import.meta.main) await runScript("check_imports", main);

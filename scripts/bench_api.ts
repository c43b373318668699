/** The part of `bench.ts` that is about calls to an API, each beside the same by curl. */
import { join } from "node:path";
import { homeWithSessions, SERVICE } from "./bench_accounts.ts";
import { BODY_BYTES, JOINED_BYTES, PAGES, SEPARATE_BYTES } from "./bench_api_answers.ts";
import { startHost } from "./bench_api_host.ts";
import type { Piped, PipedResult } from "./bench_api_piped.ts";
import { measurePiped } from "./bench_api_piped.ts";
import { mebibytes } from "./bench_calls.ts";
import { isInstalled } from "./bench_installed.ts";
import { UNKNOWN } from "./bench_loads.ts";
import type { Program } from "./bench_timing.ts";
import { measure, programCase, report, table } from "./bench_timing.ts";
import { Failure, say, warn } from "./script.ts";

const WARM_UPS = 2;

interface Parts {
  /** A directory for what is needed only meanwhile. */
  readonly work: string;
  /** The programs. */
  readonly vantage: string;
  readonly hello: string;
  readonly rounds: number;
}

/** The clients, all with the same fresh token. */
interface Clients {
  readonly work: string;
  readonly origin: string;
  /** `vantage api` for the account. */
  vantage(...args: string[]): Omit<Program, "name">;
  /** Undefined where it is not installed. */
  readonly curl: ((...args: string[]) => Omit<Program, "name">) | undefined;
  readonly gh: ((...args: string[]) => Omit<Program, "name">) | undefined;
}

export async function benchApi(parts: Parts): Promise<void> {
  if (Deno.build.os === "windows") return warn("skipped: API calls are not measured on Windows");
  const work = join(parts.work, "api");
  await Deno.mkdir(work);
  const home = await homeWithSessions(work, 1);
  const env = { VANTAGE_HOME: home };
  const token = await printed({ program: parts.vantage, args: ["token", SERVICE, "a0"], env });
  await using host = await startHost(token);
  const { origin } = host;
  await Deno.writeTextFile(join(home, "config.toml"), `api_url = "${origin}"\n`, { append: true });
  const clients = { ...await makeClients(parts, { work, env, token, origin }), work, origin };
  const few = Math.ceil(parts.rounds / 12);
  await benchBody(clients, few);
  say("");
  await benchPages(clients, few);
  say("");
  await benchStart(clients, parts);
}

async function makeClients(
  parts: Parts,
  { work, env, token, origin }: {
    readonly work: string;
    readonly env: Readonly<Record<string, string>>;
    readonly token: string;
    readonly origin: string;
  },
): Promise<Pick<Clients, "vantage" | "curl" | "gh">> {
  const account = ["--account", `${SERVICE}/a0`];
  const header = `Authorization: Bearer ${token}`;
  const [hasCurl, hasGh] = [await isInstalled("curl"), await isInstalled("gh")];
  if (!hasCurl) warn("skipped: curl is not installed");
  if (!hasGh) warn("skipped: gh is not installed");
  const ghEnv = hasGh
    ? { GH_CONFIG_DIR: await ghHome(work, origin, token), GH_NO_UPDATE_NOTIFIER: "1" }
    : {};
  return {
    vantage: (...args) => ({ program: parts.vantage, args: ["api", ...args, ...account], env }),
    curl: hasCurl
      ? (...args) => ({ program: "curl", args: ["-sS", "-H", header, ...args] })
      : undefined,
    gh: hasGh ? (...args) => ({ program: "gh", args: ["api", ...args], env: ghEnv }) : undefined,
  };
}

/** A large body. */
async function benchBody({ work, origin, vantage, curl }: Clients, rounds: number): Promise<void> {
  const path = join(work, "body");
  const toFile = { bytes: 0, file: { path, bytes: BODY_BYTES } };
  const toPipe = { bytes: BODY_BYTES };
  const ways = [
    { ours: ["/body"], theirs: [`${origin}/body`], to: "a pipe", ...toPipe },
    {
      ours: ["/body", "-o", path],
      theirs: [`${origin}/body`, "-o", path],
      to: "a file",
      ...toFile,
    },
  ];
  const rows = [["1 GiB", "MB/s", "x curl", "MiB at most"]];
  for (const { ours, theirs, to, ...rest } of ways) {
    const cases: Piped[] = [{ name: `vantage api, to ${to}`, ...vantage(...ours), ...rest }];
    if (curl) cases.push({ name: `curl, to ${to}`, ...curl(...theirs), ...rest });
    const results = await measurePiped(cases, rounds);
    rows.push(
      ...cells(results, ({ medianMs }) => (BODY_BYTES / 1e6 / medianMs * 1000).toFixed(0)),
    );
  }
  table(rows);
}

/** Many small answers. curl is told the addresses that the other finds in the answers before. */
async function benchPages({ work, origin, vantage, curl }: Clients, rounds: number): Promise<void> {
  const cases: Piped[] = [{
    name: "vantage api --paginate",
    ...vantage("/numbers?page=1", "--paginate"),
    bytes: JOINED_BYTES,
  }];
  if (curl) {
    const config = join(work, "pages.curl");
    const urls = Array.from({ length: PAGES }, (_, at) => `${origin}/numbers?page=${at + 1}`);
    await Deno.writeTextFile(config, urls.map((url) => `url = "${url}"\n`).join(""));
    const named = { name: "curl, told all addresses", bytes: SEPARATE_BYTES };
    cases.push({ ...named, ...curl("--config", config) });
  }
  const results = await measurePiped(cases, rounds);
  table([
    [`${PAGES} pages`, "ms", "x curl", "MiB at most"],
    ...cells(results, ({ medianMs }) => medianMs.toFixed(0)),
  ]);
}

/** Rows beside the last result, which is curl's where there are two. */
function cells(results: readonly PipedResult[], amount: (result: PipedResult) => string) {
  const [, curl] = results;
  return results.map((result) => [
    result.name,
    amount(result),
    curl ? (result.medianMs / curl.medianMs).toFixed(2) : UNKNOWN,
    mebibytes(result.peakBytes),
  ]);
}

/** One small answer. */
async function benchStart(
  { origin, vantage, curl, gh }: Clients,
  { hello, rounds }: Parts,
): Promise<void> {
  const cases: Program[] = [
    { name: "hello", program: hello, args: [] },
    { name: "vantage api /me", ...vantage("/me") },
  ];
  if (curl) cases.push({ name: "curl", ...curl(`${origin}/me`) });
  if (gh) cases.push({ name: "gh api", ...gh(`${origin}/me`) });
  const results = await measure(cases.map(programCase), rounds, WARM_UPS);
  report(results, results);
}

/** A configuration directory in which `gh` has the token for the API. */
async function ghHome(work: string, origin: string, token: string): Promise<string> {
  const directory = join(work, "gh");
  await Deno.mkdir(directory);
  await Deno.writeTextFile(
    join(directory, "hosts.yml"),
    `"${new URL(origin).host}":\n  users:\n    bench:\n      oauth_token: ${token}\n` +
      `  oauth_token: ${token}\n  user: bench\n  git_protocol: https\n`,
  );
  // Else the first run rewrites hosts.yml to this version and tries the keyring.
  await Deno.writeTextFile(join(directory, "config.yml"), `version: "1"\n`);
  return directory;
}

async function printed({ program, args, env = {} }: Omit<Program, "name">): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], env: { ...env }, stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Failure(`${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

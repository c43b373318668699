import type { App } from "../app.ts";
import { isVantageError } from "../errors.ts";
import type { Profile } from "../config/profile.ts";
import { placeProblem } from "../daemon/place.ts";
import { askDaemon } from "./running_daemon.ts";

export interface Finding {
  readonly name: string;
  readonly verdict: "ok" | "warning" | "problem";
  readonly detail: string;
  /** How to mend it. */
  readonly hint: string | undefined;
}

export interface DoctorResult {
  readonly findings: readonly Finding[];
  readonly healthy: boolean;
}

/** A clock further off than this breaks certificates and ID tokens sooner or later. */
const SKEW_LIMIT_MS = 60_000;

/** `vantage doctor`: tries everything a login needs and says what is wrong and how to mend it. */
export async function doctor(app: App): Promise<DoctorResult> {
  const findings: Finding[] = [];
  const check = async (
    name: string,
    examine: () => Promise<string | Finding>,
  ): Promise<boolean> => {
    try {
      const result = await examine();
      const finding = typeof result === "string"
        ? { name, verdict: "ok" as const, detail: result, hint: undefined }
        : result;
      findings.push(finding);
      return finding.verdict !== "problem";
    } catch (error) {
      if (!isVantageError(error) || error.code === "interrupted") throw error;
      findings.push({ name, verdict: "problem", detail: error.message, hint: error.hint });
      return false;
    }
  };

  let profile: Profile | undefined;
  const configured = await check("settings", async () => {
    await app.config();
    return app.paths().config;
  });
  if (configured) {
    await check("accounts", async () => {
      const { length } = await app.accounts();
      return `${length} in ${app.paths().accounts}`;
    });
    await check("profile", async () => {
      profile = await app.profile();
      return `${profile.name}, from ${await app.describeSource(profile.nameSource)}`;
    });
  }
  if (profile) {
    const chosen = profile;
    await check("store", () => checkStore(app, chosen));
    await check("provider", () => checkProvider(app, chosen));
    await check("session", () => checkSession(app, chosen));
  }
  if (configured) await check("daemon", () => checkDaemon(app));
  return { findings, healthy: findings.every((finding) => finding.verdict !== "problem") };
}

async function checkStore(app: App, profile: Profile): Promise<string | Finding> {
  await app.checkStore(profile);
  const store = await app.store(profile);
  if (store.name !== "file") return store.name;
  const path = app.paths().tokens;
  const facts = await app.system.files.stat(path);
  if (facts?.mode && (facts.mode & 0o077) !== 0) {
    return {
      name: "store",
      verdict: "warning",
      detail: `others may look into ${path}`,
      hint: `Run \`chmod 700 ${path}\``,
    };
  }
  return `file, in ${path}`;
}

async function checkProvider(app: App, profile: Profile): Promise<string | Finding> {
  const server = await app.server(profile, { fresh: true });
  const skew = server.skewMs;
  if (Math.abs(skew) > SKEW_LIMIT_MS) {
    const direction = skew > 0 ? "behind" : "ahead of";
    return {
      name: "provider",
      verdict: "warning",
      detail: `this machine's clock is ${
        Math.round(Math.abs(skew) / 60_000)
      } min ${direction} the provider's`,
      hint: "Set the clock, for example by turning on time synchronisation",
    };
  }
  return `${server.as.issuer} answers`;
}

async function checkSession(app: App, profile: Profile): Promise<string> {
  await app.requireNoLogin(profile);
  return "no login is needed";
}

async function checkDaemon(app: App): Promise<string | Finding> {
  const { socket, config, tokens } = app.paths();
  const warning = (detail: string, hint?: string): Finding => ({
    name: "daemon",
    verdict: "warning",
    detail,
    hint,
  });
  const status = await askDaemon(app, "status", {});
  if (!status) {
    const problem = await placeProblem(app.system, socket);
    return problem ? warning(problem.message, problem.hint) : "does not run, and need not";
  }
  if (status.config !== config || status.tokens !== tokens) {
    return warning(
      `the one at ${socket} serves the tokens in ${status.tokens}, so commands go without it`,
      "Set the same VANTAGE_HOME or XDG variables for both, or give each a VANTAGE_SOCKET",
    );
  }
  const { account_count: count, failing, pid } = status;
  if (failing.length > 0) {
    const names = failing.map(({ service, account }) => `'${service}/${account}'`).join(", ");
    return warning(`it cannot refresh ${names} just now`, "Run `vantage daemon status` to see why");
  }
  return `process ${pid} keeps ${count} account${count === 1 ? "" : "s"} fresh`;
}

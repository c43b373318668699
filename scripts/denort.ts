/**
 * Gets the `denort` runtime that `deno compile` embeds from the npm registry: a build aid for
 * networks that cannot reach Deno's own host, the only place where Deno publishes it.
 *
 * The packages below are one program, made by `deno compile` with the pinned Deno for each
 * platform, so each holds that denort, and `carve.ts` takes it out again. What arrives is checked
 * against the registry's integrity hash, and what is carved out against a SHA-256.
 *
 *     deno run -A scripts/denort.ts [TARGET]     prints the path of the verified runtime
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  type Carve,
  carveElf,
  carveMachoArm,
  carveMachoIntel,
  carvePe,
  MISMATCH,
} from "./carve.ts";
import { Failure, runScript, say } from "./script.ts";
import { isTarget, programName, type Target, TARGETS } from "./targets.ts";

/** The only Deno that the pins below are for. */
const DENO_VERSION = "2.7.11";
const PACKAGE_VERSION = "0.22.2";

/** Long enough for 40 MB on a slow line; a dead connection must still end. */
const DOWNLOAD_TIMEOUT_MS = 300_000;

interface Pin {
  package: string;
  carve: Carve;
  /** Of the package, as the registry states it. */
  integrity: string;
  /** Of the runtime, hexadecimal. */
  sha256: string;
}

const PINS: Record<Target, Pin> = {
  "x86_64-unknown-linux-gnu": {
    package: "@stdy/cli-linux-x64",
    carve: carveElf,
    integrity:
      "sha512-kp5QdG26EC8gEzVXI0YgzmiiFHz7DFCNRLNfAWa2rDPHr/jUBnfkP8AlbTPmv0YNQpnKn1wzSWHFw88fn/OTog==",
    sha256: "f12d5d3886d5ea138304fb8d67d7396cfbedf53656676132152cb89f3fa4d8e6",
  },
  "aarch64-unknown-linux-gnu": {
    package: "@stdy/cli-linux-arm64",
    carve: carveElf,
    integrity:
      "sha512-HjSQdAt40CpYIauUKJ1xyIEsdrf5LtQP1x8Su7BEZJN94807ROJXxabW+jXyc48823tVBkrnxNUUTrBK4TVTRw==",
    sha256: "9c888d915647ff971a497acd39ee45ea63da5f19d12d4363124942c257c055ef",
  },
  "x86_64-pc-windows-msvc": {
    package: "@stdy/cli-win32-x64",
    carve: carvePe,
    integrity:
      "sha512-7ZsJltOYVvMTl6eAy1AKMya7TFhb629FXr/BKZTyQsBrPj28rAaebQSTFYs1IZN0+n6LnJTpue6m4SIkevqBNA==",
    sha256: "714afa06b9aa9eae56bcb97b22e832c4325272b5fb735a8207146c2b23868d0b",
  },
  "x86_64-apple-darwin": {
    package: "@stdy/cli-darwin-x64",
    carve: carveMachoIntel,
    integrity:
      "sha512-BYbQhEqBiEd+G9IyXWLpgAcSXFKMr6W3ZQXiOS3O5NnOWv+bNuyo793eBvEJ5fRKiuCV6n/ANVSJZLFOf6Nzog==",
    sha256: "56688cbe3a36cc79bb94368570385884ccd82ee8c54a127050df792923562cc2",
  },
  "aarch64-apple-darwin": {
    package: "@stdy/cli-darwin-arm64",
    carve: carveMachoArm,
    integrity:
      "sha512-k5WGyCQl7DDpYWy3BI5TxGIxOdUpMeJ0q7kUi1EYs7Y72B/q0hIKDv3/fCgoZPWBI+N9XjnlSyetaxVQTRvWow==",
    sha256: "e263bede785d7f3a17146a6e4c7131c9a1a5680aeb29b54f4f7d4cccc51df7a6",
  },
};

const USAGE = `usage: deno run -A scripts/denort.ts [TARGET]

Prints the path of a verified denort ${DENO_VERSION} for TARGET (default: this machine's).
Targets: ${TARGETS.join(", ")}
`;

/**
 * The path of the runtime for `target`, downloaded unless it is in the user's cache directory.
 * Throws {@link Failure}: status 1 when it cannot be had, 3 when it is not the pinned one.
 */
export async function denort(target: Target): Promise<string> {
  if (Deno.version.deno !== DENO_VERSION) {
    throw new Failure(
      `Cannot use denort ${DENO_VERSION} with Deno ${Deno.version.deno}: the versions must be equal`,
    );
  }
  const pin = PINS[target];
  const directory = join(cacheDirectory(), "vantage-denort", DENO_VERSION, target);
  const path = join(directory, programName("denort", target));
  if (await holds(path, pin.sha256)) return path;

  const program = programInTar(gunzipSync(await download(pin)));
  const runtime = pin.carve(program);
  const actual = hash("sha256", runtime, "hex");
  if (actual !== pin.sha256) {
    throw new Failure(`denort for ${target} has SHA-256 ${actual}, not ${pin.sha256}`, MISMATCH);
  }
  await Deno.mkdir(directory, { recursive: true });
  const temporary = await Deno.makeTempFile({ dir: directory });
  await Deno.writeFile(temporary, runtime);
  if (Deno.build.os !== "windows") await Deno.chmod(temporary, 0o755);
  await Deno.rename(temporary, path);
  return path;
}

async function download(pin: Pin): Promise<Buffer> {
  const file = pin.package.slice(pin.package.indexOf("/") + 1);
  const url = `${await registry()}/${pin.package}/-/${file}-${PACKAGE_VERSION}.tgz`;
  let bytes: ArrayBuffer;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the registry answered ${response.status}`);
    bytes = await response.arrayBuffer();
  } catch (error) {
    throw new Failure(`Cannot download ${url}: ${error instanceof Error ? error.message : error}`);
  }
  const tarball = Buffer.from(bytes);
  const actual = `sha512-${hash("sha512", tarball, "base64")}`;
  if (actual !== pin.integrity) {
    throw new Failure(`${url} has integrity ${actual}, not ${pin.integrity}`, MISMATCH);
  }
  return tarball;
}

/** The registry that npm is configured to use, without a slash at its end. */
async function registry(): Promise<string> {
  const configured = Deno.env.get("NPM_CONFIG_REGISTRY") ?? Deno.env.get("npm_config_registry") ??
    await registryOfNpm() ?? "https://registry.npmjs.org";
  return configured.replace(/\/+$/, "");
}

async function registryOfNpm(): Promise<string | undefined> {
  try {
    const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
    const { success, stdout } = await new Deno.Command(npm, {
      args: ["config", "get", "registry"],
      stderr: "null",
    }).output();
    const text = new TextDecoder().decode(stdout).trim();
    return success && URL.canParse(text) ? text : undefined;
  } catch {
    return undefined; // npm is optional: a machine may have Deno only
  }
}

const TAR_BLOCK = 512;

/** The program in the package: its only file of that name, read without unpacking the rest. */
function programInTar(tar: Buffer): Buffer {
  for (let at = 0; at + TAR_BLOCK <= tar.length && tar[at] !== 0;) {
    const name = tar.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
    const size = parseInt(tar.toString("latin1", at + 124, at + 136), 8);
    const content = at + TAR_BLOCK;
    if (/^package\/bin\/steady(\.exe)?$/.test(name)) return tar.subarray(content, content + size);
    at = content + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  throw new Failure("The package holds no 'package/bin/steady'", MISMATCH);
}

async function holds(path: string, sha256: string): Promise<boolean> {
  try {
    return hash("sha256", await Deno.readFile(path), "hex") === sha256;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function hash(algorithm: string, bytes: Uint8Array, encoding: "hex" | "base64"): string {
  return createHash(algorithm).update(bytes).digest(encoding);
}

function cacheDirectory(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  switch (Deno.build.os) {
    case "windows":
      return Deno.env.get("LOCALAPPDATA") ?? join(home, "AppData", "Local");
    case "darwin":
      return join(home, "Library", "Caches");
    default:
      return Deno.env.get("XDG_CACHE_HOME") || join(home, ".cache");
  }
}

async function main(): Promise<void> {
  const [target = Deno.build.target, ...rest] = Deno.args;
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    say(USAGE);
    return;
  }
  if (rest.length > 0 || !isTarget(target)) {
    throw new Failure(`Unknown target '${Deno.args.join(" ")}'\n\n${USAGE}`, 2);
  }
  say(await denort(target));
}

if (import.meta.main) await runScript("denort", main);

/**
 * The program for Windows and its daemon, which listens on a named pipe, under Wine. That shows
 * that the program works, not that it works on Windows.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import { bundle, compileBundle, findRuntime } from "../../scripts/program.ts";
import { assertDone, assertFailed } from "../support/login.ts";
import type { Result } from "../support/vantage.ts";

const TARGET = "x86_64-pc-windows-msvc";
const WINE = "/usr/lib/wine/wine64"; // Debian's place for it
const COMPILER = "x86_64-w64-mingw32-gcc";
const KEY = `key-${crypto.randomUUID()}`;

/** More than `node:net` would have at a time without being told so. */
const CLIENTS = 20;

/** What hangs is ended, so that its test fails. */
const GIVE_UP_MS = 60_000;

const has = (program: string) =>
  new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success, () => false);
const missing: string[] = [];
if (!await has(WINE)) missing.push("wine");
if (!await has(COMPILER)) missing.push(COMPILER);
// deno-lint-ignore no-console -- the notice that the test command looks for
for (const name of missing) console.log(`skipped: ${name} is not installed`);

/** Wine 8 lacks this DLL, which the runtime takes random numbers from. */
const RANDOM_DLL = `
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) { return SystemFunction036(p, n); }
`;

/** Connects to the pipe ARGV[1] many times, asks when all are connected, and counts right answers. */
const CLIENT = `
#include <windows.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
  static HANDLE pipes[${CLIENTS}];
  const char *request = "{\\"jsonrpc\\":\\"2.0\\",\\"id\\":1,\\"method\\":\\"get_token\\","
    "\\"params\\":{\\"service\\":\\"acme\\",\\"account\\":\\"work\\"}}\\n";
  int answered = 0;
  for (int i = 0; i < ${CLIENTS}; i++) {
    do {
      pipes[i] = CreateFileA(argv[1], GENERIC_READ | GENERIC_WRITE, 0, 0, OPEN_EXISTING, 0, 0);
    } while (pipes[i] == INVALID_HANDLE_VALUE && GetLastError() == ERROR_PIPE_BUSY &&
      WaitNamedPipeA(argv[1], NMPWAIT_WAIT_FOREVER));
    if (pipes[i] == INVALID_HANDLE_VALUE) return 1;
  }
  for (int i = 0; i < ${CLIENTS}; i++) {
    char answer[4096] = "";
    DWORD size = 0, got;
    if (!WriteFile(pipes[i], request, strlen(request), &got, 0)) return 2;
    while (!strchr(answer, '\\n') && size < sizeof answer - 1) {
      if (!ReadFile(pipes[i], answer + size, sizeof answer - 1 - size, &got, 0)) return 3;
      size += got;
    }
    if (strstr(answer, "\\"token\\":\\"${KEY}\\"")) answered++;
  }
  printf("%d", answered);
  return 0;
}
`;

/** A directory with the program, as Wine 8 can run it, and a Windows of its own. */
interface Windows extends AsyncDisposable {
  readonly home: string;
  /** Runs a program of the directory. */
  run(program: string, args: readonly string[], stdin?: string): Promise<Result>;
  start(program: string, args: readonly string[], streams?: "piped" | "null"): Deno.ChildProcess;
}

async function makeWindows(): Promise<Windows> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-windows-" });
  const home = join(dir, "home");
  await Deno.mkdir(home);
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: dir,
    WINEPREFIX: join(dir, "prefix"),
    WINEDEBUG: "-all",
    WINEDLLOVERRIDES: "mscoree,mshtml,winemenubuilder.exe=", // not needed, and slow to set up
    VANTAGE_HOME: `Z:${home.replaceAll("/", "\\")}`,
  };
  const start = (program: string, args: readonly string[], streams: "piped" | "null" = "piped") =>
    new Deno.Command(WINE, {
      args: [join(dir, program), ...args],
      clearEnv: true,
      env,
      stdin: streams,
      stdout: streams,
      stderr: streams,
      signal: AbortSignal.timeout(GIVE_UP_MS),
    }).spawn();
  await Promise.all([
    makeProgram(join(dir, "vantage.exe")),
    compileC(RANDOM_DLL, ["-shared", "-o", join(dir, "bcryptprimitives.dll")], ["-ladvapi32"]),
    compileC(CLIENT, ["-o", join(dir, "client.exe")]),
  ]);
  return {
    home,
    start,
    async run(program, args, stdin = "") {
      const child = start(program, args);
      const output = child.output();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
      await writer.close().catch(() => {}); // it need not read what it is given
      const { code, stdout, stderr } = await within(output);
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { status: code, stdout: text(stdout), stderr: text(stderr) };
    },
    async [Symbol.asyncDispose]() {
      // Ends what runs in this prefix, and waits for it.
      const server = join(dirname(WINE), "wineserver");
      for (const option of ["-k", "-w"]) {
        await new Deno.Command(server, { args: [option], clearEnv: true, env }).output();
      }
      // Debian's Wine notes there what it has made in /tmp.
      const made = await Deno.readTextFile(join(env.WINEPREFIX, "wineserver")).catch(() => "");
      if (made !== "") await Deno.remove(join("/tmp", made), { recursive: true });
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** Fails when it takes too long: a killed program's streams may live on in others. */
function within<T>(work: Promise<T>): Promise<T> {
  const { promise: gaveUp, reject } = Promise.withResolvers<never>();
  const signal = AbortSignal.timeout(GIVE_UP_MS);
  signal.addEventListener("abort", () => reject(signal.reason));
  return Promise.race([work, gaveUp]);
}

/** Compiles the program. Wine 8 has VirtualAlloc2 by halves; V8 does without where it has none. */
async function makeProgram(path: string): Promise<void> {
  const work = `${path}.work`;
  const entry = await bundle("src/main.ts", work);
  const bytes = Buffer.from(
    await Deno.readFile(await compileBundle(entry, TARGET, await findRuntime(TARGET))),
  );
  const name = Buffer.from("VirtualAlloc2\0");
  for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at)) {
    bytes.write("VirtualAllocX", at);
  }
  await Deno.writeFile(path, bytes);
}

async function compileC(code: string, args: string[], libraries: string[] = []): Promise<void> {
  const child = new Deno.Command(COMPILER, {
    args: ["-x", "c", ...args, "-", ...libraries],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(code));
  await stdin.close();
  assert.equal((await child.status).code, 0);
}

/** Starts the daemon in the foreground and waits until it listens. */
async function startDaemon(windows: Windows): Promise<Deno.ChildProcess> {
  const daemon = windows.start("vantage.exe", ["daemon", "run"]);
  daemon.stdin.close();
  let stderr = "";
  for await (const text of daemon.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (stderr.includes("Listening at ")) return daemon;
  }
  throw new Error(`The daemon ended: ${stderr}`);
}

Deno.test({
  name: "vantage daemon serves many clients on a named pipe of Windows, under Wine",
  ignore: missing.length > 0 || Deno.build.os !== "linux",
  async fn() {
    await using windows = await makeWindows();
    const vantage = (args: string[], stdin?: string) => windows.run("vantage.exe", args, stdin);
    const token = async () => (await vantage(["token", "acme", "work"])).stdout;
    const pipeFile = join(windows.home, "vantage.sock");

    assertDone(await vantage(["account", "add", "acme", "work", "--api-key", "-"], `${KEY}\n`));
    const daemon = await startDaemon(windows);
    assert.equal(await token(), `${KEY}\n`);
    const pipe = (await Deno.readTextFile(pipeFile)).trim();
    assert.match(pipe, /^\\\\\.\\pipe\\vantage-[-0-9a-f]{36}$/);
    const answered = await windows.run("client.exe", [pipe]);
    assert.equal(answered.stdout, `${CLIENTS}`, `The client ended with ${answered.status}`);
    assertFailed(await vantage(["daemon", "run", "--json"]), 1, "daemon_running");

    daemon.kill("SIGKILL");
    await Promise.all([daemon.status, daemon.stdout.cancel()]);
    assert.equal((await Deno.readTextFile(pipeFile)).trim(), pipe);
    assert.equal((await vantage(["daemon", "status"])).status, 1);
    assert.equal(await token(), `${KEY}\n`);

    // Under Wine a program that goes on holds the streams of the one that started it.
    const started = await windows.start("vantage.exe", ["daemon", "start"], "null").status;
    assert.equal(started.code, 0);
    assert.notEqual((await Deno.readTextFile(pipeFile)).trim(), pipe);
    assert.equal((await vantage(["daemon", "status"])).status, 0);
    assert.equal((await vantage(["daemon", "stop"])).stdout, "Stopped the daemon\n");
    await assert.rejects(Deno.stat(pipeFile), Deno.errors.NotFound);
  },
});

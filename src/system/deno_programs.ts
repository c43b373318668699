import { dirname } from "node:path";
import { keepOwnStreams } from "./deno_own_streams.ts";
import type { System } from "../system.ts";
import { ProgramError } from "../system.ts";

/** Starting other programs, none of them through a shell. */
export const denoPrograms: Pick<System, "launch" | "startDetached" | "run" | "output"> = {
  launch(program, args) {
    try {
      // Detached: the browser must survive our Ctrl-C, and we must not wait for it.
      const child = new Deno.Command(program, {
        args: [...args],
        stdin: "null",
        stdout: "null",
        stderr: "null",
        detached: true,
      }).spawn();
      child.unref();
      return Promise.resolve(true);
    } catch (error) {
      if (isMissingProgram(error)) return Promise.resolve(false);
      throw error;
    }
  },

  startDetached(program, args, env) {
    try {
      keepOwnStreams();
      const child = new Deno.Command(program, {
        args: [...args],
        env: { ...env },
        clearEnv: true,
        cwd: dirname(Deno.execPath()), // ours would be kept busy
        stdin: "null",
        stdout: "null",
        stderr: "piped", // to learn why it fails to start; later nobody reads it
        detached: true,
      }).spawn();
      child.unref();
      const ended = Promise.all([child.status, new Response(child.stderr).text()])
        .then(([{ code: status }, stderr]) => ({ status, stderr }));
      return { pid: child.pid, ended };
    } catch (error) {
      throw new ProgramError(isMissingProgram(error) ? "not-found" : "refused", error);
    }
  },

  async run(program, args) {
    try {
      return (await new Deno.Command(program, { args: [...args] }).spawn().status).code;
    } catch (error) {
      if (isMissingProgram(error)) return undefined;
      throw error;
    }
  },

  async output(program, args, { stdin, env = {}, signal } = {}) {
    signal?.throwIfAborted();
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(program, {
        args: [...args],
        env: { ...env },
        stdin: stdin === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      if (isMissingProgram(error)) return undefined;
      throw error;
    }
    const kill = () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // it has ended by itself
      }
    };
    signal?.addEventListener("abort", kill, { once: true });
    try {
      const written = stdin === undefined ? undefined : feed(child, stdin);
      const [{ code }, stdout, stderr] = await Promise.all([
        child.status,
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        written,
      ]);
      signal?.throwIfAborted();
      return { status: code, stdout, stderr };
    } finally {
      signal?.removeEventListener("abort", kill);
    }
  },
};

async function feed(child: Deno.ChildProcess, text: string): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // it need not read what it is given
  }
}

function isMissingProgram(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied;
}

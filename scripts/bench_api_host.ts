import { fileURLToPath } from "node:url";
import { Failure } from "./script.ts";

/** A running `bench_api_server.ts`. It is stopped when disposed. */
export interface Host extends AsyncDisposable {
  readonly origin: string;
}

/** Starts the server, which answers to this token. Throws {@link Failure}. */
export async function startHost(token: string): Promise<Host> {
  const script = fileURLToPath(new URL("bench_api_server.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", "--no-check", script, token],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream());
  let text = "";
  for await (const chunk of output) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  const port = Number(text);
  if (!port) throw new Failure("The server did not start");
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** A build script that cannot go on: what happened, and the exit status to end with. */
export class Failure extends Error {
  override readonly name = "Failure";
  constructor(message: string, readonly exitStatus = 1) {
    super(message);
  }
}

/** Runs a script's main function; a failure becomes a message on stderr and an exit status. */
export async function runScript(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    warn(`${name}: ${error.message}`);
    Deno.exit(error.exitStatus);
  }
}

/** Writes a line to stdout. */
export function say(line: string): void {
  writeAll(Deno.stdout, `${line}\n`);
}

/** Writes a line to stderr. */
export function warn(line: string): void {
  writeAll(Deno.stderr, `${line}\n`);
}

function writeAll(output: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(output.writeSync(rest));
}

/** What Linux tells of a process; elsewhere nothing does, and the answer is undefined. */

/** Memory in use now, in bytes. */
export async function memoryOf(pid: number): Promise<number | undefined> {
  const kib = field(await read(`/proc/${pid}/status`), "VmRSS");
  return kib === undefined ? undefined : kib * 1024;
}

/** The kernel counts the time of processes in hundredths of a second (USER_HZ, proc(5)). */
const TICK_MS = 10;

/** Milliseconds of a processor, in the program and in the kernel. */
export async function cpuOf(pid: number): Promise<number | undefined> {
  const stat = await read(`/proc/${pid}/stat`);
  // Behind the name of the program, which may have blanks: utime and stime are fields 14 and 15.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields && (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** How often each thread has waited for something, by the id of the thread. */
export async function waitsOf(pid: number): Promise<Map<string, number> | undefined> {
  const waits = new Map<string, number>();
  try {
    for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
      const count = field(
        await read(`/proc/${pid}/task/${name}/status`),
        "voluntary_ctxt_switches",
      );
      if (count !== undefined) waits.set(name, count);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return waits;
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return undefined;
    throw error;
  }
}

function field(text: string | undefined, name: string): number | undefined {
  const value = text?.match(new RegExp(`^${name}:\\s*(\\d+)`, "m"))?.[1];
  return value === undefined ? undefined : Number(value);
}

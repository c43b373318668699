/** Of GetStdHandle: STD_INPUT_HANDLE, STD_OUTPUT_HANDLE and STD_ERROR_HANDLE (processenv.h). */
const STREAMS = [-10, -11, -12];
/** HANDLE_FLAG_INHERIT (handleapi.h) */
const INHERIT = 1;

/**
 * Keeps our streams ours. A program that Windows starts gets every handle that can be inherited,
 * and whoever reads our output would wait for the end of one that outlives us.
 */
export function keepOwnStreams(): void {
  if (Deno.build.os !== "windows") return;
  const root = Deno.env.get("SystemRoot") ?? "C:\\Windows";
  const { symbols: kernel } = Deno.dlopen(`${root}\\System32\\kernel32.dll`, {
    GetStdHandle: { parameters: ["i32"], result: "pointer" },
    SetHandleInformation: { parameters: ["pointer", "u32", "u32"], result: "i32" },
  });
  for (const stream of STREAMS) {
    kernel.SetHandleInformation(kernel.GetStdHandle(stream), INHERIT, 0);
  }
}

import { reportError, run } from "./cli.ts";
import { asCalled } from "./cli/called_as.ts";
import { EXIT, VantageError } from "./errors.ts";
import { denoSystem } from "./system/deno.ts";

const system = asCalled(denoSystem());
const interruption = new AbortController();

// The first Ctrl-C lets what must not be lost (a refresh in flight) come to its end.
system.onInterrupt(() => {
  if (interruption.signal.aborted) Deno.exit(EXIT.interrupted);
  interruption.abort(new VantageError("interrupted", "Interrupted"));
});

// A defect must not print what Deno would: its report may quote a value.
for (const name of ["unhandledrejection", "error"] as const) {
  globalThis.addEventListener(name, (event) => {
    event.preventDefault();
    const cause = event instanceof PromiseRejectionEvent
      ? event.reason
      : (event as ErrorEvent).error;
    Deno.exit(reportError(system, cause));
  });
}

Deno.exit(await run(system, interruption.signal));

import { eventually } from "../tokens/eventually.ts";
import { DevtoolsPage } from "./devtools.ts";

/** What a real browser saw on its way. */
export interface Visit {
  /** The address it ended on. */
  readonly url: string;
  readonly title: string;
  /** The last page as a person reads it. */
  readonly text: string;
  /** Errors its pages wrote to the console, failed loads and broken policies among them. */
  readonly consoleErrors: readonly string[];
  /** Every URL it asked for, in order. */
  readonly requested: readonly string[];
}

/** How the person at the browser behaves. */
export interface VisitOptions {
  readonly deny?: boolean;
  readonly user?: string;
  /** Given up after this many milliseconds; 30 000 unless told. */
  readonly timeout?: number;
}

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
];

/** The path of an installed Chromium or Chrome; undefined when there is none. */
export function findChromium(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return ["chromium", "chromium-browser", "google-chrome"]
    .flatMap((name) => folders.map((folder) => `${folder}/${name}`))
    .find((path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    });
}

/**
 * Opens an authorization URL (or a device login's `verification_uri_complete`) in a real
 * browser, logs in, presses Approve, and waits until the last page, the client's own where
 * there is one, is there and quiet.
 */
export async function visit(
  program: string,
  url: string,
  options: VisitOptions = {},
): Promise<Visit> {
  const profile = await Deno.makeTempDir({ prefix: "chromium-" });
  const browser = new Deno.Command(program, {
    args: [...flags, `--user-data-dir=${profile}`, "about:blank"],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let alive = true;
  const ended = browser.status.then(() => {
    alive = false;
  });
  const timer = setTimeout(() => browser.kill("SIGKILL"), options.timeout ?? 30_000);
  const stderr = browser.stderr.getReader();
  const logIn = async () => {
    const page = await DevtoolsPage.open(await devtoolsUrl(stderr));
    return { page, result: await drive(page, url, options) };
  };
  try {
    const done = await Promise.race([logIn(), ended]);
    if (!done) throw new Error("Chromium ended before the login did");
    await done.page.closeBrowser();
    return done.result;
  } finally {
    clearTimeout(timer);
    if (alive) browser.kill("SIGTERM");
    await ended;
    await stderr.cancel(); // processes of its own may live on for a moment, and have it
    // They may also still write to it.
    const removed = () => Deno.remove(profile, { recursive: true }).then(() => true, () => false);
    await eventually(removed);
  }
}

/** Waits for the line that names the address, then lets the rest of the output run off. */
async function devtoolsUrl(
  output: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  while (true) {
    const { value, done } = await output.read();
    if (done) throw new Error(`Chromium did not start: ${text}`);
    text += decoder.decode(value, { stream: true });
    const url = /DevTools listening on (ws:\S+)\s/.exec(text)?.[1];
    if (url === undefined) continue;
    runOff(output).catch(() => {}); // it was cancelled
    return url;
  }
}

async function runOff(output: ReadableStreamDefaultReader<unknown>): Promise<void> {
  while (!(await output.read()).done);
}

async function drive(page: DevtoolsPage, url: string, options: VisitOptions): Promise<Visit> {
  const consoleErrors: string[] = [];
  const requested: string[] = [];
  const ended = Promise.withResolvers<void>();
  let decided = false;
  const look = async (moment: string) => {
    if (moment === "load" && await page.evaluate(act(options)) === "decided") decided = true;
    if (moment === "networkIdle" && decided && await page.evaluate(isLast)) ended.resolve();
  };
  page.listen(({ method, params }) => {
    if (method === "Network.requestWillBeSent") requested.push(params.request.url);
    if (method === "Log.entryAdded" && params.entry.level === "error") {
      consoleErrors.push(`${params.entry.text} ${params.entry.url ?? ""}`.trimEnd());
    }
    if (method === "Runtime.exceptionThrown") consoleErrors.push(params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled" && params.type === "error") {
      consoleErrors.push(JSON.stringify(params.args));
    }
    if (method === "Page.lifecycleEvent") look(params.name);
  });
  for (const domain of ["Network", "Log", "Runtime", "Page"]) await page.send(`${domain}.enable`);
  await page.send("Page.setLifecycleEventsEnabled", { enabled: true });
  await page.send("Page.navigate", { url });
  await ended.promise;
  return {
    url: String(await page.evaluate("location.href")),
    title: String(await page.evaluate("document.title")),
    text: String(await page.evaluate("document.body.innerText")),
    consoleErrors,
    requested,
  };
}

/** Whether the decision was sent and the page after it is there. */
const isLast = `document.readyState === "complete" && !document.querySelector("input[name=login]")`;

/** The script that does on a page what the person would, and says what that was. */
function act({ deny = false, user = "ada" }: VisitOptions): string {
  return `(() => {
    const login = document.querySelector("input[name=login]");
    if (login) {
      login.value = ${JSON.stringify(user)};
      document.querySelector("button[value=${deny ? "deny" : "approve"}]").click();
      return "decided";
    }
    document.querySelector('button[form="op.deviceConfirmForm"]')?.click();
  })()`;
}

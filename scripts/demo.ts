/**
 * `deno task demo`: the main job on a real authorization server that runs in this process.
 * A stand-in approves the login; every command is the real program, shown as a person sees it.
 *
 * `deno task demo --interactive` leaves the server running for a person with a browser.
 */
import { fileURLToPath } from "node:url";
import { Failure, runScript, say } from "./script.ts";
import { approveDevice } from "../tests/support/person.ts";
import { type Provider, startProvider } from "../tests/support/provider.ts";

/** Short, so that the token expires while somebody watches (seconds). */
const TOKEN_LIFE_S = 2;

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const COLOR = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");

const dim = (text: string) => COLOR ? `\x1b[2m${text}\x1b[0m` : text;
const bold = (text: string) => COLOR ? `\x1b[1m${text}\x1b[0m` : text;

if (import.meta.main) {
  await runScript("demo", async () => {
    const [flag, ...rest] = Deno.args;
    if (rest.length > 0 || flag !== undefined && flag !== "--interactive") {
      throw new Failure("Unknown arguments; usage: deno task demo [--interactive]", 2);
    }
    const home = await Deno.makeTempDir({ prefix: "vantage-demo-" });
    try {
      await (flag === undefined ? demo(home) : interactiveDemo(home));
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  });
}

async function demo(home: string): Promise<void> {
  await using provider = await startProvider({ accessTokenTtl: TOKEN_LIFE_S, deviceInterval: 1 });
  await writeProfile(home, provider);
  explain(`A provider runs at ${provider.issuer}; profile 'demo' points to it.`);

  explain("Log in. A stand-in for the person opens the page, enters the code and approves.");
  await vantage(home, ["login"], async (output) => {
    const [, uri, code] = output.match(/open\s+(\S+)[^]*code (\S+)/) ?? [];
    if (uri === undefined || code === undefined) return false;
    await approveDevice({ verification_uri: uri, user_code: code });
    return true;
  });
  await vantage(home, ["whoami"]);

  explain("Any tool gets a fresh token from it.");
  const first = await vantage(home, ["token"]);
  await callApi(provider, first);

  explain(
    `The provider's tokens live ${TOKEN_LIFE_S} s. After that the next command refreshes without a word.`,
  );
  await new Promise((resolve) => setTimeout(resolve, TOKEN_LIFE_S * 1000));
  await vantage(home, ["status"]);
  const second = await vantage(home, ["token"]);
  say(dim(second === first ? "the same token" : "another token, without a login"));
  await callApi(provider, second);

  explain("Log out: revoked at the provider, removed here.");
  await vantage(home, ["logout"]);
  await vantage(home, ["status"]);
  explain("Now with your own provider: see the quick start in README.md.");
}

async function interactiveDemo(home: string): Promise<void> {
  await using provider = await startProvider({ deviceInterval: 1 });
  await writeProfile(home, provider);
  explain(`A provider runs at ${provider.issuer} until you press Ctrl-C. In another terminal:`);
  say(`  export VANTAGE_HOME=${home}`);
  say(`  alias vantage='${Deno.execPath()} run -A ${MAIN}'`);
  say("  vantage login            # any name will do on the login page");
  say("  vantage whoami");
  say(`  curl -H "$(vantage token --format header)" ${provider.apiUrl}/me`);
  const interrupted = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", interrupted.resolve);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", interrupted.resolve);
  await interrupted.promise;
}

async function writeProfile(home: string, provider: Provider): Promise<void> {
  const profile = [
    'active_profile = "demo"',
    "",
    "[profiles.demo]",
    `issuer = "${provider.issuer}"`,
    `client_id = "${provider.clientId}"`,
    `api_url = "${provider.apiUrl}"`,
    `graphql_url = "${provider.graphqlUrl}"`,
  ];
  await Deno.writeTextFile(`${home}/config.toml`, profile.join("\n") + "\n");
}

/** Runs the program, shows what a person would see, and returns what it printed on stdout. */
async function vantage(
  home: string,
  args: string[],
  meanwhile?: (output: string) => Promise<boolean>,
): Promise<string> {
  say(bold(`$ vantage ${args.join(" ")}`));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", MAIN, ...args],
    env: { VANTAGE_HOME: home, BROWSER: "", DISPLAY: "", ...(COLOR && { FORCE_COLOR: "1" }) },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let all = "";
  let answer = "";
  let reacted = meanwhile === undefined;
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, isAnswer: boolean) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      Deno.stdout.writeSync(new TextEncoder().encode(text));
      all += text;
      if (isAnswer) answer += text;
      if (!reacted && meanwhile) reacted = await meanwhile(all);
    }
  };
  const [status] = await Promise.all([
    child.status,
    read(child.stdout, true),
    read(child.stderr, false),
  ]);
  if (!status.success) throw new Error(`vantage ${args.join(" ")} ended with ${status.code}`);
  return answer.trim();
}

async function callApi(provider: Provider, token: string): Promise<void> {
  say(bold(`$ curl -H "$(vantage token --format header)" ${provider.apiUrl}/me`));
  const response = await fetch(`${provider.apiUrl}/me`, {
    headers: { authorization: `Bearer ${token}` },
  });
  say(`${response.status} ${await response.text()}`);
}

function explain(text: string): void {
  say(`\n${dim(`# ${text}`)}`);
}

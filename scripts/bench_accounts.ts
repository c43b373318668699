import { join } from "node:path";
import { Secret } from "../src/secret.ts";
import { accountPath } from "../src/store/lock_files.ts";
import { recordJson } from "../src/store/record.ts";
import type { Fields } from "../src/store/store.ts";
import { encodeCredentials } from "../src/tokens/session.ts";
import { useMark } from "../src/use_mark.ts";

/** The service of the accounts in these homes. */
export const SERVICE = "example";

/** Tokens live for so long (milliseconds) that nobody has to ask the provider, of which there is none. */
const LIFE_MS = 365 * 86_400_000;

/** Makes a home with so many accounts, all with an API key, and returns its directory. */
export function homeWithAccounts(work: string, count: number): Promise<string> {
  return makeHome(join(work, `accounts-${count}`), count, "", () =>
    encodeCredentials({
      apiKey: new Secret(`bench-${crypto.randomUUID()}`),
    }));
}

/** The same, all with a session whose token is fresh. */
export function homeWithSessions(work: string, count: number): Promise<string> {
  const grant = {
    issuer: "https://id.example.com",
    clientId: "bench",
    scopes: ["openid", "offline_access"],
    dpop: false,
  };
  const config = `[providers.${SERVICE}]\nissuer = "${grant.issuer}"\n` +
    `client_id = "${grant.clientId}"\nscopes = ${JSON.stringify(grant.scopes)}\n`;
  const obtainedAt = Date.now();
  return makeHome(join(work, `sessions-${count}`), count, config, () =>
    encodeCredentials({
      session: {
        accessToken: randomToken(800), // as long as a JWT
        tokenType: "Bearer",
        obtainedAt,
        expiresAt: obtainedAt + LIFE_MS,
        refreshToken: randomToken(60),
        idToken: randomToken(800),
        scopes: grant.scopes,
        grant,
        scopesChosen: false,
      },
    }));
}

/** Written as the program would; adding accounts one by one would take longer than the measurement. */
async function makeHome(
  home: string,
  count: number,
  config: string,
  fields: () => Fields,
): Promise<string> {
  const at = "2026-01-01T00:00:00Z"; // long ago: that it is used will be noted
  const tokens = join(home, "tokens");
  await Deno.mkdir(join(tokens, SERVICE), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(join(home, "config.toml"), config);
  const ids = Array.from({ length: count }, (_, n) => ({ service: SERVICE, account: `a${n}` }));
  for (const id of ids) {
    const record = recordJson(id, { fields: fields(), generation: 1 });
    await Deno.writeTextFile(
      accountPath(tokens, id, ".json"),
      JSON.stringify(record, null, 2) + "\n",
      { mode: 0o600 },
    );
    await Deno.writeTextFile(useMark(tokens, id), at, { mode: 0o600 });
    await Deno.utime(useMark(tokens, id), new Date(at), new Date(at));
  }
  await Deno.writeTextFile(
    join(home, "accounts.toml"),
    ids.map(({ service, account }) =>
      `[[accounts]]\nservice = "${service}"\nid = "${account}"\nscopes = []\n` +
      `created_at = "${at}"\nlast_used = "${at}"\n`
    ).join("\n"),
  );
  return home;
}

function randomToken(length: number): Secret {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(length * 3 / 4)));
  return new Secret(bytes.toBase64({ alphabet: "base64url" }).slice(0, length));
}

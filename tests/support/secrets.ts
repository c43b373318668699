import type { Answer, RecordedRequest } from "./faults.ts";

const inForms = [
  "refresh_token",
  "code",
  "device_code",
  "code_verifier",
  "client_secret",
  "client_assertion",
  "token",
];
const inAnswers = ["access_token", "refresh_token", "id_token", "device_code"];

/** Collects every secret that passed a front, so that a test can search all output for leaks. */
export class Secrets {
  readonly all = new Set<string>();
  readonly accessTokens = new Set<string>();

  /** Takes what `request`, or its answer, holds. */
  watch(request: RecordedRequest, answer?: Answer): void {
    if (answer) return this.#answer(answer);
    for (const name of inForms) this.#add(request.form[name]);
    const [scheme, value] = request.headers.get("authorization")?.split(" ") ?? [];
    if (!value) return;
    this.#add(value);
    if (scheme?.toLowerCase() === "basic") this.#add(passwordOf(value));
  }

  #answer(answer: Answer): void {
    const location = answer.headers.get("location");
    if (location) this.#add(URL.parse(location)?.searchParams.get("code"));
    if (!answer.headers.get("content-type")?.startsWith("application/json")) return;
    const body = parsed(answer.body);
    for (const name of inAnswers) this.#add(body[name]);
    if (typeof body.access_token === "string") this.accessTokens.add(body.access_token);
  }

  /** Short strings are no secrets of ours, and would be found everywhere. */
  #add(value: unknown): void {
    if (typeof value === "string" && value.length >= 8) this.all.add(value);
  }
}

function passwordOf(basic: string): string | undefined {
  try {
    return decodeURIComponent(atob(basic).split(":")[1] ?? "");
  } catch {
    return undefined;
  }
}

function parsed(json: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(json));
  } catch {
    return {};
  }
}

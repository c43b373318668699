import type { RecordedRequest } from "./faults.ts";
import type { Message } from "./http1.ts";

/** What there is to know of a request that has just arrived. `endpoints` names some paths. */
export function record(
  { start, headers, body }: Message,
  endpoints: Readonly<Record<string, string>>,
): RecordedRequest {
  const [method = "", target = "/"] = start.split(" ");
  const url = new URL(target, "http://front.invalid");
  const text = new TextDecoder().decode(body);
  const isForm = headers.get("content-type")?.startsWith("application/x-www-form-urlencoded");
  const form = Object.fromEntries(new URLSearchParams(isForm ? text : ""));
  return {
    endpoint: endpoints[url.pathname],
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    form,
    grantType: form.grant_type?.split(":").at(-1),
    headers,
    body: text,
    at: Date.now(),
    answered: false,
    status: undefined,
  };
}

import type { Answer, Fault } from "./faults.ts";

/** The answer a "status" fault asks for. */
export function statusAnswer(fault: Extract<Fault, { kind: "status" }>): Answer {
  const headers = new Headers(fault.headers);
  const isText = typeof fault.body === "string";
  if (fault.body !== undefined && !headers.has("content-type")) {
    headers.set("content-type", fault.contentType ?? (isText ? "text/plain" : "application/json"));
  }
  const body = isText ? String(fault.body) : JSON.stringify(fault.body) ?? "";
  return { status: fault.status, headers, body };
}

/** An answer as a "rewrite" fault changes it. */
export async function rewritten(
  answer: Answer,
  { json, answer: change }: Extract<Fault, { kind: "rewrite" }>,
): Promise<Answer> {
  const changed = json
    ? { ...answer, body: JSON.stringify(await json(JSON.parse(answer.body))) }
    : answer;
  return change ? await change(changed) : changed;
}

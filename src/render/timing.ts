import type { CommandTimes, ExchangeFacts, PersonEvent } from "../person.ts";
import { plainLine } from "./plain.ts";
import { bytesText } from "./progress.ts";

/** A request as a line: what was asked, how it ended, and how long each step took. */
export function exchangeText(exchange: ExchangeFacts): string {
  const { method, target, status, connectMs, firstByteMs, totalMs, bytes, failure } = exchange;
  const { attempt = 1 } = exchange;
  const times = [
    attempt > 1 && `try ${attempt}`,
    connectMs !== undefined && `connect ${ms(connectMs)}`,
    firstByteMs !== undefined && `first byte ${ms(firstByteMs)}`,
    firstByteMs === undefined ? ms(totalMs) : `total ${ms(totalMs)}`,
    bytes !== undefined && status !== undefined && bytesText(bytes),
  ].filter((part) => part !== false);
  const end = status === undefined
    ? failure
    : failure === undefined
    ? status
    : `${status}, ${failure}`;
  return plainLine(`${method} ${target} -> ${end} (${times.join(", ")})`);
}

export function exchangeEvent(exchange: ExchangeFacts): PersonEvent {
  const { method, target: url, status, connectMs, firstByteMs, totalMs, bytes } = exchange;
  return {
    event: "request",
    method,
    url,
    status: status ?? null,
    connect_ms: rounded(connectMs),
    first_byte_ms: rounded(firstByteMs),
    total_ms: Math.round(totalMs),
    attempt: exchange.attempt ?? 1,
    bytes: bytes ?? null,
  };
}

export function timingsText({ totalMs, parts }: CommandTimes): string {
  return `time ${ms(totalMs)}: ${parts.map(([name, spent]) => `${name} ${ms(spent)}`).join(", ")}`;
}

export const timingsEvent = ({ totalMs, parts }: CommandTimes): PersonEvent => ({
  event: "timings",
  total_ms: Math.round(totalMs),
  parts: Object.fromEntries(parts.map(([name, spent]) => [name, Math.round(spent)])),
});

const ms = (time: number) => `${Math.round(time)} ms`;
const rounded = (time: number | undefined) => time === undefined ? null : Math.round(time);

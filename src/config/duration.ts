const UNITS = [["h", 3_600_000], ["m", 60_000], ["s", 1_000]] as const;

/**
 * The milliseconds of a duration as people write it: "90s", "5m", "1h30m", largest unit first.
 * Undefined for anything else, also for one too long to count exactly.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (!match) return undefined;
  const ms = UNITS.reduce((sum, [, unit], at) => sum + Number(match[at + 1] ?? 0) * unit, 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** A duration in milliseconds as {@link parseDuration} reads it, to the second below: "1h30m". */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1_000)) * 1_000;
  let text = "";
  for (const [name, unit] of UNITS) {
    const count = Math.floor(rest / unit);
    if (count > 0) text += `${count}${name}`;
    rest -= count * unit;
  }
  return text || "0s";
}

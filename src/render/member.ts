/**
 * What is at a dotted path in a value of JSON: undefined where there is nothing of that name,
 * null where the path ends early at a null. `.` is the value itself, numbers count in arrays, and
 * a name that has dots of its own (`labels.app.kubernetes.io/name`) is found as well.
 */
export function memberAt(value: unknown, path: string): unknown {
  if (value === null) return null;
  if (typeof value !== "object") return path === "." ? value : undefined;
  if (hasMember(value, path)) return value[path];
  if (path === ".") return value;
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const head = path.slice(0, dot);
    if (hasMember(value, head)) return memberAt(value[head], path.slice(dot + 1));
  }
  return undefined;
}

/** Whether `value` has a member of its own of that name, as JSON has them: not an array's length. */
function hasMember(value: object, name: string): value is Record<string, unknown> {
  return Object.hasOwn(value, name) && !(Array.isArray(value) && name === "length");
}

/** Rows looked at for the names they have, and names that a hint takes. */
const ROWS_LOOKED_AT = 100;
const MOST_NAMES = 30;

/**
 * The names there are where `path` leads nowhere, as a list for a hint: below its longest part
 * that leads to an object, the one most like it first. "" where there are none.
 */
export function namesNear(values: readonly unknown[], path: string): string {
  for (let parent = parentOf(path);; parent = parentOf(parent)) {
    const names = new Set<string>();
    for (const value of values.slice(0, ROWS_LOOKED_AT)) {
      const at = parent === "" ? value : memberAt(value, parent);
      if (typeof at !== "object" || at === null || Array.isArray(at)) continue;
      for (const name of Object.keys(at)) names.add(parent === "" ? name : `${parent}.${name}`);
    }
    if (names.size > 0) return listed([...names], path);
    if (parent === "") return "";
  }
}

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf(".")));

function listed(names: readonly string[], path: string): string {
  const wanted = letters(path);
  const alike = names.filter((name) => letters(name) === wanted);
  const ordered = [...new Set([...alike, ...names])];
  const shown = ordered.slice(0, MOST_NAMES).map((name) => `'${name}'`).join(", ");
  const left = ordered.length - MOST_NAMES;
  return left > 0 ? `${shown} and ${left} more` : shown;
}

/** What is left of a name when case and separators do not matter. */
const letters = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

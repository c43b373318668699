import { createHash } from "node:crypto";
import { VantageError } from "../../errors.ts";
import { groupOfItem } from "./item_names.ts";
import type { Keyring } from "./keyring.ts";

/** A text of any length that is kept under one name. */
export interface Found {
  readonly text: string;
  /** The parts it was put together from, when it did not fit into one item. */
  readonly parts: Parts | undefined;
}

/**
 * What the head item says when the text is in others: `NAME/SET.0`, `NAME/SET.1` and so on. A set
 * is written once and never changed, so whoever replaces the head replaces all of the text.
 */
interface Parts {
  readonly set: string;
  readonly count: number;
  /** SHA-256 of the whole text, in hexadecimal. */
  readonly digest: string;
}

/** The item is there and its text is not. */
export class DamagedItem extends Error {
  override readonly name = "DamagedItem";
  /** `remains` is what can still be read; it may hold secrets. */
  constructor(readonly remains: () => string) {
    super("Some of its parts are missing or changed");
  }
}

/** Writers replace the head; more exchanges than this during one read are no accident. */
const MAX_EXCHANGES = 20;

/** A writer that is at work may have parts without a head for this long (ms): far longer than it may take. */
const UNFINISHED_FOR_MS = 60_000;

const MANIFEST = /^parts 1 ([0-9a-z]+-[0-9a-f]{16}) (\d{1,6}) ([0-9a-f]{64})$/;

/** The text under `name`, undefined when there is none. Throws {@link DamagedItem}, `store_…`. */
export async function readItem(keyring: Keyring, name: string): Promise<Found | undefined> {
  let before: string | undefined;
  for (let exchanges = 0; exchanges < MAX_EXCHANGES; exchanges++) {
    const head = await keyring.get(name);
    if (head === undefined) return undefined;
    const parts = parseManifest(head);
    if (!parts) return { text: head, parts: undefined };
    const texts = await readParts(keyring, name, parts);
    const text = texts.join("");
    if (!texts.includes(undefined) && digestOf(text) === parts.digest) return { text, parts };
    // Parts go only after the head was replaced: where it is the same, nobody is at work.
    if (head === before) throw new DamagedItem(() => text);
    before = head;
  }
  throw new VantageError("store_conflict", `The item '${name}' keeps changing while it is read`, {
    hint: "Find out which program rewrites it, then run the command again",
  });
}

/**
 * Puts `text` under `name`. A reader, or a crash at any moment, sees the old or the new text,
 * whole: parts of the new one, then the head that names them, and only then the old parts go,
 * with those that a killed writer left.
 */
export async function writeItem(
  keyring: Keyring,
  name: string,
  text: string,
  { now, before }: { now: number; before: Found | undefined },
): Promise<void> {
  const set = text.length > keyring.longest ? newSet(now) : undefined;
  if (set) {
    const count = Math.ceil(text.length / keyring.longest);
    for (let index = 0; index < count; index++) {
      const from = index * keyring.longest;
      await keyring.set(partName(name, set, index), text.slice(from, from + keyring.longest));
    }
    await keyring.set(name, `parts 1 ${set} ${count} ${digestOf(text)}`);
  } else {
    await keyring.set(name, text);
  }
  // The text is safe now. What cannot be removed is removed by the next writer.
  await sweep(keyring, name, { keep: set, replaced: before?.parts?.set, now }).catch(() => {});
}

async function sweep(
  keyring: Keyring,
  name: string,
  { keep, replaced, now }: { keep: string | undefined; replaced: string | undefined; now: number },
): Promise<void> {
  for (const item of await keyring.list(groupOfItem(name))) {
    if (!item.startsWith(`${name}/`)) continue;
    const set = item.slice(name.length + 1).split(".", 1)[0] ?? "";
    // One that was just begun may be another writer's, where the lock does not reach.
    const isStale = Math.abs(now - startOf(set)) > UNFINISHED_FOR_MS;
    if (set !== keep && (set === replaced || isStale)) await keyring.delete(item);
  }
}

async function readParts(keyring: Keyring, name: string, { set, count }: Parts) {
  const texts: (string | undefined)[] = [];
  for (let index = 0; index < count; index++) {
    const text = await keyring.get(partName(name, set, index));
    texts.push(text);
    if (text === undefined) break; // the others need not be asked for
  }
  return texts;
}

const partName = (name: string, set: string, index: number) => `${name}/${set}.${index}`;

/** A name that no other set has: when it was begun, and 64 random bits. */
function newSet(now: number): string {
  const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
  return `${Math.max(0, Math.trunc(now)).toString(36)}-${random}`;
}

const startOf = (set: string): number => parseInt(set.split("-", 1)[0] ?? "", 36) || 0;

function parseManifest(head: string): Parts | undefined {
  const [, set, count, digest] = MANIFEST.exec(head) ?? [];
  if (set === undefined || digest === undefined) return undefined;
  return { set, count: Number(count), digest };
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

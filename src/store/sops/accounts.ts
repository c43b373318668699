import type { AccountId } from "../store.ts";
import { decodeKey } from "./names.ts";
import type { Entry, MapNode, Node } from "./node.ts";
import { findEntry } from "./node.ts";
import { VerifyError } from "./verify.ts";

/** The top-level key of everything that is ours. */
export const OURS = "vantage";

/** Where an account is in the file, or how far its place is there. */
export interface AccountPlace {
  readonly ours: Entry | undefined;
  readonly service: Entry | undefined;
  readonly account: Entry | undefined;
}

export function findAccount(root: MapNode, id: AccountId): AccountPlace {
  const ours = findEntry(root, OURS);
  const service = ours && findName(ours.value, id.service);
  return { ours, service, account: service && findName(service.value, id.account) };
}

export function listAccounts(root: MapNode): AccountId[] {
  const services = entriesOf(findEntry(root, OURS)?.value);
  return services.flatMap((service) =>
    entriesOf(service.value).map((account) => ({
      service: decodeKey(service.key),
      account: decodeKey(account.key),
    }))
  );
}

/** The entry of a name, however its key spells it. */
function findName(node: Node, name: string): Entry | undefined {
  return entriesOf(node).find(({ key }) => decodeKey(key) === name);
}

/** The entries of a mapping; nothing, where a person left an empty place, has none. */
function entriesOf(node: Node | undefined): readonly Entry[] {
  return node?.kind === "map" ? node.entries : [];
}

/**
 * Refuses a tree that was rearranged without the MAC noticing. What it covers are values in
 * their order, each authenticated with its keys joined by ":", so a key with ":" and a list say
 * the same as another tree. We write neither. Throws {@link VerifyError}.
 */
export function checkShape(root: MapNode): void {
  for (const { key, value } of root.entries) {
    if (key.startsWith(`${OURS}:`)) throw new VerifyError(`'${key}' is no key of vantage's`);
    if (key === OURS) checkNode(value, key);
  }
}

function checkNode(node: Node, shown: string): void {
  if (node.kind === "list") throw new VerifyError(`'${shown}' is a list`);
  if (node.kind !== "map") return;
  const names = new Set<string>();
  for (const { key, value } of node.entries) {
    if (key.includes(":")) throw new VerifyError(`'${shown}/${key}' has ':' in its name`);
    if (names.size === names.add(decodeKey(key)).size) {
      throw new VerifyError(`'${shown}/${key}' is there twice`);
    }
    checkNode(value, `${shown}/${key}`);
  }
}

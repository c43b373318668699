import assert from "node:assert/strict";
import { type ErrorCode, isVantageError, type VantageError } from "../../src/errors.ts";
import type { SopsFormat, SopsSubject } from "../support/sops.ts";
import { ID, take } from "./contract.ts";

export const FORMATS: readonly SopsFormat[] = ["json", "yaml"];
export const FIELDS = { access_token: "precious-1", client_secret: "precious-2" };
export const OTHER = { ...ID, account: "other" };

export async function fails(
  operation: Promise<unknown>,
  ...codes: ErrorCode[]
): Promise<VantageError> {
  const error = await operation.then(() => undefined, (error: unknown) => error);
  assert.ok(isVantageError(error, ...codes), `Expected ${codes}, got ${error}`);
  assert.doesNotMatch(`${error.message} ${error.hint} ${error.cause}`, /precious|AGE-SECRET/);
  return error;
}

/** A file with two accounts. */
export async function filled(subject: SopsSubject): Promise<string> {
  for (const id of [ID, OTHER]) {
    await using lock = await take(subject.store, id);
    await lock.set({ ...FIELDS, account: id.account }, undefined);
  }
  return await subject.read();
}

/** Nothing can be done with the file as it is, and nothing that is tried changes it. */
export async function refused(subject: SopsSubject, ...codes: ErrorCode[]): Promise<VantageError> {
  const text = await subject.read();
  const store = subject.another();
  const error = await fails(store.get(ID), ...codes);
  await fails(store.list(), ...codes);
  await using lock = await take(store);
  await fails(lock.reserve(), ...codes);
  for (const expected of ["any", undefined, 7] as const) {
    await fails(lock.set(FIELDS, expected), ...codes);
    await fails(lock.delete(expected), ...codes);
  }
  assert.equal(await subject.read(), text);
  const names = [...Deno.readDirSync(subject.root)].map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name.includes("secrets")), [
    subject.path.split("/").at(-1),
  ]);
  return error;
}

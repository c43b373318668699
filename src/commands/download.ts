import { basename, dirname, join } from "node:path";
import { answerError } from "../api/answer_error.ts";
import type { ApiAnswer, ApiClient, ApiRequest } from "../api/client.ts";
import { changed, isResumable, restOf, resumedBody, totalOf, validatorOf } from "../api/resumed.ts";
import type { App } from "../app.ts";
import { VantageError } from "../errors.ts";
import { fileProblem, waitForLock } from "../files.ts";
import type { Files, OpenFile } from "../system.ts";
import { FileError } from "../system.ts";
import { unusable } from "./named_file.ts";

/** How long another command may take to let go of the file. */
const LOCK_TIMEOUT_MS = 500;

/** A file that an answer was saved in. */
export interface Downloaded {
  readonly path: string;
  readonly bytes: number;
  /** So many of them were there from an earlier try. */
  readonly resumedAt: number;
}

/** What a part of a download is of, kept beside it. */
interface PartNote {
  readonly url: string;
  readonly validator: string;
}

/**
 * Saves the body of an answer in a file, which is there whole or not at all. What was left of
 * a try that was broken off is gone on with, where the server has the same version still.
 * Throws `download_failed`, `file_unusable`, `api_…`, `network`.
 */
export async function download(
  app: App,
  client: ApiClient,
  asked: ApiRequest,
  path: string,
): Promise<Downloaded> {
  const { files, clock } = app.system;
  const request = { ...asked, verbatim: true };
  const place = partOf(path);
  try {
    for (const name of [path, place.part]) { // a link there would lead the bytes elsewhere
      const facts = await files.stat(name);
      if (facts && facts.kind !== "file") throw notAFile(name);
    }
    using part = await files.open(place.part, { write: true, create: true, mode: 0o666 });
    // Two at once would write into each other's. Who has just been killed may have it still.
    const options = { timeoutMs: LOCK_TIMEOUT_MS, signal: app.interrupted };
    const held = await waitForLock(async () => await part.tryLock() || undefined, clock, options);
    if (!held || !await isAt(files, place.part, part)) throw busy(path);
    const { answer, done } = await begun(client, request, files, place, part);
    try {
      const bytes = await written(app, client, request, answer, done, { part, path });
      await part.sync();
      await files.rename(place.part, path);
      await files.remove(place.note);
      await files.syncDir(dirname(path));
      return { path, bytes, resumedAt: done };
    } finally {
      await answer.cancel();
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.kind === "full") {
      throw new VantageError("download_failed", `Cannot write '${path}': ${fileProblem(error)}`, {
        cause: error,
        hint: "Make room, then run the command again: it goes on with what is there",
      });
    }
    throw unusable("write", path, error);
  }
}

/** Whether a file is still where it was opened: another command may just have put it in place. */
async function isAt(files: Files, path: string, file: OpenFile): Promise<boolean> {
  return (await files.stat(path))?.inode === (await file.stat()).inode;
}

interface Place {
  readonly part: string;
  readonly note: string;
}

function partOf(path: string): Place {
  const part = join(dirname(path), `${basename(path)}.part`);
  return { part, note: `${part}.json` };
}

/** The answer to begin with: the rest of what is there, or the whole. */
async function begun(
  client: ApiClient,
  request: ApiRequest,
  files: Files,
  place: Place,
  part: OpenFile,
): Promise<{ answer: ApiAnswer; done: number }> {
  const note = await readNote(files, place);
  const { size } = await part.stat();
  if (note?.url === request.url.href && size > 0 && request.method === "GET") {
    const rest = await restOf(client, request, size, note.validator);
    if (rest?.isRest) return { answer: rest.answer, done: size };
    if (rest) return { answer: await fromTheBeginning(rest.answer), done: 0 };
  }
  const answer = await client.send(request);
  if (answer.status >= 400) {
    if (size === 0) await files.remove(place.part).catch(() => {}); // the error goes before that
    throw await answerError(answer);
  }
  return { answer: await fromTheBeginning(answer), done: 0 };

  /** What is there is of another version, or of nothing that is known. */
  async function fromTheBeginning(answer: ApiAnswer): Promise<ApiAnswer> {
    if (answer.status === 206) throw changed(answer.url); // a part that nobody asked for
    await part.writeAt(0, new Uint8Array());
    const validator = validatorOf(answer.headers);
    if (isResumable(answer) && validator !== undefined) {
      await writeNote(files, place, { url: request.url.href, validator });
    } else await files.remove(place.note);
    return answer;
  }
}

async function written(
  { person }: App,
  client: ApiClient,
  request: ApiRequest,
  answer: ApiAnswer,
  begunAt: number,
  { part, path }: { part: OpenFile; path: string },
): Promise<number> {
  const total = totalOf(answer);
  if (begunAt > 0) person.notice(`Going on with '${path}'`);
  using progress = person.progress(basename(path), total, begunAt);
  let done = begunAt;
  for await (const chunk of resumedBody(client, request, answer, begunAt)) {
    await part.writeAt(done, chunk);
    done += chunk.length;
    progress.advance(chunk.length);
  }
  if (total === undefined || done === total) return done;
  throw new VantageError("download_failed", `'${path}' should have ${total} bytes, not ${done}`, {
    hint: "Run the command again",
  });
}

async function readNote(files: Files, { note }: Place): Promise<PartNote | undefined> {
  try {
    const { url, validator } = JSON.parse(await files.readText(note));
    return typeof url === "string" && typeof validator === "string"
      ? { url, validator }
      : undefined;
  } catch {
    return undefined; // it only saves a download
  }
}

async function writeNote(files: Files, { note }: Place, content: PartNote): Promise<void> {
  await files.remove(note);
  using file = await files.open(note, { write: true, createNew: true, mode: 0o600 });
  await file.writeText(JSON.stringify(content));
}

const notAFile = (path: string) =>
  new VantageError("file_unusable", `Cannot write '${path}': it is not a regular file`, {
    hint: "Leave out -o and use `>`",
  });

const busy = (path: string) =>
  new VantageError("download_failed", `Another command is downloading to '${path}'`, {
    hint: "Wait for it, or give another name with -o",
  });

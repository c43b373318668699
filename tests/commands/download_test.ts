import assert from "node:assert/strict";
import type { ApiRequest } from "../../src/api/client.ts";
import type { App } from "../../src/app.ts";
import { download } from "../../src/commands/download.ts";
import { FileError, type Files, type OpenFile } from "../../src/system.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { denoFiles } from "../../src/system/deno_files.ts";
import { apiRequest, cutBody, fakeApi, type Reply } from "../support/exchange.ts";

const WHOLE = "0123456789";
const HEADERS = { etag: '"v1"', "content-length": String(WHOLE.length) };

const whole = (headers: Record<string, string> = HEADERS) => new Response(WHOLE, { headers });
const cut = (bytes: number) => new Response(cutBody(WHOLE.slice(0, bytes)), { headers: HEADERS });
const rest = (start: number, headers: Record<string, string> = {}) =>
  new Response(WHOLE.slice(start), {
    status: 206,
    headers: { etag: '"v1"', "content-range": `bytes ${start}-9/10`, ...headers },
  });
const broken = () => new TypeError("error sending request: client error (SendRequest)");

/** A directory with a place for a file. */
class Place implements AsyncDisposable {
  private constructor(readonly dir: string) {}

  static async make(): Promise<Place> {
    return new Place(await Deno.makeTempDir({ prefix: "vantage-download-" }));
  }

  get file(): string {
    return `${this.dir}/file`;
  }

  /** What an earlier try has left. */
  async leave(text: string, note: unknown): Promise<void> {
    await Deno.writeTextFile(`${this.file}.part`, text);
    if (note !== undefined) {
      await Deno.writeTextFile(`${this.file}.part.json`, JSON.stringify(note));
    }
  }

  /** What is in the directory, by name. */
  content(): Record<string, string> {
    const names = [...Deno.readDirSync(this.dir)].map(({ name }) => name).sort();
    return Object.fromEntries(
      names.map((name) => [name, Deno.readTextFileSync(`${this.dir}/${name}`)]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Downloads what these replies make; `shown` is what a person saw of it. */
function start(
  place: Place,
  replies: Reply[],
  { files = denoFiles(), request = apiRequest(), path = place.file }: {
    readonly files?: Files;
    readonly request?: ApiRequest;
    readonly path?: string;
  } = {},
) {
  const { client, sent } = fakeApi(replies);
  const shown: unknown[] = [];
  const person = {
    notice: (text: string) => shown.push(text),
    progress(label: string, total: number | undefined, done: number) {
      shown.push([label, total, done]);
      return { advance: (bytes: number) => shown.push(bytes), [Symbol.dispose]() {} };
    },
  };
  const { clock } = denoSystem();
  const app = { system: { files, clock }, person } as unknown as App;
  const ranges = () => sent.map(({ headers }) => headers.get("range"));
  return { done: download(app, client, request, path), sent, ranges, shown };
}

const note = (url = apiRequest().url.href, validator = '"v1"') => ({ url, validator });

Deno.test("download() puts the whole in its place, in place of what is there", async () => {
  await using place = await Place.make();
  await Deno.writeTextFile(place.file, "an old file that is longer");
  const { done, sent, shown } = start(place, [whole()]);
  assert.deepEqual(await done, { path: place.file, bytes: 10, resumedAt: 0 });
  assert.deepEqual(place.content(), { file: WHOLE });
  assert.deepEqual(shown, [["file", 10, 0], 10]);
  assert.equal(sent[0]?.headers.get("accept-encoding"), "identity");
});

Deno.test("download() goes on with what an earlier try has left, and tells", async () => {
  await using place = await Place.make();
  await place.leave("0123", note());
  const { done, sent, shown } = start(place, [rest(4)]);
  assert.deepEqual(await done, { path: place.file, bytes: 10, resumedAt: 4 });
  assert.deepEqual(place.content(), { file: WHOLE });
  assert.deepEqual(
    ["range", "if-range"].map((name) => sent[0]?.headers.get(name)),
    ["bytes=4-", '"v1"'],
  );
  assert.deepEqual(shown, [`Going on with '${place.file}'`, ["file", 10, 4], 6]);
});

Deno.test("download() leaves what it has and where it is from when the network fails", async () => {
  await using place = await Place.make();
  const first = start(place, [cut(3), broken()]);
  await assert.rejects(first.done, { code: "network" });
  assert.deepEqual(place.content(), {
    "file.part": "012",
    "file.part.json": JSON.stringify(note()),
  });
  const second = start(place, [rest(3)]);
  await second.done;
  assert.deepEqual(second.ranges(), ["bytes=3-"]);
  assert.deepEqual(place.content(), { file: WHOLE });
});

for (
  const [what, left] of [
    ["of another URL", note("https://api.example.com/things?other")],
    ["of nothing that is known", undefined],
    ["with a note that is garbage", "garbage"],
    ["with a note that lacks the version", { url: apiRequest().url.href }],
    ["with a note of null", null],
  ] as const
) {
  Deno.test(`download() begins anew when there is a part ${what}`, async () => {
    await using place = await Place.make();
    await place.leave("a longer part than the whole", left);
    const { done, ranges } = start(place, [whole()]);
    assert.equal((await done).resumedAt, 0);
    assert.deepEqual([ranges(), place.content()], [[null], { file: WHOLE }]);
  });
}

Deno.test("download() begins anew when the server has another version, in the same answer", async () => {
  await using place = await Place.make();
  await place.leave("abc", note(undefined, '"v0"'));
  const { done, ranges } = start(place, [whole()]);
  assert.equal((await done).resumedAt, 0);
  assert.deepEqual([ranges(), place.content()], [["bytes=3-"], { file: WHOLE }]);
});

for (
  const [what, reply] of [
    ["nothing behind the part", () => new Response(null, { status: 416 })],
    ["the rest from elsewhere", () => rest(4, { "content-range": "bytes 5-9/10" })],
    ["the rest of another version", () => rest(4, { etag: '"v2"' })],
  ] as [string, () => Response][]
) {
  Deno.test(`download() asks for the whole when the server has ${what}`, async () => {
    await using place = await Place.make();
    await place.leave("0123", note());
    const { done, ranges } = start(place, [reply(), whole()]);
    await done;
    assert.deepEqual([ranges(), place.content()], [["bytes=4-", null], { file: WHOLE }]);
  });
}

Deno.test("download() keeps a part, and makes no file, when the API answers with an error", async () => {
  await using place = await Place.make();
  for (const status of [401, 403, 404, 500]) {
    const { done } = start(place, [new Response('{"message":"No"}', { status })]);
    await assert.rejects(done, new RegExp(`answered ${status}: No$`));
    assert.deepEqual(place.content(), {});
  }
  for (const url of [undefined, "https://api.example.com/another"]) {
    await place.leave("0123", note(url));
    await assert.rejects(start(place, [new Response("no", { status: 403 })]).done, {
      code: "api_refused",
    });
    assert.deepEqual(Object.keys(place.content()), ["file.part", "file.part.json"]);
  }
});

Deno.test("download() does not take a part for the whole", async () => {
  await using place = await Place.make();
  await assert.rejects(start(place, [rest(0)]).done, { code: "download_failed" });
  await assert.rejects(
    start(place, [new Response("01234", { headers: HEADERS })]).done,
    { code: "download_failed", message: `'${place.file}' should have 10 bytes, not 5` },
  );
  assert.ok(!("file" in place.content()));
});

Deno.test("download() remembers no version that is none", async () => {
  await using place = await Place.make();
  const headers = { etag: 'W/"v1"', "content-length": "10" };
  await place.leave("old", note("https://api.example.com/another"));
  const { done } = start(place, [new Response(cutBody("0123"), { headers })]);
  await assert.rejects(done, { code: "network" });
  assert.deepEqual(place.content(), { "file.part": "0123" });
});

Deno.test("download() writes through no link, and to nothing but a file", async () => {
  await using place = await Place.make();
  const secret = `${place.dir}/secret`;
  await Deno.writeTextFile(secret, "precious");
  for (const name of [place.file, `${place.file}.part`]) {
    await Deno.symlink(secret, name);
    const { done, sent } = start(place, [whole()]);
    await assert.rejects(done, { code: "file_unusable", message: /is not a regular file$/ });
    assert.equal(sent.length, 0);
    await Deno.remove(name);
  }
  await Deno.symlink(secret, `${place.file}.part.json`);
  await start(place, [cut(3), broken()]).done.catch(() => {});
  assert.equal(await Deno.readTextFile(secret), "precious");
  assert.ok((await Deno.lstat(`${place.file}.part.json`)).isFile);
  await assert.rejects(start(place, [whole()], { path: place.dir }).done, {
    code: "file_unusable",
  });
});

Deno.test("download() says why when a file cannot be made there", async () => {
  await using place = await Place.make();
  const { done } = start(place, [whole()], { path: `${place.dir}/nowhere/file` });
  await assert.rejects(done, { code: "file_unusable", message: /does not exist$/ });
});

/** A step that fails, or does something else, in place of the real one. */
function filesWith(
  change: (path: string, file: OpenFile) => Partial<OpenFile>,
  others: Partial<Files> = {},
): Files {
  const files = denoFiles();
  return {
    ...files,
    ...others,
    async open(path, options) {
      const file = await files.open(path, options);
      return { ...file, ...change(path, file) };
    },
  };
}

Deno.test("download() keeps what is there when the disk is full, and goes on later", async () => {
  await using place = await Place.make();
  await place.leave("0123", note());
  const full = (path: string) => ({
    writeAt: (offset: number) => {
      assert.equal(offset, 4);
      return Promise.reject(new FileError("full", path, new Error("No space left")));
    },
  });
  const { done } = start(place, [rest(4)], { files: filesWith(full) });
  await assert.rejects(done, {
    code: "download_failed",
    message: `Cannot write '${place.file}': no space is left on the device`,
    hint: /goes on with what is there/,
  });
  assert.equal(place.content()["file.part"], "0123");
  await start(place, [rest(4)]).done;
  assert.deepEqual(place.content(), { file: WHOLE });
});

Deno.test("download() flushes the file before it is put in place, and then the directory", async () => {
  await using place = await Place.make();
  const steps: string[] = [];
  const real = denoFiles();
  const files = filesWith((path, file) => ({
    sync: () => (steps.push(`sync ${path}`), file.sync()),
  }), {
    rename: (from, to) => (steps.push(`rename to ${to}`), real.rename(from, to)),
    syncDir: (path) => (steps.push(`sync ${path}`), real.syncDir(path)),
  });
  await start(place, [whole()], { files }).done;
  assert.deepEqual(steps, [
    `sync ${place.file}.part`,
    `rename to ${place.file}`,
    `sync ${place.dir}`,
  ]);
});

Deno.test("download() writes one file at a time when two want the same", async () => {
  await using place = await Place.make();
  const begun = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const first = start(place, [() => {
    begun.resolve();
    return answer.promise;
  }]);
  await begun.promise;
  const second = start(place, [whole()]);
  await assert.rejects(second.done, { code: "download_failed", message: /^Another command / });
  assert.equal(second.sent.length, 0);
  answer.resolve(whole());
  await first.done;
  assert.deepEqual(place.content(), { file: WHOLE });
});

Deno.test({
  name: "download() does not write to a file that another command has just put in place",
  ignore: Deno.build.os === "windows", // there an open file is not moved
  async fn() {
    await using place = await Place.make();
    const { done } = start(place, [new Response("other")], {
      files: filesWith((path, file) => ({
        async tryLock() {
          // Between our opening it and our lock, the other one has ended.
          await Deno.writeTextFile(path, "complete");
          await Deno.rename(path, place.file);
          return await file.tryLock();
        },
      })),
    });
    await assert.rejects(done, { code: "download_failed" });
    assert.equal(place.content().file, "complete");
  },
});

import assert from "node:assert/strict";
import { type ApiHome, asked, assertApiFailed, homeWithApi } from "../support/api_home.ts";
import { fileStream, isFile } from "../support/api_files.ts";
import { startOther } from "../support/api_other.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { eventually } from "../tokens/eventually.ts";
import { canMount, mount } from "../tokens/mounts.ts";
import { REFRESH } from "../tokens/sessions.ts";

const MEBIBYTE = 1024 * 1024;
const SIZE = 8 * MEBIBYTE;

/** A directory of its own for downloads, to see all that is left in it. */
async function place(home: ApiHome): Promise<{ file: string; dir: string }> {
  const dir = await Deno.makeTempDir({ dir: home.dir });
  return { dir, file: `${dir}/file.bin` };
}

const names = (dir: string) => [...Deno.readDirSync(dir)].map(({ name }) => name).sort();

/** How many bytes of a download are on the disk, whatever its file is called meanwhile. */
const bytesIn = (dir: string) =>
  names(dir).reduce((sum, name) => sum + Deno.statSync(`${dir}/${name}`).size, 0);

const ranges = ({ apiState }: Provider) => apiState.seen.map(({ headers }) => headers.get("range"));

/** Runs a download that stalls in the middle, and kills it there. */
async function killedInTheMiddle(
  provider: Provider,
  home: ApiHome,
  { file, dir }: { file: string; dir: string },
): Promise<void> {
  provider.apiState.files.stalls.push(5 * MEBIBYTE);
  const running = home.start(["api", `/files/${SIZE}`, "-o", file]);
  await eventually(() => bytesIn(dir) >= 4 * MEBIBYTE);
  running.kill("SIGKILL");
  await running.result;
  assert.ok(!names(dir).includes("file.bin"), "A half of a file has the name of the whole");
}

Deno.test("vantage api -o saves the body, and nothing else", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { dir, file } = await place(home);
  const run = (size: number) => home.run(["api", `/files/${size}`, "-o", file], { quiet: true });
  for (const size of [SIZE, 0, 1]) {
    const { status, stdout, stderr } = await run(size);
    assert.deepEqual([status, stdout, stderr.includes("\x1b")], [0, "", false], stderr);
    assert.ok(await isFile(file, size));
    assert.deepEqual(names(dir), ["file.bin"]);
  }
  const { status, stdout } = await home.run(["api", "/me", "-o", "-"]);
  assert.deepEqual([status, JSON.parse(stdout).sub], [0, "ada"]);
});

Deno.test("vantage api -o goes on in the middle when the token ends there", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { dir, file } = await place(home);
  const { files } = provider.apiState;
  files.checksToken = true;
  files.events.set(20 * MEBIBYTE, () => provider.refuseAccessTokens());
  files.events.set(40 * MEBIBYTE, () => provider.refuseAccessTokens());
  const size = 64 * MEBIBYTE;
  const { status, stderr } = await home.run(["api", `/files/${size}`, "-o", file]);
  assert.equal(status, 0, stderr);
  assert.ok(await isFile(file, size));
  assert.deepEqual(names(dir), ["file.bin"]);
  assert.equal(provider.count(REFRESH), 2);
  // Each time once with the old token, once with the new.
  assert.equal(ranges(provider).filter((range) => range !== null).length, 4);
});

Deno.test("vantage api goes on in the middle of what a pipe gets, too", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  provider.apiState.files.cuts.push(3 * MEBIBYTE, MEBIBYTE);
  const { status, stderr } = await home.run([
    ...["exec", "--", "sh", "-c"],
    `"$0" api /files/${SIZE} > "$1"`,
    (await import("../support/vantage.ts")).BINARY,
    `${home.dir}/piped`,
  ]);
  assert.equal(status, 0, stderr);
  assert.ok(await isFile(`${home.dir}/piped`, SIZE));
  assert.equal(asked(provider).length, 3);
});

Deno.test("vantage api -o goes on after a kill with what is there", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const at = await place(home);
  await killedInTheMiddle(provider, home, at);
  const { status, stdout, stderr } = await home.run([
    ...["api", `/files/${SIZE}`, "-o", at.file, "--json"],
  ]);
  assert.equal(status, 0, stderr);
  assert.ok(await isFile(at.file, SIZE));
  const { path, bytes, resumed_at } = JSON.parse(stdout);
  assert.deepEqual([path, bytes], [at.file, SIZE]);
  assert.ok(resumed_at >= 4 * MEBIBYTE);
  assert.deepEqual(names(at.dir), ["file.bin"]);
  const [first, second, ...others] = provider.apiState.seen;
  assert.equal(first?.headers.get("range"), null);
  const [, start] = second?.headers.get("range")?.match(/^bytes=(\d+)-$/) ?? [];
  assert.ok(Number(start) >= 4 * MEBIBYTE, start);
  assert.equal(second?.headers.get("if-range"), '"v1"');
  assert.deepEqual(others, []);
});

Deno.test("vantage api -o starts over after a kill when the file is another", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { files } = provider.apiState;
  const startsOver = async (name: string, change: () => void) => {
    await t.step(name, async () => {
      const at = await place(home);
      await killedInTheMiddle(provider, home, at);
      change();
      const { status, stderr } = await home.run(["api", `/files/${SIZE}`, "-o", at.file]);
      assert.equal(status, 0, stderr);
      assert.ok(await isFile(at.file, SIZE, files.version));
      assert.deepEqual(names(at.dir), ["file.bin"]);
    });
  };
  await startsOver("another version", () => files.version++);
  await startsOver("no ranges any more", () => files.ignoresRange = true);
  files.ignoresRange = false;
  files.ignoresIfRange = true;
  await startsOver("another version, of which it gives the rest", () => files.version++);
  files.ignoresIfRange = false;
  for (const validators of ["weak", "none"] as const) {
    files.validators = validators;
    await startsOver(`${validators} validators, another version`, () => files.version++);
  }
});

Deno.test("vantage api -o goes on by the date when there is no ETag", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  provider.apiState.files.validators = "date";
  const at = await place(home);
  await killedInTheMiddle(provider, home, at);
  const { status } = await home.run(["api", `/files/${SIZE}`, "-o", at.file]);
  assert.equal(status, 0);
  assert.ok(await isFile(at.file, SIZE));
  assert.equal(provider.apiState.seen.length, 2);
  assert.match(provider.apiState.seen[1]?.headers.get("if-range") ?? "", /GMT$/);
});

Deno.test("vantage api -o does not go on with the part of another URL", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const at = await place(home);
  await killedInTheMiddle(provider, home, at);
  const { status } = await home.run(["api", `/files/${SIZE + 1}`, "-o", at.file]);
  assert.equal(status, 0);
  assert.ok(await isFile(at.file, SIZE + 1));
});

Deno.test("vantage api -o keeps what is there when the API is away for a while", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const at = await place(home);
  await killedInTheMiddle(provider, home, at);
  const there = bytesIn(at.dir);
  const { answers } = provider.apiState;
  const path = `/files/${SIZE}`;
  const run = () => home.run(["api", path, "-o", at.file, "--json"]);
  const away = (status: number) =>
    answers.set(path, () => Response.json({}, { status, headers: { "retry-after": "86400" } }));
  for (const status of [503, 429, 500]) {
    await t.step(String(status), async () => {
      away(status);
      assertApiFailed(await run(), "api_unavailable");
      assert.equal(bytesIn(at.dir), there);
    });
  }
  await t.step("401", async () => {
    answers.set(path, () => Response.json({}, { status: 401 }));
    assertApiFailed(await run(), "token_refused");
    assert.equal(bytesIn(at.dir), there);
  });
  await t.step("back again", async () => {
    answers.delete(path);
    const before = asked(provider).length;
    assert.equal((await run()).status, 0);
    assert.ok(await isFile(at.file, SIZE));
    assert.equal(asked(provider).length - before, 1);
    assert.match(ranges(provider).at(-1) ?? "", /^bytes=[1-9]/);
  });
});

Deno.test("vantage api -o tells why it cannot go on in the middle", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { files, answers } = provider.apiState;
  const path = `/files/${SIZE}`;
  /** Cuts the answer in the middle, and has all later ones answered so. */
  const thenAnswers = (answer: () => Response) => {
    files.cuts.push(3 * MEBIBYTE);
    files.events.set(2 * MEBIBYTE, () => answers.set(path, answer));
  };
  const failing = async (code: Parameters<typeof assertApiFailed>[1]) => {
    const at = await place(home);
    const result = await home.run(["api", path, "-o", at.file, "--json"]);
    answers.clear();
    assert.ok(!names(at.dir).includes("file.bin"));
    return assertApiFailed(result, code).message;
  };
  await t.step("another version", async () => {
    files.cuts.push(3 * MEBIBYTE);
    files.events.set(2 * MEBIBYTE, () => files.version++);
    await failing("download_failed");
  });
  await t.step("another version, of which it gives the rest", async () => {
    files.ignoresIfRange = true;
    files.cuts.push(3 * MEBIBYTE);
    files.events.set(2 * MEBIBYTE, () => files.version++);
    await failing("download_failed");
    files.ignoresIfRange = false;
  });
  await t.step("the API is away", async () => {
    const headers = { "retry-after": "86400" };
    thenAnswers(() => Response.json({}, { status: 503, headers }));
    assert.match(await failing("api_unavailable"), /503/);
  });
  await t.step("the account may not any more", async () => {
    thenAnswers(() => Response.json({ message: "Gone" }, { status: 403 }));
    assert.match(await failing("api_refused"), /403/);
  });
  await t.step("the token is refused", async () => {
    thenAnswers(() => Response.json({}, { status: 401 }));
    await failing("token_refused");
  });
});

Deno.test("vantage api -o fails when the server lies about the length", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { files } = provider.apiState;
  const { dir, file } = await place(home);
  files.lengthError = 1_000;
  for (const validators of ["both", "none"] as const) {
    files.validators = validators;
    const result = await home.run(["api", `/files/${SIZE}`, "-o", file, "--json"]);
    assert.notEqual(result.status, 0);
    assert.match(result.stderr, /^\{"error":\{"code":"(network|download_failed)"/m);
    assert.ok(!names(dir).includes("file.bin"));
  }
  assert.ok(asked(provider).length < 20, String(asked(provider).length));
});

Deno.test("vantage api -o is not led astray by a range that was not asked for", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const at = await place(home);
  await killedInTheMiddle(provider, home, at);
  const path = `/files/${SIZE}`;
  provider.apiState.answers.set(path, (request) => {
    if (request.headers.has("range")) {
      const headers = { "content-range": `bytes 0-9/${SIZE}`, etag: '"v1"' };
      return new Response("0123456789", { status: 206, headers });
    }
    return new Response(fileStream(SIZE));
  });
  // It may give up once, but not for ever.
  const run = () => home.run(["api", path, "-o", at.file]);
  const first = await run();
  if (first.status !== 0) {
    assert.ok(!names(at.dir).includes("file.bin"));
    const { status, stderr } = await run();
    assert.equal(status, 0, stderr);
  }
  assert.ok(await isFile(at.file, SIZE));
});

Deno.test("vantage api -o does not mix up what is compressed with what is not", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { file } = await place(home);
  const plain = new TextEncoder().encode("0123456789abcdef".repeat(100_000));
  const gzip = await new Response(
    new Blob([plain]).stream().pipeThrough(new CompressionStream("gzip")),
  ).bytes();
  let first = true;
  provider.apiState.answers.set("/log", (request) => {
    const compresses = /gzip/.test(request.headers.get("accept-encoding") ?? "");
    const bytes = compresses ? gzip : plain;
    const start = Number(request.headers.get("range")?.match(/\d+/)?.[0] ?? 0);
    const end = first ? Math.floor(bytes.length / 2) : bytes.length;
    const cut = first;
    first = false;
    const body = new ReadableStream({
      pull(controller) {
        if (cut) controller.error(new Error("Cut by the test"));
        else controller.close();
      },
      start: (controller) => controller.enqueue(bytes.slice(start, end)),
    });
    const ranged = request.headers.has("range");
    return new Response(body, {
      status: ranged ? 206 : 200,
      headers: {
        etag: '"log"',
        "accept-ranges": "bytes",
        "content-type": "text/plain",
        ...(compresses && { "content-encoding": "gzip" }),
        ...(ranged && { "content-range": `bytes ${start}-${end - 1}/${bytes.length}` }),
      },
    });
  });
  const { status } = await home.run(["api", "/log", "-o", file]);
  if (status === 0) assert.deepEqual(await Deno.readFile(file), plain);
  else assert.equal((await home.run(["api", "/log", "-o", file])).status, 0);
  assert.deepEqual(await Deno.readFile(file), plain);
});

Deno.test("vantage api -o fetches from a storage host, and goes on there, without the token", async () => {
  await using provider = await startProvider();
  await using other = startOther();
  await using home = await homeWithApi(provider);
  const { dir, file } = await place(home);
  other.files.cuts.push(3 * MEBIBYTE);
  const target = `/redirect?to=${encodeURIComponent(`${other.origin}/files/${SIZE}`)}`;
  const { status, stderr } = await home.run(["api", target, "-o", file, "-H", "X-Mine: 1"]);
  assert.equal(status, 0, stderr);
  assert.ok(await isFile(file, SIZE));
  assert.deepEqual(names(dir), ["file.bin"]);
  assert.equal(other.requests.length, 2);
  assert.match(other.requests[1]?.headers.get("range") ?? "", /^bytes=[1-9]/);
  for (const { headers } of other.requests) {
    assert.deepEqual([headers.get("authorization"), headers.get("x-mine")], [null, null]);
  }
});

Deno.test("vantage api -o leaves the file that is there when the API answers with an error", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { dir, file } = await place(home);
  await Deno.writeTextFile(file, "precious");
  const result = await home.run(["api", "/nowhere", "-o", file, "--json"]);
  assert.match(assertApiFailed(result, "api_refused").message, /404 Not Found: Not found/);
  assert.equal(await Deno.readTextFile(file), "precious");
  assert.deepEqual(names(dir), ["file.bin"]);
});

Deno.test("vantage api -o writes through no link, and says what it cannot write to", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { dir, file } = await place(home);
  await Deno.writeTextFile(`${dir}/target`, "precious");
  await Deno.symlink(`${dir}/target`, file);
  for (const path of [file, dir, `${dir}/none/file`]) {
    const result = await home.run(["api", "/files/10", "-o", path, "--json"]);
    assert.notEqual(result.status, 0);
    assert.match(result.stderr, /^\{"error":\{"code":"(file_unusable|usage)"/m);
  }
  assert.equal(await Deno.readTextFile(`${dir}/target`), "precious");
});

Deno.test("vantage api -o ends with 130 when it is interrupted, and goes on afterwards", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { dir, file } = await place(home);
  provider.apiState.files.stalls.push(5 * MEBIBYTE);
  const running = home.start(["api", `/files/${SIZE}`, "-o", file]);
  await eventually(() => bytesIn(dir) >= 4 * MEBIBYTE);
  running.kill("SIGINT");
  assert.equal((await running.result).status, 130);
  assert.equal((await home.run(["api", `/files/${SIZE}`, "-o", file])).status, 0);
  assert.ok(await isFile(file, SIZE));
  assert.match(ranges(provider)[1] ?? "", /^bytes=[1-9]/);
});

Deno.test("vantage api -o writes one file at a time when two commands want the same", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { dir, file } = await place(home);
  provider.apiState.files.stalls.push(5 * MEBIBYTE);
  const first = home.start(["api", `/files/${SIZE}`, "-o", file]);
  await eventually(() => bytesIn(dir) >= 4 * MEBIBYTE);
  assertApiFailed(
    await home.run(["api", `/files/${SIZE}`, "-o", file, "--json"]),
    "download_failed",
  );
  first.kill("SIGKILL");
  await first.result;
  assert.equal((await home.run(["api", `/files/${SIZE}`, "-o", file])).status, 0);
  assert.ok(await isFile(file, SIZE));
});

Deno.test({
  name: "vantage api -o goes on when there is room again after the disk was full",
  ignore: !canMount,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const { dir, file } = await place(home);
    await using _small = await mount(["-t", "tmpfs", "-o", "size=10m", "none"], dir);
    await Deno.writeFile(`${dir}/filler`, new Uint8Array(6 * MEBIBYTE));
    const run = () => home.run(["api", `/files/${SIZE}`, "-o", file, "--json"]);
    assert.match(assertApiFailed(await run(), "download_failed").message, /no space/i);
    assert.ok(!names(dir).includes("file.bin"));
    await Deno.remove(`${dir}/filler`);
    assert.equal((await run()).status, 0);
    assert.ok(await isFile(file, SIZE));
    assert.match(ranges(provider).at(-1) ?? "", /^bytes=[1-9]/);
  },
});

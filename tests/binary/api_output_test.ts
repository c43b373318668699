// deno-lint-ignore-file no-control-regex -- control sequences are the subject
import assert from "node:assert/strict";
import { HOSTILE, PNG } from "../support/api_answers.ts";
import { answered, asked, assertApiFailed, homeWithApi, runForBytes } from "../support/api_home.ts";
import { isFile } from "../support/api_files.ts";
import { startProvider } from "../support/provider.ts";
import { BINARY } from "../support/vantage.ts";
import { eventually } from "../tokens/eventually.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("vantage api gives a pipe the bytes of the body, whatever they are", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  provider.apiState.answers.set("/spaced", () => new Response('{ "b":1,\n"a": 1.0 }'));
  const cases: [target: string, bytes: Uint8Array][] = [
    ["/spaced", bytesOf('{ "b":1,\n"a": 1.0 }')],
    ["/text", bytesOf(HOSTILE)],
    ["/hostile-json", bytesOf(JSON.stringify({ name: HOSTILE }))],
    ["/binary", PNG],
    ["/bad-json", bytesOf('{"name": "alpha", "status": ')],
    ["/latin1", new Uint8Array([0x63, 0x61, 0x66, 0xe9])],
    ["/gzip", bytesOf('{"name":"alpha"}')],
    ["/no-type", bytesOf('{"name":"alpha"}')],
    ["/empty", bytesOf("")],
  ];
  for (const [target, bytes] of cases) {
    await t.step(target, async () => {
      const { status, stdout, stderr } = await runForBytes(home, provider, ["api", target]);
      assert.deepEqual([status, stderr], [0, ""]);
      assert.deepEqual(stdout, bytes);
    });
  }
  await t.step("/utf16", async () => {
    const { stdout } = await runForBytes(home, provider, ["api", "/utf16"]);
    assert.deepEqual([...stdout.subarray(0, 4)], [0xff, 0xfe, 0x7b, 0]);
  });
  await t.step("8 MiB", async () => {
    const size = 8 * 1024 * 1024;
    const { status, stdout } = await runForBytes(home, provider, ["api", `/files/${size}`]);
    await Deno.writeFile(`${home.dir}/piped`, stdout);
    assert.deepEqual([status, await isFile(`${home.dir}/piped`, size)], [0, true]);
  });
});

Deno.test("vantage api ends quietly when nobody reads the rest of the body", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  provider.apiState.files.stalls.push(32 * 1024 * 1024); // who waits for the rest waits long
  const script =
    `{ '${BINARY}' api /files/67108864; echo $? > '${home.dir}/status'; } | head -c 10`;
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script],
    env: { VANTAGE_HOME: home.dir },
  }).output();
  assert.deepEqual([stdout.length, new TextDecoder().decode(stderr)], [10, ""]);
  assert.equal(await Deno.readTextFile(`${home.dir}/status`), "0\n");
});

Deno.test("vantage api says so when the answer cannot be written", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  for (const target of ["/me", "/files/1000000"]) {
    const script = `'${BINARY}' api ${target} > /dev/full`;
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", script],
      env: { VANTAGE_HOME: home.dir },
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.notEqual(code, 0);
    assert.match(text, /^error: .*no space/im);
    assert.doesNotMatch(text, /Unexpected/);
  }
});

Deno.test("vantage api --json makes one JSON document of any answer", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const cases: [target: string, value: unknown, ...args: string[]][] = [
    ["/numbers?of=2", [1, 2]],
    ["/text", HOSTILE],
    ["/latin1", "café"],
    ["/numbers?of=3&per_page=2", [1, 2, 3], "--paginate"],
    ["/numbers?of=3&per_page=2&object", [{ items: [1, 2], page: 1 }, { items: [3], page: 2 }], ...[
      "--paginate",
    ]],
    ["/clusters", [{ name: "alpha" }, { name: "beta" }, { name: "gamma" }], "--columns", "name"],
  ];
  for (const [target, value, ...args] of cases) {
    await t.step(`${target} ${args.join(" ")}`, async () => {
      const result = await home.run(["api", target, ...args, "--json"], { quiet: true });
      assert.deepEqual(answered(result), value);
      assert.equal(result.stderr, "");
    });
  }
  const binary = await home.run(["api", "/binary", "--json"]);
  assertApiFailed(binary, "output_refused");
  assert.equal(binary.stdout, "");
});

Deno.test("vantage api -i shows the head of the answer before its body", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  for (const flag of ["-i", "--include"]) {
    const { status, stdout } = await home.run(["api", "/numbers?per_page=2&of=3", flag]);
    assert.equal(status, 0);
    const [head = "", body] = stdout.split(/\r?\n\r?\n/);
    assert.match(head, /^HTTP(?:\/[\d.]+)? 200 OK\r?\n/);
    assert.match(head, /^content-type: application\/json/im);
    assert.match(head, /^link: <http.*rel="last next"\r?$/im);
    assert.equal(body?.trim(), "[1,2]");
  }
  const refused = await home.run(["api", "/nowhere", "-i"]);
  assert.equal(refused.status, 1);
  assert.match(refused.stdout, /^HTTP(?:\/[\d.]+)? 404 Not Found\r?\n[^]*\n\r?\n\{"message":/);
  const head = await home.run(["api", "/files/123", "-X", "HEAD", "-i"]);
  assert.match(head.stdout, /^content-length: 123\r?$/im);
});

Deno.test("vantage api shows no token to who asks what it sent", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  for (const args of [[], ["-i"], ["-v"], ["-vv"], ["--timings"], ["--json"]]) {
    const { status, stdout, stderr } = await home.run(["api", "/echo", ...args]); // fails if it does
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stdout + stderr, /bearer/i);
  }
});

Deno.test("vantage api --jq runs a program on the answer", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const cases: [target: string, expression: string, out: string][] = [
    ["/clusters", ".[].name", "alpha\nbeta\ngamma\n"],
    ["/clusters", ".[0]", '{"name":"alpha","status":"ready"}\n'],
    ["/clusters", '.[] | select(.status == "draining") | .name', "gamma\n"],
    ["/clusters", "length, null, 1.5, true", "3\nnull\n1.5\ntrue\n"],
    ["/clusters", "empty", ""],
    ["/clusters", "map(.name) | @csv", '"alpha","beta","gamma"\n'],
    ["/hostile-json", ".name | length", `${[...HOSTILE].length}\n`],
    ["/gzip", ".name", "alpha\n"],
  ];
  for (const [target, expression, out] of cases) {
    await t.step(expression, async () => {
      const { status, stdout, stderr } = await home.run(["api", target, "--jq", expression]);
      assert.deepEqual([status, stdout], [0, out], stderr);
    });
  }
  await t.step("$ENV holds nothing", async () => {
    const env = { VANTAGE_TEST_SECRET: "hunter2" };
    const { stdout } = await home.run(["api", "/clusters", "--jq", "$ENV, env"], { env });
    assert.ok(!stdout.includes("hunter2"), stdout);
  });
});

Deno.test("vantage api --jq tells a wrong expression from a failing one, and from no JSON", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const failing = async (code: Parameters<typeof assertApiFailed>[1], ...args: string[]) => {
    const result = await home.run(["api", ...args, "--json"]);
    assert.equal(result.stdout, "");
    return assertApiFailed(result, code);
  };
  await failing("jq_invalid", "/clusters", "--jq", ".[");
  assert.deepEqual(asked(provider), [], "It was sent although the expression is wrong");
  const { message } = await failing("jq_failed", "/clusters", "--jq", ".foo.bar");
  assert.match(message, /index/i);
  for (const target of ["/bad-json", "/binary", "/html", "/utf16"]) {
    await failing("api_answer", target, "--jq", ".");
  }
  await failing("api_answer", `/gzip?size=${80 * 1024 * 1024}`, "--jq", ".");
  const error = await home.run(["api", "/error", "--jq", ".message"]);
  assert.equal(error.status, 1);
});

Deno.test("vantage api makes a table, CSV or YAML of rows", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const rows = [
    { name: "alpha", owner: { name: "Ada" }, size: 10, note: 'a "b", c\nd' },
    { name: "beta", owner: { name: "Bob" }, size: 9, note: null },
    { name: "=cmd()", owner: null, size: 100, note: "\x1b[31mred" },
  ];
  provider.apiState.answers.set("/rows", () => Response.json(rows));
  provider.apiState.answers.set("/wrapped", () => Response.json({ data: { items: rows } }));
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await home.run(["api", ...args]);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  await t.step("a table", async () => {
    const lines = (await run("/rows", "--columns", "name,owner.name,size:GB")).trimEnd().split(
      "\n",
    );
    assert.equal(lines.length, 4);
    assert.match(lines[0] ?? "", /^NAME +OWNER.*GB$/i);
    assert.match(lines[1] ?? "", /^alpha +Ada +10$/);
  });
  await t.step("sorted", async () => {
    const names = async (sort: string) =>
      (await run("/rows", "--columns", "name", "--sort", sort)).trimEnd().split("\n").slice(1)
        .map((name) => name.trim());
    assert.deepEqual(await names("size"), ["beta", "alpha", "=cmd()"]);
    assert.deepEqual(await names("-size"), ["=cmd()", "alpha", "beta"]);
  });
  await t.step("rows inside", async () => {
    const text = await run("/wrapped", "--rows", "data.items", "--columns", "name");
    assert.equal(text.trimEnd().split("\n").length, 4);
  });
  await t.step("CSV", async () => {
    const text = await run("/rows", "--columns", "name,note", "--csv");
    const lines = text.split(/\r?\n/);
    assert.match(lines[0] ?? "", /^name,note$/i);
    assert.match(text, /^alpha,"a ""b"", c\r?\nd"\r?$/m);
    assert.match(text, /^beta,\r?$/m);
  });
  await t.step("YAML", async () => {
    const text = await run("/rows", "--yaml");
    const { parse } = await import("yaml");
    assert.deepEqual(parse(text), rows);
  });
  await t.step("no control sequences in a table, even on a pipe", async () => {
    assert.doesNotMatch(await run("/rows", "--columns", "name,note"), /\x1b/);
  });
});

Deno.test("vantage api --timings tells of each request on stderr alone", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { stdout, stderr } = await home.run(["api", "/me", "--timings"], { quiet: true });
  assert.equal(JSON.parse(stdout).sub, "ada");
  assert.match(stderr, /\/me\b[^]*\d ms/);
  const verbose = await home.run(["api", "/me?secret=query", "-v"], { quiet: true });
  assert.match(verbose.stderr, /^GET http:\/\/127\.0\.0\.1:\d+\/me -> 200\b.*ms/m);
  assert.ok(!verbose.stderr.includes("secret=query"));
  assert.equal(answered(verbose).sub, "ada");
});

Deno.test({
  name: "vantage api is ended by SIGINT while a jq expression goes on for ever",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const running = home.start(["api", "/me", "--jq", "last(range(1e12))"], { quiet: true });
    // Longer than all that it does before it is in the hands of jq.
    await eventually(async () => await cpuSeconds(running.pid) > 1);
    running.kill("SIGINT");
    const { status, stdout } = await running.result;
    assert.deepEqual([status, stdout], [130, ""]);
  },
});

/** The processor time that a process has used (proc(5), in ticks of 1/100 s). */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

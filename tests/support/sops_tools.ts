import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgePerson, SopsSubject } from "./sops.ts";

const VERIFIER = fileURLToPath(new URL("./sops_verify.py", import.meta.url));

/** What a program printed; it must not have failed. */
export async function output(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; stdin?: string } = {},
): Promise<string> {
  const { stdin, ...rest } = options;
  const child = new Deno.Command(program, {
    ...rest,
    args: [...args],
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

async function works(program: string, ...args: string[]): Promise<boolean> {
  return await output(program, args).then(() => true, () => false);
}

/** A Python with what the verifier needs; a version manager's may lack what the system's has. */
async function findPython(): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    if (await works(python, "-c", "import cryptography, yaml")) return python;
  }
  return undefined;
}

const [python, hasAge, hasSops, hasGit] = await Promise.all([
  findPython(),
  works("age", "--version"),
  works("sops", "--disable-version-check", "--version"),
  works("git", "--version"),
]);

export { hasGit, hasSops };
export const hasVerifier = python !== undefined && hasAge;

/** The programs that are missing, as the test command tells them. */
export const missingTools = [
  ...python === undefined ? ["python3-cryptography"] : [],
  ...hasAge ? [] : ["age"],
  ...hasSops ? [] : ["sops"],
  ...hasGit ? [] : ["git"],
];

/** Verifies the file as somebody else would, and returns its plain tree. */
export async function readIndependently(
  subject: SopsSubject,
  person: AgePerson = subject.ada,
): Promise<{ tree: Record<string, unknown>; recipients: string[] }> {
  const keys = await identityFile(subject, person);
  return JSON.parse(await output(python ?? "", [VERIFIER, "read", subject.path, keys]));
}

/** Writes the file as somebody else would. */
export async function writeIndependently(
  subject: SopsSubject,
  tree: Record<string, unknown>,
): Promise<void> {
  const args = [VERIFIER, "write", subject.path, subject.ada.recipient];
  await output(python ?? "", args, { stdin: JSON.stringify(tree) });
}

/** Runs the real `sops` on the file. */
export async function sops(subject: SopsSubject, ...args: string[]): Promise<string> {
  const env = {
    SOPS_AGE_KEY_FILE: await identityFile(subject, subject.ada),
    XDG_CONFIG_HOME: subject.root, // where it finds nobody's own keys
    HOME: subject.root,
  };
  return await output("sops", args, { cwd: subject.root, env });
}

async function identityFile({ root }: SopsSubject, { identity }: AgePerson): Promise<string> {
  const path = join(root, "age.key");
  await Deno.writeTextFile(path, `${identity}\n`, { mode: 0o600 });
  return path;
}

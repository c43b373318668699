import type { System } from "./system.ts";

type DesktopSystem = Pick<System, "env" | "platform" | "launch" | "files">;

/** Whether a browser can be opened for the person who runs us. */
export async function hasDesktop(system: DesktopSystem): Promise<boolean> {
  if (system.env("CI")) return false;
  if (system.env("BROWSER")) return true;
  if (system.env("SSH_CONNECTION") || system.env("SSH_TTY")) return false;
  if (system.platform !== "linux") return true;
  return Boolean(system.env("DISPLAY") || system.env("WAYLAND_DISPLAY")) || await isWsl(system);
}

/** Windows Subsystem for Linux: no display of its own, but a Windows desktop around it. */
async function isWsl(system: DesktopSystem): Promise<boolean> {
  if (system.platform !== "linux") return false;
  if (system.env("WSL_DISTRO_NAME")) return true;
  const release = await system.files.readText("/proc/sys/kernel/osrelease").catch(() => "");
  return /microsoft/i.test(release);
}

/**
 * Opens `url` in the person's browser: `BROWSER` (a list of programs separated by `:`, `%s`
 * stands for the URL) before the platform's way. The URL is one argument and meets no shell.
 * False when no program could be started.
 */
export async function openBrowser(system: DesktopSystem, url: string): Promise<boolean> {
  for (const [program, ...args] of await candidates(system, url)) {
    if (program && await launched(system, program, args)) return true;
  }
  return false;
}

async function launched(
  system: DesktopSystem,
  program: string,
  args: readonly string[],
): Promise<boolean> {
  try {
    return await system.launch(program, args);
  } catch {
    return false; // broken is as good as missing: the person is shown the address all the same
  }
}

async function candidates(system: DesktopSystem, url: string): Promise<string[][]> {
  const separator = system.platform === "windows" ? ";" : ":";
  const entries = (system.env("BROWSER") ?? "").split(separator).map((entry) => entry.trim());
  const chosen = entries.filter((entry) => entry !== "").map((entry) => {
    const words = entry.split(/\s+/);
    return words.some((word) => word.includes("%s"))
      ? words.map((word) => word.replaceAll("%s", () => url)) // a `$&` in the URL means itself
      : [...words, url];
  });
  if (system.platform === "darwin") return [...chosen, ["open", url]];
  if (system.platform === "windows") {
    return [...chosen, ["rundll32", "url.dll,FileProtocolHandler", url]];
  }
  const windows = await isWsl(system)
    ? [["wslview", url], ["rundll32.exe", "url.dll,FileProtocolHandler", url]]
    : [];
  return [...chosen, ...windows, ["xdg-open", url], ["x-www-browser", url]];
}

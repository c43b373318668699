/** Files for the service managers of systems, as texts. */

/** How the daemon is to be run. Paths are absolute. */
export interface Program {
  readonly executable: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where the daemon listens while systemd listens at its usual place (systemd.unit(5) specifiers). */
const BEHIND_PROXY = "%t/vantage/daemon.sock";

/** So long a refresh that is under way may take (seconds); it is not broken off. */
const STOP_WITHIN_S = 90;

/**
 * What the daemon can do without, of what a user's manager can take away. Namespaces for files are
 * not among it: in them, files of root seem to be nobody's, and the daemon would trust none.
 */
const HARDENING = `\
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native`;

/** A user unit that runs the daemon, for `~/.config/systemd/user/vantage.service`. */
export function systemdService({ executable, env }: Program): string {
  return `\
[Unit]
Description=vantage: keeps tokens fresh
StartLimitIntervalSec=60
StartLimitBurst=5

[Service]
Type=exec
${environmentLines(env)}\
ExecStart=${systemdProgram(executable)} daemon run
Restart=on-failure
RestartSec=5
# Wrong options or settings do not get better.
RestartPreventExitStatus=2 3
# The programs that it waits for are not broken off either.
KillMode=mixed
TimeoutStopSec=${STOP_WITHIN_S}
${HARDENING}

[Install]
WantedBy=default.target`;
}

/** A socket unit that lets systemd start it on demand, for `vantage.socket`. */
export function systemdSocket({ env }: Program): string {
  const home = env.VANTAGE_HOME;
  const place = env.VANTAGE_SOCKET ?? (home && `${home}/vantage.sock`);
  return `\
[Unit]
Description=vantage: the daemon's socket

[Socket]
ListenStream=${place === undefined ? "%t/vantage.sock" : systemdText(place)}
SocketMode=0600
DirectoryMode=0700
Service=vantage-proxy.service
# Where the daemon does not start, its clients do not wait for it.
FlushPending=yes
RemoveOnStop=yes

[Install]
WantedBy=sockets.target`;
}

/**
 * A unit for `vantage-proxy.service`: systemd's own proxy takes the socket and passes clients on
 * to the daemon, which cannot take over a socket that it has not made. When either ends, so does
 * the other, and the next client starts both.
 */
export function systemdProxy({ executable, env }: Program): string {
  const daemon = `"$0" daemon run; kill $$`;
  const wait = `until "$0" daemon status >/dev/null 2>&1; do sleep 0.1; done`;
  const proxy = `exec /usr/lib/systemd/systemd-socket-proxyd "$VANTAGE_SOCKET"`;
  const script = `{ ${daemon}; } 3<&- & ${wait}; ${proxy}`;
  return `\
[Unit]
Description=vantage: passes clients on to the daemon
Requires=vantage.socket
After=vantage.socket
# The socket would not get over a limit.
StartLimitIntervalSec=0

[Service]
Type=exec
RuntimeDirectory=vantage
RuntimeDirectoryMode=0700
${environmentLines({ ...env, VANTAGE_SOCKET: undefined })}\
Environment=VANTAGE_SOCKET=${BEHIND_PROXY}
ExecStart=/bin/sh -c ${systemdArgument(script)} ${systemdArgument(executable)}
# By itself, because a second SIGTERM makes it hurry, and systemd sends one to what is left.
ExecStop=${systemdProgram(executable)} daemon stop
TimeoutStopSec=${STOP_WITHIN_S}
${HARDENING}`;
}

/** An agent for `~/Library/LaunchAgents/dev.vantage.daemon.plist` (launchd.plist(5)). */
export function launchdAgent({ executable, env }: Program): string {
  const string = (text: string) => `<string>${xmlText(text)}</string>`;
  const variables = Object.entries(env).map(([name, value]) =>
    `    <key>${xmlText(name)}</key>\n    ${string(value)}\n`
  );
  const environment = variables.length === 0
    ? ""
    : `  <key>EnvironmentVariables</key>\n  <dict>\n${variables.join("")}  </dict>\n`;
  return `\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>dev.vantage.daemon</string>
  <key>ProgramArguments</key>
  <array>
    ${string(executable)}
    <string>daemon</string>
    <string>run</string>
  </array>
${environment}\
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>Umask</key>
  <integer>63</integer>
  <key>ExitTimeOut</key>
  <integer>${STOP_WITHIN_S}</integer>
</dict>
</plist>`;
}

function environmentLines(env: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(env).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}\n`).join("");
}

/** Text in a unit, where `%` begins a specifier. */
const systemdText = (text: string) => text.replaceAll("%", "%%");

/** One word (systemd.syntax(7)). */
const systemdWord = (text: string) =>
  `"${systemdText(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** A word of a command line behind the first one, where `$` begins a variable (systemd.service(5)). */
const systemdArgument = (text: string) => systemdWord(text).replaceAll("$", "$$$$");

/** The first word of a command line: systemd refuses quotes and backslashes in it, a shell does not. */
const systemdProgram = (path: string) =>
  /["'\\]/.test(path)
    ? `/bin/sh -c ${systemdArgument('exec "$0" "$@"')} ${systemdArgument(path)}`
    : systemdWord(path);

const xmlText = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

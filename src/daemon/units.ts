/** Files for the service managers of systems, as texts. */

/** How the daemon is to be run. Paths are absolute. */
export interface Program {
  readonly executable: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where the daemon listens while systemd listens at its usual place (systemd.unit(5) specifiers). */
const BEHIND_PROXY = "%t/vantage/daemon.sock";

/** A user unit that runs the daemon, for `~/.config/systemd/user/vantage.service`. */
export function systemdService({ executable, env }: Program): string {
  const run = systemdProgram(executable);
  const variables = Object.entries(env).map(([name, value]) =>
    `Environment=${systemdWord(`${name}=${value}`)}`
  );
  return `\
[Unit]
Description=vantage: keeps tokens fresh

[Service]
Type=exec
ExecStart=${run} daemon run
# It counts as started when it answers.
ExecStartPost=${run} daemon start
Restart=on-failure
RestartSec=2
# A refresh that is under way is not broken off.
TimeoutStopSec=90
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
${variables.map((line) => line + "\n").join("")}
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
Service=vantage-proxy.service

[Install]
WantedBy=sockets.target`;
}

/**
 * A unit for `vantage-proxy.service`: systemd's own proxy takes the socket and passes clients on
 * to the daemon, which cannot take over a socket that it has not made.
 */
export function systemdProxy({ executable, env }: Program): string {
  const { VANTAGE_SOCKET: _replaced, ...rest } = env;
  const variables = Object.entries(rest).map(([name, value]) =>
    `Environment=${systemdWord(`${name}=${value}`)}`
  );
  const run = systemdProgram(executable);
  return `\
[Unit]
Description=vantage: passes clients on to the daemon
Requires=vantage.socket
After=vantage.socket

[Service]
RuntimeDirectory=vantage
RuntimeDirectoryMode=0700
Environment=VANTAGE_SOCKET=${BEHIND_PROXY}
${variables.map((line) => line + "\n").join("")}\
ExecStartPre=${run} daemon start
ExecStart=/usr/lib/systemd/systemd-socket-proxyd ${BEHIND_PROXY}
ExecStopPost=${run} daemon stop
UMask=0077
LimitCORE=0
NoNewPrivileges=yes`;
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
  <key>ProcessType</key>
  <string>Background</string>
  <key>Umask</key>
  <integer>63</integer>
  <key>ExitTimeOut</key>
  <integer>90</integer>
</dict>
</plist>`;
}

/** Text in a unit, where `%` begins a specifier. */
const systemdText = (text: string) => text.replaceAll("%", "%%");

/** One word (systemd.syntax(7)). */
const systemdWord = (text: string) =>
  `"${systemdText(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** A word of a command line, where `$` begins a variable (systemd.service(5)). */
const systemdProgram = (path: string) => systemdWord(path).replaceAll("$", "$$$$");

const xmlText = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

import type { DockerResult } from "../commands/credential_helper/docker.ts";
import type { GitResult } from "../commands/credential_helper/git.ts";
import type { VantageError } from "../errors.ts";
import type { AwsCredentials } from "../helpers/aws_credentials.ts";
import { formatAwsCredentials } from "../helpers/aws_credentials.ts";
import { formatDockerCredential, NOT_FOUND } from "../helpers/docker_credential.ts";
import type { ExecCredential } from "../helpers/exec_credential.ts";
import { formatExecCredential } from "../helpers/exec_credential.ts";
import { formatGitCredential } from "../helpers/git_credential.ts";
import { scrub } from "../secret.ts";
import { plainLine } from "./plain.ts";
import type { View } from "./view.ts";

/** What a tool reads is not for people, and the same with `--json`. */
function protocolView<T>(text: (result: T) => string): View<T> {
  return { text, json: text };
}

export const kubectlView: View<ExecCredential> = protocolView(formatExecCredential);

export const awsView: View<AwsCredentials> = protocolView(formatAwsCredentials);

export const gitView: View<GitResult> = protocolView((credential) =>
  credential ? formatGitCredential(credential) : ""
);

export const dockerView: View<DockerResult> = protocolView((result) => {
  switch (result.kind) {
    case "credential":
      return formatDockerCredential(result.credential);
    case "list":
      return JSON.stringify(result.users);
    case "not found":
      return NOT_FOUND;
    case "done":
      return "";
  }
});

/** Docker shows its users what a helper that failed wrote on stdout. */
export function dockerFailure({ message, hint }: VantageError): string {
  return scrub(plainLine(hint === undefined ? message : `${message} (${hint})`));
}

import { Option } from "@commander-js/extra-typings";
import { EXIT, VantageError } from "../errors.ts";
import type { HelperSetup } from "../helpers/chosen_account.ts";
import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";
import { accountArgument, duration, serviceArgument } from "./options.ts";

/** `vantage credential-helper …`: what other tools call. Only kubectl says when to ask a person. */
export function addHelperCommands(program: Group, choose: Choose): void {
  const group = program.command("credential-helper")
    .description("hand credentials to other tools, in each one's own protocol")
    .helpCommand(false);
  addKubectl(group, choose);
  addGit(group, choose);
  addDocker(group, choose);
  addAws(group, choose);
}

const asksNobody = { mayAsk: () => false };

function addKubectl(group: Group, choose: Choose): void {
  command(
    group,
    "kubectl",
    "answer kubectl with a token, as an ExecCredential",
    "kubectl config set-credentials me --exec-api-version=client.authentication.k8s.io/v1 " +
      "--exec-interactive-mode=IfAvailable --exec-command=vantage " +
      "--exec-arg=credential-helper --exec-arg=kubectl",
  )
    .addArgument(serviceArgument())
    .addArgument(accountArgument())
    .addOption(
      new Option("--token <token>", "which one: the ID token where there is one, unless told")
        .choices(["id", "access"] as const),
    )
    .action((service, account, { token }) =>
      choose(async () => {
        const { kubectlHelper } = await import("../commands/credential_helper/kubectl.ts");
        const { kubectlView: view } = await import("../render/credential_helper.ts");
        const { parseExecInfo } = await import("../helpers/exec_credential.ts");
        const info = (env: (name: string) => string | undefined) =>
          parseExecInfo(env("KUBERNETES_EXEC_INFO"));
        return {
          view,
          protocol: { mayAsk: ({ env }) => info(env).interactive },
          run: (app) => kubectlHelper(app, { service, account }, info(app.system.env), token),
        };
      })
    );
}

function addGit(group: Group, choose: Choose): void {
  command(
    group,
    "git",
    "answer git with a token in the place of a password",
    "git config --global credential.https://github.com.helper '!vantage credential-helper git'",
  )
    .usage("[options] [service account] get|store|erase")
    .argument("<words...>", "an account in place of the one for the host; git adds what to do")
    .option("--host <place>", "a host the account is for, with an optional path", together)
    .action((words, { host }) =>
      choose(async () => {
        const { gitHelper } = await import("../commands/credential_helper/git.ts");
        const { gitView: view } = await import("../render/credential_helper.ts");
        const { setup, operation } = read(words, host, "get, store or erase");
        return { view, protocol: asksNobody, run: (app) => gitHelper(app, setup, operation) };
      })
    );
}

function addDocker(group: Group, choose: Choose): void {
  command(
    group,
    "docker",
    "answer Docker with a token in the place of a password; also under the name docker-credential-*",
    'ln -s "$(command -v vantage)" ~/.local/bin/docker-credential-vantage',
  )
    .usage("[options] [service account] get|store|erase|list")
    .argument("<words...>", "an account in place of the one for the server; Docker adds what to do")
    .option("--host <place>", "a server the account is for, with an optional path", together)
    .action((words, { host }) =>
      choose(async () => {
        const { DOCKER_OPERATIONS, dockerHelper } = await import(
          "../commands/credential_helper/docker.ts"
        );
        const { dockerFailure, dockerView: view } = await import("../render/credential_helper.ts");
        const { setup, operation } = read(words, host, DOCKER_OPERATIONS.join(", "));
        const known = DOCKER_OPERATIONS.find((name) => name === operation);
        if (!known) throw unknownOperation(operation, DOCKER_OPERATIONS.join(", "));
        return {
          view,
          protocol: { ...asksNobody, failure: dockerFailure },
          run: (app) => dockerHelper(app, setup, known),
          exitStatus: ({ kind }) => kind === "not found" ? EXIT.failure : EXIT.done,
        };
      })
    );
}

function addAws(group: Group, choose: Choose): void {
  command(
    group,
    "aws",
    "answer AWS tools with temporary credentials, as credential_process",
    "aws configure set credential_process " +
      "'vantage credential-helper aws --role-arn arn:aws:iam::123456789012:role/deploy'",
  )
    .addArgument(serviceArgument())
    .addArgument(accountArgument())
    .option("--role-arn <arn>", "the role to take on (or AWS_ROLE_ARN)")
    .option("--role-session-name <name>", "how AWS logs it (or AWS_ROLE_SESSION_NAME)")
    .option("--duration <duration>", "how long the credentials last, 15m to 12h", duration)
    .option("--sts-endpoint <url>", "the STS service (or AWS_ENDPOINT_URL_STS)")
    .option("--region <region>", "whose STS service it is (or AWS_REGION)")
    .action((service, account, options) =>
      choose(async () => {
        const { awsHelper } = await import("../commands/credential_helper/aws.ts");
        const { awsView: view } = await import("../render/credential_helper.ts");
        const { roleArn, roleSessionName: sessionName, duration: durationMs, region } = options;
        const sts = { roleArn, sessionName, durationMs, endpoint: options.stsEndpoint, region };
        return {
          view,
          protocol: asksNobody,
          run: (app) => awsHelper(app, { service, account }, sts),
        };
      })
    );
}

const together = (value: string, earlier: string[] | undefined) => [...earlier ?? [], value];

/** Tools append what to do to the line that a person wrote: `[SERVICE ACCOUNT] OPERATION`. */
function read(words: readonly string[], hosts: readonly string[] | undefined, operations: string) {
  const [first, second, third, ...more] = words;
  if (words.length !== 1 && words.length !== 3 || first === undefined || more.length > 0) {
    throw new VantageError("usage", `Expected SERVICE ACCOUNT, or nothing, before ${operations}`);
  }
  const setup: HelperSetup = third === undefined
    ? { hosts }
    : { service: first, account: second, hosts };
  return { setup, operation: third ?? first };
}

const unknownOperation = (operation: string, operations: string) =>
  new VantageError("usage", `Unknown operation '${operation}': it is one of ${operations}`);

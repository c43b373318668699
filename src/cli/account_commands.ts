import { Argument } from "@commander-js/extra-typings";
import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";
import { duration, flowOption, repeated } from "./options.ts";

/** `vantage account …`, and the names that these commands had in Sigilforge. */
export function addAccountCommands(program: Group, choose: Choose): void {
  const group = program.command("account").description("manage accounts of any service")
    .helpCommand(false);
  addAdd(group, "add", choose);
  addList(group, "list", choose);
  addShow(group, choose);
  addRemove(group, "remove", choose);

  addAdd(program, "add-account", choose, { hidden: true });
  addList(program, "list-accounts", choose, { hidden: true });
  addRemove(program, "remove-account", choose, { hidden: true });
}

interface Visibility {
  readonly hidden?: boolean;
}

function addAdd(group: Group, name: string, choose: Choose, visibility: Visibility = {}): void {
  command(
    group,
    name,
    "add an account by a login, or with an API key",
    "vantage account add github work",
    visibility,
  )
    .addArgument(service())
    .addArgument(account())
    .option(
      "--api-key [value]",
      "store a static API key: - reads it from stdin, else it is asked for",
    )
    .addOption(flowOption())
    .option(
      "--scope <scope>",
      "ask for this scope instead of the provider's (repeatable)",
      repeated,
    )
    .option("--no-browser", "print the address instead of opening a browser")
    .option("--qr", "draw the device login's address as a QR code")
    .option("--timeout <duration>", "how long to wait for you, such as 5m", duration)
    .option("--force", "log in again, or replace the key")
    .action((service, account, { browser, timeout: timeoutMs, ...options }) =>
      choose(async () => {
        const { accountAdd } = await import("../commands/account/add.ts");
        const { accountAddView: view } = await import("../render/account.ts");
        const rest = { noBrowser: !browser, ...(timeoutMs !== undefined && { timeoutMs }) };
        return { view, run: (app) => accountAdd(app, service, account, { ...options, ...rest }) };
      })
    );
}

function addList(group: Group, name: string, choose: Choose, visibility: Visibility = {}): void {
  command(group, name, "list the accounts", "vantage account list github", visibility)
    .addArgument(new Argument("[service]", "only those of this service"))
    .action((service) =>
      choose(async () => {
        const { accountList } = await import("../commands/account/list.ts");
        const { accountListView: view } = await import("../render/account.ts");
        return { view, run: (app) => accountList(app, service) };
      })
    );
}

function addShow(group: Group, choose: Choose): void {
  command(
    group,
    "show",
    "print all that is known of an account, without network",
    "vantage account show github work",
  )
    .addArgument(service())
    .addArgument(account())
    .action((service, account) =>
      choose(async () => {
        const { accountShow } = await import("../commands/account/show.ts");
        const { accountShowView: view } = await import("../render/account.ts");
        return { view, run: (app) => accountShow(app, service, account) };
      })
    );
}

function addRemove(group: Group, name: string, choose: Choose, visibility: Visibility = {}): void {
  command(
    group,
    name,
    "revoke an account's session and remove all that is stored of it",
    "vantage account remove github work --yes",
    visibility,
  )
    .addArgument(service())
    .addArgument(account())
    .option("--yes", "do not ask")
    .action((service, account, options) =>
      choose(async () => {
        const { accountRemove } = await import("../commands/account/remove.ts");
        const { accountRemoveView: view } = await import("../render/account.ts");
        return { view, run: (app) => accountRemove(app, service, account, options) };
      })
    );
}

const service = () => new Argument("<service>", "its service, such as github");
const account = () => new Argument("<account>", "a name of your choice, such as work");

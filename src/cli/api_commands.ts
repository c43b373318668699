import { Option } from "@commander-js/extra-typings";
import type { TypedText } from "../api/fields.ts";
import { apiCommand } from "./api_command.ts";
import type { Choose, Group } from "./command.ts";
import { command } from "./command.ts";
import { addOutputOptions, again } from "./output_options.ts";

/** `vantage api` and `vantage graphql`. */
export function addApiCommands(program: Group, choose: Choose): void {
  addApi(program, choose);
  addGraphql(program, choose);
}

function addApi(program: Group, choose: Choose): void {
  const api = command(
    program,
    "api",
    "send a request to the API with a fresh token",
    "vantage api /clusters --paginate --columns name,status",
  )
    .argument("<path>", "below the profile's api_url, or a URL of the same origin")
    .option("-X, --method <method>", "GET, or POST where there are fields or a body, unless told")
    .option("-f, --raw-field <field>", "name=value, a string (repeatable)", asText)
    .option("-F, --field <field>", "name=value: a number, true, false, null or @file", typed)
    .option("-H, --header <header>", "'name: value' (repeatable)", again)
    .option("--input <file>", "send this file as the body, - for stdin")
    .option("-o, --output <file>", "save the body, and go on where an earlier try broke off")
    .option("-i, --include", "print the status and the headers of the answer too")
    .option("--paginate", "follow the answer's links to the next pages")
    .option("--slurp", "with --paginate: print an array of all pages");
  const output = addOutputOptions(api);
  api.action((path, { rawField, field, header: headers = [], ...options }) =>
    choose(async () => {
      const { api } = await import("../commands/api.ts");
      const fields = inOrder(rawField, field);
      return await apiCommand(
        output(),
        (app) => api(app, path, { ...output(), ...options, fields, headers }),
      );
    })
  );
}

function addGraphql(program: Group, choose: Choose): void {
  const graphql = command(
    program,
    "graphql",
    "ask the GraphQL endpoint with a fresh token",
    "vantage graphql '{ clusters { name status } }' --columns name,status",
  )
    .argument("[query]", "the document, the name of one field, or - for stdin")
    .option("-i, --input <file>", "read the document from this file, - for stdin")
    .option("-f, --raw-field <field>", "variable=value, typed as the document declares", asText)
    .option("-F, --field <field>", "variable=value: JSON, or @file for what a file holds", typed)
    .option("--operation <operation>", "which operation of the document")
    .option("--paginate", "follow pageInfo to the next pages")
    .option("--slurp", "with --paginate: print an array of all pages")
    .option("--subscribe", "print what happens, a line an event (a subscription does so anyway)")
    .addOption(
      new Option("--transport <transport>", "how events come: a WebSocket, else server-sent events")
        .choices(["auto", "ws", "sse"] as const),
    )
    .option("--check", "check the document by the server's schema, asking for that if need be")
    .option("--no-check", "send the document unchecked");
  const output = addOutputOptions(graphql);
  graphql.action((query, { rawField, field, ...options }) =>
    choose(async () => {
      const { graphql } = await import("../commands/graphql.ts");
      const fields = inOrder(rawField, field);
      return await apiCommand(
        output(),
        (app) => graphql(app, query, { ...output(), ...options, fields }),
      );
    })
  );
}

/** A field, and where among the others it was given. */
type PlacedField = TypedText & { readonly at: number };

let given = 0;
const field = (typed: boolean) => (text: string, earlier: PlacedField[] | undefined) => [
  ...earlier ?? [],
  { text, typed, at: given++ },
];
/** Fields of both kinds as they were given. */
const inOrder = (raw: readonly PlacedField[] = [], typed: readonly PlacedField[] = []) =>
  [...raw, ...typed].sort((a, b) => a.at - b.at);

const asText = field(false);
const typed = field(true);

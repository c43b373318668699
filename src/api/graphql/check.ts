import {
  type GraphQLError,
  type GraphQLSchema,
  recommendedRules,
  specifiedRules,
  validate,
} from "graphql";
import { VantageError } from "../../errors.ts";
import type { Operation } from "./document.ts";
import { excerptAt } from "./excerpt.ts";
import { splitSuggestion } from "./suggestion.ts";

/** How many errors are quoted. */
const SHOWN = 3;

/** The rules of the specification; how deep an introspection may go is for the server to say. */
const RULES = specifiedRules.filter((rule) => !recommendedRules.includes(rule));

const WAY_OUT = "--no-check sends the document as it is";

/** Checks a document against the schema before it is sent. Throws `graphql_invalid`. */
export function checkOperation(schema: GraphQLSchema, operation: Operation): void {
  const [first, ...others] = problems(schema, operation);
  if (!first) return;
  const { problem, suggestion } = splitSuggestion(first.message);
  const more = others.length === 0
    ? ""
    : `, and ${others.length} more ${others.length === 1 ? "error" : "errors"}`;
  const excerpts = [
    quote(first),
    ...others.slice(0, SHOWN - 1).map((error) => `${error.message}\n${quote(error)}`.trimEnd()),
  ];
  const excerpt = excerpts.filter((text) => text !== "").join("\n");
  throw new VantageError("graphql_invalid", problem + more, {
    ...excerpt === "" ? {} : { excerpt },
    hint: suggestion === undefined ? `Correct it; ${WAY_OUT}` : `${suggestion} ${WAY_OUT}`,
  });
}

function problems(schema: GraphQLSchema, { document }: Operation): readonly GraphQLError[] {
  try {
    return validate(schema, document, RULES)
      // Without a place it is no error of the document: "Validation aborted", as too large.
      .filter(({ positions }) => positions !== undefined);
  } catch {
    // A document too deep for the stack, or a schema that breaks the rules in a way that
    // graphql-js does not expect. The server judges either way.
    return [];
  }
}

function quote({ source, positions }: GraphQLError): string {
  const at = positions?.[0];
  return source === undefined || at === undefined ? "" : excerptAt(source, at);
}

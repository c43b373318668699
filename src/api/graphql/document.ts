import {
  type DocumentNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  Source,
  visit,
} from "graphql";
import { VantageError } from "../../errors.ts";
import { excerptAt } from "./excerpt.ts";

/** Bounds of a document, far above what people and generators write. */
const LONGEST = 1_000_000; // characters
const MOST_TOKENS = 50_000;
/** Nodes inside one another; a selection in a selection is two. What walks a document recurses. */
const DEEPEST = 400;

/** A GraphQL document and the operation in it that is to run. */
export interface Operation {
  /** The whole document, as it was given. */
  readonly text: string;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly kind: "query" | "mutation" | "subscription";
  /** Undefined for an anonymous operation. */
  readonly name: string | undefined;
}

/**
 * Parses a document and chooses the operation: the one named, else the only one. `name` says where
 * the text is from. Throws `graphql_invalid`.
 */
export function parseDocument(text: string, name: string, operationName?: string): Operation {
  const document = parseSource(text, name);
  const definition = chosen(operationsOf(document), name, operationName);
  const { operation: kind } = definition;
  return { text, document, definition, kind, name: definition.name?.value };
}

/** The names of a document's operations, for completion; none where it cannot be parsed. */
export function operationNames(text: string): string[] {
  try {
    return namesOf(operationsOf(parseSource(text, "")));
  } catch {
    return [];
  }
}

function parseSource(text: string, name: string): DocumentNode {
  const source = new Source(text, name || "-"); // a source must have a name
  if (text.length > LONGEST) {
    throw invalid(source, undefined, `It has more than ${LONGEST} characters`);
  }
  const document = parseTokens(source);
  let depth = 0;
  visit(document, {
    enter(node) {
      if (++depth > DEEPEST) throw tooDeep(source, node.loc?.start);
      // graphql-js 17 accepts `{ me { } }`, which servers do not (GraphQL 2025, section 2.5).
      if (node.kind === Kind.SELECTION_SET && node.selections.length === 0) {
        throw invalid(source, (node.loc?.end ?? 1) - 1, "Expected Name, found }");
      }
    },
    leave() {
      depth--;
    },
  });
  return document;
}

function parseTokens(source: Source): DocumentNode {
  try {
    return parse(source, { maxLexicalTokens: MOST_TOKENS });
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(source, undefined); // the stack's end
    if (!(error instanceof GraphQLError)) throw error;
    throw invalid(source, error.positions?.[0], sentence(error.message));
  }
}

/** graphql-js's sentence as the second half of ours. */
function sentence(message: string): string {
  return message
    .replace(/^Syntax Error: /, "")
    .replace(/\. Parsing aborted/, "")
    .replace(/\.$/, "")
    .replace(/"(\.\.\.|[!$&():=@[\]{|}])"/g, "$1");
}

const tooDeep = (source: Source, offset: number | undefined) =>
  invalid(source, offset, "It is nested too deeply");

function invalid(source: Source, offset: number | undefined, what: string): VantageError {
  const isPath = /^[\w./~-]+\.(graphql|gql)\s*$/.test(source.body);
  return new VantageError("graphql_invalid", `Cannot parse '${source.name}': ${what}`, {
    ...offset === undefined ? {} : { excerpt: excerptAt(source, offset) },
    hint: isPath
      ? `To send what is in a file, give -i ${source.body.trim()}`
      : offset === undefined
      ? "Split the document, and give values as variables with -f or -F"
      : "Correct the document where the caret points",
  });
}

function chosen(
  operations: readonly OperationDefinitionNode[],
  name: string,
  operationName: string | undefined,
): OperationDefinitionNode {
  const [first, ...others] = operations;
  if (!first) {
    throw new VantageError("graphql_invalid", `Cannot find an operation in '${name}'`, {
      hint: "Write a query, a mutation or a subscription, such as: query { __typename }",
    });
  }
  const names = namesOf(operations).map((known) => `'${known}'`).join(", ");
  if (operationName !== undefined) {
    const named = operations.find((operation) => operation.name?.value === operationName);
    if (named) return named;
    throw new VantageError(
      "graphql_invalid",
      `Cannot find the operation '${operationName}' in '${name}'`,
      {
        hint: names === "" ? "Leave --operation out: its operation has no name" : `It has ${names}`,
      },
    );
  }
  if (others.length === 0) return first;
  const unnamed = operations.some((operation) => !operation.name) ? " and one without a name" : "";
  throw new VantageError(
    "graphql_invalid",
    `Cannot choose an operation of '${name}': It has ${names || "several"}${unnamed}`,
    {
      hint: names === ""
        ? "Give the operations names, and choose one with --operation NAME"
        : "Choose one with --operation NAME",
    },
  );
}

const operationsOf = (document: DocumentNode) =>
  document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);

const namesOf = (operations: readonly OperationDefinitionNode[]) =>
  operations.flatMap(({ name }) => name ? [name.value] : []);

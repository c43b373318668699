import {
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { VantageError } from "../../errors.ts";
import type { Operation } from "./document.ts";

/** Fields that are looked at: fragments in fragments can stand for more than memory holds. */
const MOST_FIELDS = 50_000;
/** Longer ones come of a fragment that is in itself, which no server takes. */
const LONGEST_PATH = 500;

const EXAMPLE =
  "query ($after: String) { things(after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }";

/** How to go through the pages of a connection (GraphQL Cursor Connections Specification). */
export interface Pagination {
  /** The variable that takes the cursor, without `$`. */
  readonly variable: string;
  /**
   * The cursor for the page behind the one with this `data`, undefined behind the last one.
   * Call it for each page in turn. Throws `api_answer`, also where a cursor comes again, and
   * `usage` where the field turns out to be in a list.
   */
  next(data: unknown): string | undefined;
}

/** A field that has, or may be meant to have, pages. */
interface Candidate {
  /** Where it is in the answer. */
  readonly path: readonly string[];
  /** The variable given to `after:`, if one is. */
  readonly variable: string | undefined;
  /** What the answer calls them, where they are asked for. */
  readonly pageInfo:
    | { readonly at: string; readonly more: string; readonly end: string }
    | undefined;
}

/** Finds the one field of an operation that has pages. Throws `usage`. */
export function pagination(operation: Operation): Pagination {
  if (operation.kind !== "query") throw refusal(`A ${operation.kind} has no pages`);
  const candidates = [...candidatesOf(operation)];
  const connections = candidates.flatMap(({ path, variable, pageInfo }) =>
    variable !== undefined && pageInfo !== undefined ? [{ path, variable, pageInfo }] : []
  );
  const [connection, other] = connections;
  if (other) {
    const paths = connections.map(({ path }) => `'${path.join(".")}'`).join(", ");
    throw new VantageError("usage", `Cannot paginate: Several fields have pages: ${paths}`, {
      hint: "Ask for them in documents of their own, or leave `after:` out of all but one",
    });
  }
  if (!connection) throw refusal(whyNone(candidates));
  const { path, variable, pageInfo } = connection;
  const known = new Set<string>();
  return {
    variable,
    next(data) {
      const info = member(valueAt(data, path), pageInfo.at);
      const more = member(info, pageInfo.more);
      if (more === undefined || more === null || more === false) return undefined;
      const cursor = member(info, pageInfo.end);
      const where = `'${path.join(".")}'`;
      if (more !== true || typeof cursor !== "string" || cursor === "") {
        throw unusable(`${where} has a next page but no cursor for it`);
      }
      // Any that came before, because a server may also go in a circle of several pages.
      if (known.has(cursor)) throw unusable(`${where} gives the same cursor again`);
      known.add(cursor);
      return cursor;
    },
  };
}

/** The value at a path of the answer, undefined where something on the way is null. */
function valueAt(data: unknown, path: readonly string[]): unknown {
  let value = data;
  path.forEach((name, at) => {
    value = member(value, name);
    if (!Array.isArray(value)) return;
    // A list of one, such as `repositories(names: ["x"])`, has one sequence of pages.
    if (value.length > 1) {
      const where = path.slice(0, at + 1).join(".");
      throw refusal(`'${where}' is a list, and each of its items has pages of its own`);
    }
    value = value[0];
  });
  return value;
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function whyNone(candidates: readonly Candidate[]): string {
  const at = ({ path }: Candidate) => `'${path.join(".")}'`;
  const taking = candidates.find(({ variable }) => variable !== undefined);
  if (taking) return `${at(taking)} does not select pageInfo { hasNextPage endCursor }`;
  const informed = candidates.find(({ pageInfo }) => pageInfo !== undefined);
  if (informed) return `${at(informed)} has no variable of the operation in \`after:\``;
  return "No field selects pageInfo and takes a variable in `after:`";
}

const refusal = (why: string) =>
  new VantageError("usage", `Cannot paginate: ${why}`, {
    hint: `Write the document like this: ${EXAMPLE}`,
  });

const unusable = (why: string) =>
  new VantageError("api_answer", `Cannot get the next page: ${why}`, {
    hint: "Report it to the API's provider; without --paginate the first page still comes",
  });

/** Every field of the operation that takes a cursor or selects `pageInfo`, merged as an answer is. */
function* candidatesOf({ document, definition }: Operation): Generator<Candidate> {
  const fragments = new Map(
    document.definitions.flatMap((part) =>
      part.kind === Kind.FRAGMENT_DEFINITION ? [[part.name.value, part] as const] : []
    ),
  );
  const declared = new Set(
    definition.variableDefinitions?.map(({ variable }) => variable.name.value),
  );
  let seen = 0;

  function* below(
    sets: readonly SelectionSetNode[],
    path: readonly string[],
  ): Generator<Candidate> {
    for (const [name, nodes] of fieldsOf(sets, fragments)) {
      seen += nodes.length;
      if (seen > MOST_FIELDS || path.length > LONGEST_PATH) {
        throw refusal("The document is too large, or one of its fragments is in itself");
      }
      const here = [...path, name];
      const inner = nodes.flatMap(({ selectionSet }) => selectionSet ? [selectionSet] : []);
      const variable = nodes.map(cursorVariable).find((used) => used && declared.has(used));
      const pageInfo = pageInfoOf(inner, fragments);
      if (variable !== undefined || pageInfo) yield { path: here, variable, pageInfo };
      yield* below(inner, here);
    }
  }

  yield* below([definition.selectionSet], []);
}

function cursorVariable(field: FieldNode): string | undefined {
  const value = field.arguments?.find(({ name }) => name.value === "after")?.value;
  return value?.kind === Kind.VARIABLE ? value.name.value : undefined;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function pageInfoOf(
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
): Candidate["pageInfo"] {
  for (const [at, nodes] of fieldsOf(sets, fragments)) {
    if (nodes[0]?.name.value !== "pageInfo") continue;
    const inner = nodes.flatMap(({ selectionSet }) => selectionSet ? [selectionSet] : []);
    const names = [...fieldsOf(inner, fragments)];
    const called = (field: string) => names.find(([, [node]]) => node?.name.value === field)?.[0];
    const [more, end] = [called("hasNextPage"), called("endCursor")];
    if (more !== undefined && end !== undefined) return { at, more, end };
  }
  return undefined;
}

/** The fields of selection sets by their names in the answer, through fragments of any type. */
function fieldsOf(
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const spread = new Set<string>(); // each once, as in section 6.3.2, and so also one in itself
  // A list of what is to be done, because fragments in a row may be more than a stack bears.
  const pending: SelectionNode[][] = sets.map(({ selections }) => [...selections]);
  for (let selections = pending.shift(); selections; selections = pending.shift()) {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const same = fields.get(name);
        if (same) same.push(selection);
        else fields.set(name, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        pending.push([...selection.selectionSet.selections]);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        pending.push([...fragments.get(selection.name.value)?.selectionSet.selections ?? []]);
      }
    }
  }
  return fields;
}

import {
  FieldsOnCorrectTypeRule,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  parse,
  print,
  validate,
} from "graphql";
import { VantageError } from "../../errors.ts";
import { isFieldName } from "./field_name.ts";
import { quotedList } from "./quoted_list.ts";
import { splitSuggestion } from "./suggestion.ts";

/** Fields that are considered at most: nobody reads more, and a schema may have any number. */
const MOST_FIELDS = 500;

type Kind = "query" | "mutation" | "subscription";

type Field = GraphQLField<unknown, unknown>;

/** A field that a document may begin with. */
export interface RootField {
  readonly name: string;
  readonly kind: Kind;
  /** What the schema says of it, where it does. */
  readonly description: string | undefined;
}

/** The fields of the root types in the schema's order, queries first. */
export function rootFields(schema: GraphQLSchema): RootField[] {
  return roots(schema).flatMap(([kind, type]) =>
    Object.values(type.getFields()).map(({ name, description }) => ({
      name,
      kind,
      description: description ?? undefined,
    }))
  );
}

/**
 * A document for one root field: a variable for each argument that is required or `given` (and for
 * `after` where there are pages), and of its type what can be asked for without more arguments.
 * Throws `graphql_invalid` where there is no such field, `usage` where it has no such argument.
 */
export function queryForField(
  schema: GraphQLSchema,
  name: string,
  given: ReadonlySet<string>,
): string {
  const [kind, field] = rootField(schema, name);
  const type = getNamedType(field.type);
  for (const argument of given) {
    if (field.args.some(({ name }) => name === argument)) continue;
    const known = field.args.map(({ name }) => name);
    throw new VantageError("usage", `Cannot set '${argument}': '${name}' has no such argument`, {
      hint: known.length === 0 ? "It has none" : `It has ${quotedList(known)}`,
    });
  }
  const args = field.args.filter((argument) =>
    isRequiredArgument(argument) || given.has(argument.name) ||
    argument.name === "after" && hasPages(type)
  );
  const variables = args.map(({ name, type }) => `$${name}: ${String(type)}`).join(", ");
  const values = args.map(({ name }) => `${name}: $${name}`).join(", ");
  const document = `${kind} ${name}${variables && `(${variables})`} {
    ${name}${values && `(${values})`} ${selection(type)}
  }`;
  return print(parse(document)) + "\n";
}

function roots(schema: GraphQLSchema): [Kind, GraphQLObjectType][] {
  const types = [
    ["query", schema.getQueryType()],
    ["mutation", schema.getMutationType()],
    ["subscription", schema.getSubscriptionType()],
  ] as const;
  return types.flatMap(([kind, type]) => type ? [[kind, type]] : []);
}

function rootField(schema: GraphQLSchema, name: string): [Kind, Field] {
  for (const [kind, type] of roots(schema)) {
    const field = new Map(Object.entries(type.getFields())).get(name);
    if (field) return [kind, field];
  }
  throw new VantageError("graphql_invalid", `Cannot find the field '${name}' in the API's schema`, {
    hint: suggestion(schema, name) ??
      `Its fields are ${quotedList(rootFields(schema).map(({ name }) => name))}`,
  });
}

/** "Did you mean …?", as a check of a document that asks for the field has it. */
function suggestion(schema: GraphQLSchema, name: string): string | undefined {
  if (!isFieldName(name)) return undefined;
  for (const [kind] of roots(schema)) {
    const [error] = validate(schema, parse(`${kind} { ${name} }`), [FieldsOnCorrectTypeRule]);
    const { suggestion } = splitSuggestion(error?.message ?? "");
    if (suggestion !== undefined) return suggestion;
  }
  return undefined;
}

/** What to select of a root field's type, in braces; nothing of a scalar or an enum. */
function selection(root: GraphQLNamedType): string {
  let left = MOST_FIELDS;

  /** Leaves, and objects down to `levels` below; "" where there is nothing. */
  const select = (type: GraphQLNamedType, levels: number): string => {
    const parts: string[] = [];
    const fields = fieldsOf(type);
    for (const { name, type } of fields) {
      if (isLeafType(getNamedType(type)) && left-- > 0) parts.push(name);
    }
    for (const { name, type } of levels > 0 ? fields : []) {
      const named = getNamedType(type);
      // APIs refuse connections that are not told how many: GitHub wants `first` or `last`.
      if (isLeafType(named) || left-- <= 0 || isConnection(named)) continue;
      const inner = select(named, levels - 1);
      if (inner !== "") parts.push(`${name} ${inner}`);
    }
    if (parts.length === 0 && isAbstractType(type)) parts.push("__typename");
    return inBraces(parts);
  };

  /** A connection by its items, with one level more for them than for itself. */
  const selectConnection = (): string => {
    const parts = fieldsOf(root).filter(({ type }) => isLeafType(getNamedType(type)))
      .slice(0, MOST_FIELDS).map(({ name }) => name);
    const nodes = fieldNamed(root, "nodes");
    const edges = fieldNamed(root, "edges");
    const node = edges && fieldNamed(getNamedType(edges.type), "node");
    if (nodes) parts.push(...member("nodes", nodes));
    else if (node) parts.push(...member("node", node).map((inner) => `edges { ${inner} }`));
    if (hasPages(root)) parts.push("pageInfo { hasNextPage endCursor }");
    return inBraces(parts);
  };

  const member = (name: string, { type }: Field): string[] => {
    const named = getNamedType(type);
    if (isLeafType(named)) return [name];
    const inner = select(named, 1);
    return inner === "" ? [] : [`${name} ${inner}`];
  };

  if (isLeafType(root)) return "";
  return (isConnection(root) ? selectConnection() : select(root, 1)) || "{ __typename }";
}

const inBraces = (parts: readonly string[]) => parts.length === 0 ? "" : `{ ${parts.join(" ")} }`;

/** What {@link fieldsOf} said: a type may have any number of fields, and be that of many. */
const known = new WeakMap<GraphQLNamedType, readonly Field[]>();

/** The fields that can be asked for without more ado. */
function fieldsOf(type: GraphQLNamedType): readonly Field[] {
  const fields = known.get(type) ?? usableFields(type);
  known.set(type, fields);
  return fields;
}

function usableFields(type: GraphQLNamedType): readonly Field[] {
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).filter(({ args, deprecationReason }) =>
    (deprecationReason ?? undefined) === undefined && !args.some(isRequiredArgument)
  );
}

const fieldNamed = (type: GraphQLNamedType, name: string) =>
  fieldsOf(type).find((field) => field.name === name);

/** Whether a type has pages (GraphQL Cursor Connections Specification). */
const isConnection = (type: GraphQLNamedType) =>
  fieldsOf(type).some(({ name }) => name === "pageInfo" || name === "edges");

function hasPages(type: GraphQLNamedType): boolean {
  const info = fieldNamed(type, "pageInfo");
  const names = info ? fieldsOf(getNamedType(info.type)).map(({ name }) => name) : [];
  return names.includes("hasNextPage") && names.includes("endCursor");
}

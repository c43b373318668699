import {
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isScalarType,
  Kind,
  print,
  type TypeNode,
} from "graphql";

/** The scalars of the specification (GraphQL 2025, section 3.5). */
const SCALARS = ["Int", "Float", "String", "Boolean", "ID"] as const;

/** What a value for a variable must look like, as far as the document and the schema tell. */
export type Shape =
  & {
    /** The type as GraphQL writes it. */
    readonly type: string;
    readonly nullable: boolean;
  }
  & (
    | { readonly form: typeof SCALARS[number] }
    | { readonly form: "enum"; readonly values: readonly string[] }
    | { readonly form: "list"; readonly item: Shape }
    | {
      readonly form: "object";
      readonly members: readonly string[];
      member(name: string): Shape | undefined;
    }
    /** A scalar of the server's own, or whatever a name means that no schema explains. */
    | { readonly form: "scalar" | "unknown" }
  );

/** The shape of a variable by its declaration; without a schema, names that are its own stay dark. */
export function declaredShape(node: TypeNode, schema?: GraphQLSchema): Shape {
  const facts = { type: print(node), nullable: true };
  switch (node.kind) {
    case Kind.NON_NULL_TYPE:
      return { ...declaredShape(node.type, schema), ...facts, nullable: false };
    case Kind.LIST_TYPE:
      return { ...facts, form: "list", item: declaredShape(node.type, schema) };
    case Kind.NAMED_TYPE: {
      const type = schema?.getType(node.name.value);
      return isInputType(type)
        ? inputShape(type)
        : { ...facts, form: specified(node.name.value) ?? "unknown" };
    }
  }
}

function inputShape(type: GraphQLInputType): Shape {
  const facts = { type: String(type), nullable: true };
  if (isNonNullType(type)) return { ...inputShape(type.ofType), ...facts, nullable: false };
  if (isListType(type)) return { ...facts, form: "list", item: inputShape(type.ofType) };
  if (isEnumType(type)) {
    return { ...facts, form: "enum", values: type.getValues().map(({ name }) => name) };
  }
  if (isInputObjectType(type)) {
    const fields = new Map(Object.entries(type.getFields()));
    const member = (name: string) => {
      const field = fields.get(name);
      return field && inputShape(field.type);
    };
    return { ...facts, form: "object", members: [...fields.keys()], member };
  }
  return { ...facts, form: isScalarType(type) && specified(type.name) || "scalar" };
}

const specified = (name: string) => SCALARS.find((scalar) => scalar === name);

import { buildClientSchema, getIntrospectionQuery, type GraphQLSchema } from "graphql";

/** What is asked of a server to learn its schema: only what servers of any age answer. */
export const INTROSPECTION_QUERY = getIntrospectionQuery({
  descriptions: false, // a third of the answer
  specifiedByUrl: false,
  directiveIsRepeatable: false,
  schemaDescription: false,
  inputValueDeprecation: false,
});

/** Lists and non-nulls around one another: more than the query asks for, less than a stack bears. */
const DEEPEST_TYPE = 16;

/**
 * The schema in the answer to {@link INTROSPECTION_QUERY}, undefined where there is none: servers
 * may refuse, and what they send may be anything.
 */
export function readIntrospection(answer: unknown): GraphQLSchema | undefined {
  try {
    const { data, errors } = answer as { data?: unknown; errors?: unknown };
    if (Array.isArray(errors) && errors.length > 0) return undefined;
    const introspection = data as Parameters<typeof buildClientSchema>[0];
    if (!isShallow(introspection.__schema)) return undefined;
    // Known servers break rules that do not matter here (GitHub's breaks nine), and checking takes
    // as long as building.
    return buildClientSchema(introspection, { assumeValid: true });
  } catch {
    return undefined; // a stack that overflowed included: a schema may be a chain of 100,000 types
  }
}

/** Whether every type is within {@link DEEPEST_TYPE}, because what prints or compares them recurses. */
function isShallow(schema: unknown): boolean {
  const { types, directives } = schema as { types: Owner[]; directives?: Owner[] | null };
  return [...types, ...directives ?? []].every((owner) =>
    [...owner.fields ?? [], ...owner.inputFields ?? [], ...owner.args ?? []]
      .every((field) =>
        isShallowType(field.type) &&
        (field.args ?? []).every((argument) => isShallowType(argument.type))
      )
  );
}

interface Typed {
  readonly type?: TypeRef;
  readonly args?: Typed[] | null;
}

interface Owner {
  readonly fields?: Typed[] | null;
  readonly inputFields?: Typed[] | null;
  readonly args?: Typed[] | null;
}

interface TypeRef {
  readonly ofType?: TypeRef | null;
}

function isShallowType(type: TypeRef | undefined): boolean {
  let depth = 0;
  for (let inner = type?.ofType; inner; inner = inner.ofType) {
    if (++depth > DEEPEST_TYPE) return false;
  }
  return true;
}

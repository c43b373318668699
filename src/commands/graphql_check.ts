import type { GraphQLSchema } from "graphql";
import type { Field } from "../api/fields.ts";
import type { Operation } from "../api/graphql/document.ts";
import { parseDocument } from "../api/graphql/document.ts";
import { isFieldName } from "../api/graphql/field_name.ts";
import { isVantageError, VantageError } from "../errors.ts";
import type { ServerSchema } from "./graphql_schema.ts";

/** When a document is checked by the server's schema. */
export type CheckMode =
  /** Always: the server is asked where nothing is remembered. */
  | true
  | false
  /** Where the schema is remembered. */
  | "remembered"
  /** The same, and the server is asked once a day. */
  | "ask";

/**
 * The operation that a document means, which may be the name of one field. Checked by the
 * schema before anything of it is sent. Throws `graphql_invalid`, `network`.
 */
export async function checkedOperation(
  schema: ServerSchema,
  { text, name }: { readonly text: string; readonly name: string },
  fields: readonly Field[],
  { operationName, mode }: { readonly operationName: string | undefined; readonly mode: CheckMode },
): Promise<{ operation: Operation; known: GraphQLSchema | undefined }> {
  const read = async (known: GraphQLSchema | undefined) => {
    const document = isFieldName(text) ? await fieldDocument(known, text, fields) : text;
    const operation = parseDocument(document, name, operationName);
    if (known && mode !== false) await check(known, operation);
    return { operation, known };
  };
  const needed = isFieldName(text);
  if (mode === false && !needed) return await read(undefined);
  const remembered = await schema.remembered();
  if (remembered) {
    try {
      return await read(remembered);
    } catch (error) {
      // The server may have learnt since; only its own word is reason enough to refuse.
      if (!isVantageError(error, "graphql_invalid")) throw error;
      const now = await schema.asked();
      return await read(now ?? remembered);
    }
  }
  const asks = needed || mode === true || mode === "ask" && !await schema.isRefused();
  return await read(asks ? await schema.asked() : undefined);
}

async function check(known: GraphQLSchema, operation: Operation): Promise<void> {
  const { checkOperation } = await import("../api/graphql/check.ts");
  checkOperation(known, operation);
}

async function fieldDocument(
  known: GraphQLSchema | undefined,
  name: string,
  fields: readonly Field[],
): Promise<string> {
  if (!known) {
    throw new VantageError("graphql_invalid", `Cannot make a query of '${name}'`, {
      hint: "The server does not tell its schema; write the query, such as '{ viewer { name } }'",
    });
  }
  const { queryForField } = await import("../api/graphql/field_query.ts");
  return queryForField(known, name, new Set(fields.map(({ path: [first = ""] }) => first)));
}

import { GraphQLError, GraphQLScalarType, Kind } from "graphql";

/** Beside the clusters, what makes a schema hard: long lists, inputs, enums, scalars, errors. */
export const moreTypes = /* GraphQL */ `
  "A whole number of any size, sent as a string."
  scalar BigInt
  enum Colour { RED, GREEN, BLUE }
  input Range { from: Int!, to: Int = 3, colour: Colour! = GREEN }
  type NumberEdge { node: Int!, cursor: String! }
  type NumberPage { nodes: [Int!]!, edges: [NumberEdge!]!, pageInfo: PageInfo!, totalCount: Int! }
  type Cell { value: Int!, colour: Colour! }
  extend type Query {
    "The numbers 1 to \`of\`, in pages; \`after\` is the endCursor of the page before."
    numbers(first: Int = 10, after: String, of: Int = 1000): NumberPage!
    "Never ends: each page says that there is a next one, at the same cursor."
    circle(after: String): NumberPage!
    "Rows of cells."
    table(range: Range!): [[Cell!]!]!
    double(value: BigInt!): BigInt!
    "An error with a code and a path of its own, beside whatever else was asked for."
    forbidden: [Cell]
  }
`;

const bigInt = new GraphQLScalarType<bigint, string>({
  name: "BigInt",
  serialize: (value) => String(value),
  parseValue: (value) => BigInt(String(value)),
  parseLiteral(node) {
    if (node.kind === Kind.INT || node.kind === Kind.STRING) return BigInt(node.value);
    throw new GraphQLError("BigInt is a whole number");
  },
});

function page(items: readonly number[], hasNextPage: boolean, totalCount: number) {
  const edges = items.map((node) => ({ node, cursor: cursorOf(node) }));
  return {
    nodes: items,
    edges,
    pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor },
    totalCount,
  };
}

const cursorOf = (item: number) => btoa(`number:${item}`);

const COLOURS = ["RED", "GREEN", "BLUE"];

interface NumbersArguments {
  readonly first: number;
  readonly after?: string | null;
  readonly of: number;
}

interface TableArguments {
  readonly range: { readonly from: number; readonly to: number; readonly colour: string };
}

export const moreResolvers = {
  BigInt: bigInt,
  Query: {
    numbers(_: unknown, { first, after, of }: NumbersArguments) {
      const start = after ? Number(atob(after).split(":")[1]) : 0;
      const count = Math.max(0, Math.min(first, of - start));
      const items = Array.from({ length: count }, (_, index) => start + 1 + index);
      return page(items, start + count < of, of);
    },
    circle: () => page([1], true, 1),
    table(_: unknown, { range: { from, to, colour } }: TableArguments) {
      const row = (value: number) => [colour, ...COLOURS].map((colour) => ({ value, colour }));
      return Array.from({ length: to - from + 1 }, (_, index) => row(from + index));
    },
    double: (_: unknown, { value }: { value: bigint }) => value * 2n,
    forbidden() {
      throw new GraphQLError("Not for you", { extensions: { code: "FORBIDDEN" } });
    },
  },
};

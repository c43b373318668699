import { createSchema, createYoga } from "graphql-yoga";
import { account } from "./account.ts";
import { announcementsOf } from "./announcements.ts";
import { clusters } from "./api_pages.ts";
import type { ApiState } from "./api_state.ts";
import { moreResolvers, moreTypes } from "./graphql_schema_more.ts";
import type { TokenFacts } from "./oidc.ts";

/** What resolvers know of a request. */
export interface Context {
  readonly facts: TokenFacts;
  readonly state: ApiState;
}

const typeDefs = /* GraphQL */ `
  type Person { sub: ID!, email: String!, name: String!, organization: String! }
  type Cluster { name: String!, status: String! }
  type PageInfo { hasNextPage: Boolean!, endCursor: String }
  type ClusterPage { nodes: [Cluster!]!, pageInfo: PageInfo! }
  type Query {
    me: Person!
    clusters: [Cluster!]!
    "In pages; \`after\` is the endCursor of the page before."
    clusterPage(first: Int = 2, after: String): ClusterPage!
    "Always an error, beside whatever else was asked for."
    broken: String
  }
  type Mutation { createCluster(name: String!): Cluster! }
  type Subscription {
    "The first \`count\` clusters, one by one; then it ends."
    clusterChanged(count: Int = 3): Cluster!
    "What a test announces, until it has said everything. To announce BROKEN is an error."
    announced: String
  }
`;

const resolvers = {
  Query: {
    me: (_: unknown, __: unknown, { facts }: Context) => account(facts.subject),
    clusters: () => clusters,
    clusterPage(_: unknown, { first, after }: { first: number; after?: string | null }) {
      const start = clusters.findIndex(({ name }) => name === after) + 1;
      const nodes = clusters.slice(start, start + first);
      const hasNextPage = start + first < clusters.length;
      return { nodes, pageInfo: { hasNextPage, endCursor: nodes.at(-1)?.name } };
    },
    broken() {
      throw new Error("It is broken");
    },
  },
  Mutation: {
    createCluster(_: unknown, { name }: { name: string }, { state }: Context) {
      state.createdClusters.push(name);
      return { name, status: "creating" };
    },
  },
  Subscription: {
    clusterChanged: {
      async *subscribe(_: unknown, { count }: { count: number }) {
        for (const clusterChanged of clusters.slice(0, count)) yield { clusterChanged };
      },
    },
    announced: {
      subscribe: (_: unknown, __: unknown, { state }: Context) => announcementsOf(state).listen(),
      resolve({ announced }: { announced: string }) {
        if (announced === "BROKEN") throw new Error("It is broken");
        return announced;
      },
    },
  },
};

/** The schema, however it is served. */
export function createApiSchema() {
  return createSchema<Context>({
    typeDefs: [typeDefs, moreTypes],
    resolvers: [resolvers, moreResolvers],
  });
}

/** Makes the GraphQL part of the API: queries, a mutation, and a subscription over SSE. */
export function createGraphql(
  state: ApiState,
): (request: Request, facts: TokenFacts) => Promise<Response> {
  const yoga = createYoga<Context>({
    schema: createApiSchema(),
    logging: false,
    graphiql: false,
    landingPage: false,
    maskedErrors: false,
  });
  return async (request, facts) => await yoga.handle(request, { facts, state });
}

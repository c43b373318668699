/** Answers in pages, the next one named as RFC 8288 has it. */

export interface Cluster {
  readonly name: string;
  readonly status: string;
}

/** What `/clusters` holds. */
export const clusters: readonly Cluster[] = [
  { name: "alpha", status: "ready" },
  { name: "beta", status: "ready" },
  { name: "gamma", status: "draining" },
];

/** One page of clusters. */
export function clustersPage(url: URL, origin: string): Response {
  const page = Number(url.searchParams.get("page") ?? 1);
  const size = Number(url.searchParams.get("per_page") ?? clusters.length);
  const items = clusters.slice((page - 1) * size, page * size);
  const isLast = page * size >= clusters.length;
  const next = `<${origin}/clusters?page=${page + 1}&per_page=${size}>; rel="next"`;
  return Response.json(items, { headers: isLast ? {} : { link: next } });
}

/**
 * One page of the numbers 1 to `of`. `link` changes the way to the next: `relative` targets;
 * `self`, which leads back to the page itself; `first`, round in a circle; any other value is an
 * origin that it leads to. `object` wraps the numbers, `{"items":[…]}`.
 */
export function numbersPage(url: URL, origin: string): Response {
  const query = url.searchParams;
  const page = Number(query.get("page") ?? 1);
  const size = Number(query.get("per_page") ?? 10);
  const last = Number(query.get("of") ?? 100);
  const first = (page - 1) * size + 1;
  const count = Math.max(0, Math.min(size, last - first + 1));
  const items = Array.from({ length: count }, (_, index) => first + index);
  const body = query.has("object") ? { items, page } : items;
  const isLast = page * size >= last;
  return Response.json(body, { headers: isLast ? {} : { link: numbersLinks(url, page, origin) } });
}

function numbersLinks(url: URL, page: number, origin: string): string {
  const target = (page: number) => {
    const next = new URL(url);
    next.searchParams.set("page", String(page));
    return next.pathname + next.search;
  };
  const previous = page > 1 ? `<${origin}${target(page - 1)}>; rel="prev", ` : "";
  const kind = url.searchParams.get("link") ?? "absolute";
  const next = {
    absolute: origin + target(page + 1),
    relative: target(page + 1).replace("/numbers", ""),
    self: origin + target(page),
    first: origin + target(page === 1 ? 2 : 1),
  }[kind] ?? kind + target(page + 1);
  return `${previous}<${next}>; title="Next, or; so"; rel="last next"`;
}

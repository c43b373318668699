import type { ApiState } from "./api_state.ts";

/** `/orders` and `/orders/ID`: POST, PUT, PATCH and DELETE change something, each time they are sent. */
export async function orders(request: Request, url: URL, state: ApiState): Promise<Response> {
  const { method } = request;
  if (method === "GET" || method === "HEAD") return Response.json(state.orders);
  const order = { method, path: url.pathname, body: await request.text() };
  state.orders.push(order);
  const id = state.orders.length;
  return Response.json({ id, ...order }, { status: method === "POST" ? 201 : 200 });
}

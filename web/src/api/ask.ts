// Typed calls: ask("getProduct", { product }). Names, parameters, bodies and answers come from the OpenAPI document.
import { call, type CallOptions, type Query } from "./call";
import { operations, type Operations } from "./schema";

type Ask = Pick<CallOptions, "headers" | "signal" | "quiet">;

export function place(path: string, given: { [key: string]: unknown }): { path: string; query: Query } {
  const query: Query = {};
  let filled = path;
  for (const [k, v] of Object.entries(given)) {
    if (filled.includes(`{${k}}`)) filled = filled.replace(`{${k}}`, encodeURIComponent(String(v)));
    else query[k] = v as Query[string];
  }
  return { path: filled, query };
}

export function ask<N extends keyof Operations>(name: N, given: Operations[N]["given"], body?: Operations[N]["body"], options: Ask = {}): Promise<Operations[N]["answer"]> {
  const [method, path] = operations[name];
  const placed = place(path, given as { [key: string]: unknown });
  return call(method, placed.path, { query: placed.query, body: body as unknown, ...options });
}

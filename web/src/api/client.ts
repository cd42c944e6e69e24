// The query cache. Answers are fresh for a few seconds; what changes the mesh arrives as an event and makes them stale at once (events.ts).
import { QueryClient, queryOptions, type QueryKey } from "@tanstack/react-query";
import { ApiError } from "./call";

export const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: true,
      // What the node refused it refuses again; what it did not answer is tried until it does.
      retry: (n, e) => !(e instanceof ApiError) || (e.status === 0 || e.status === 503 ? n < 3 : false),
      retryDelay: (n) => Math.min(500 * 2 ** n, 4_000),
      networkMode: "always",
    },
    mutations: { networkMode: "always", retry: false },
  },
});

// One line per question: export const productByName = (name) => question(["products", name], () => ask("getProduct", { product: name }));
export const question = <T>(key: QueryKey, fetch: (signal: AbortSignal) => Promise<T>, more: { staleTime?: number; refetchInterval?: number } = {}) =>
  queryOptions<T, Error, T, QueryKey>({ queryKey: key, queryFn: ({ signal }) => fetch(signal), ...more });

// For route loaders: fills the cache before the page is drawn, but a slow or missing answer never holds a page back.
export async function warm(...questions: { queryKey: QueryKey }[]): Promise<null> {
  const all = Promise.allSettled(questions.map((q) => cache.ensureQueryData(q as Parameters<typeof cache.ensureQueryData>[0])));
  await Promise.race([all, new Promise((r) => setTimeout(r, 400))]);
  return null;
}

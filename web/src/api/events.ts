// Changes of the mesh as they happen: the cache entries they touch become stale, so every page follows without polling.
import { cache } from "./client";
import { getSession, onSession } from "./session";
import { onNodeBack, suspect } from "./live";
import type { Event } from "./schema";

const types = ["domain", "team", "person"].flatMap((k) => [`${k}.defined`, `${k}.changed`, `${k}.removed`]).concat(["drafted", "published", "changed", "deprecated", "retired", "removed"].map((w) => `product.${w}`), ["consumer.registered", "consumer.unregistered"]);
const handlers = new Set<(e: Event) => void>();
export const onMeshEvent = (f: (e: Event) => void) => { handlers.add(f); return () => { handlers.delete(f); }; };

export function startEvents() {
  let source: EventSource | null = null;
  let wait: ReturnType<typeof setTimeout> | undefined;
  const touch = () => {
    clearTimeout(wait);
    // Many events at once (a load of a thousand products) are one refresh.
    wait = setTimeout(() => void cache.invalidateQueries({ predicate: (q) => !["records", "sql"].includes(String(q.queryKey[0])) }), 150);
  };
  const open = () => {
    source?.close();
    const as = getSession().as;
    source = new EventSource(`/api/v1/events${as ? `?as=${encodeURIComponent(as)}` : ""}`);
    const take = (m: MessageEvent<string>) => {
      touch();
      try { const e = JSON.parse(m.data) as Event; handlers.forEach((f) => f(e)); } catch { /* a comment or something newer */ }
    };
    source.onmessage = take;
    source.onerror = () => suspect();
    for (const type of types) source.addEventListener(type, take as EventListener);
  };
  open();
  // A hidden tab holds no connection: a browser has only six for one address. What it missed is asked again when it comes back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { source?.close(); source = null; }
    else if (!source) { open(); void cache.invalidateQueries(); }
  });
  let as = getSession().as;
  onSession(() => {
    if (getSession().as === as) return;
    as = getSession().as;
    void cache.invalidateQueries();   // another person: decisions are asked again, what is on the screen stays until the answers come
    open();
  });
  onNodeBack(() => { void cache.invalidateQueries(); open(); });
}

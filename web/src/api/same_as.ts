// Same as: every action of the portal with its command line and its HTTP call, in one table. It feeds the bottom line of each page,
// the drawer, and the palette. A feature registers its actions once (features/NAME/actions.ts, collected in app/actions.ts).
import { useEffect, useSyncExternalStore } from "react";
import type { WhoAmI } from "./schema";

export interface HttpCall { method: string; path: string; body?: unknown }
export interface SameAs { command: string; http?: HttpCall | null; file?: string | null; dry?: boolean }

// `target` is what the action is about (a product, a topic, a query); actions without one stand for themselves.
export interface Action {
  id: string;
  group: "do" | "go";
  title: (target: string) => string;
  words?: string;                                   // more words to be found by
  about?: "product" | "topic" | "query" | "domain"; // offered once per thing of that kind
  command: (target: string) => string;
  http?: (target: string) => HttpCall | null;
  to?: (target: string) => string;                  // where it is done: a route
  ends?: boolean;                                   // takes something away: never the first thing offered unless its own word was typed
  of?: string;                                      // only products in this state
  page?: string;                                    // the page on which it ranks first: "mesh", "explore" ...
  may?: (who: WhoAmI, domain: string | null) => true | string;   // or why not, and who may
}

// Words of a shell that need quoting are quoted for sh.
export const sh = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`);
export function curl(call: HttpCall, origin: string, as: string | null): string {
  const parts = ["curl"];
  if (call.method !== "GET") parts.push("-X", call.method);
  if (as) parts.push("-H", sh(`Braid-As: ${as}`));
  if (call.body !== undefined) parts.push("-H", sh("Content-Type: application/json"), "-d", sh(JSON.stringify(call.body)));
  parts.push(sh(origin + call.path));
  return parts.join(" ");
}

let current: SameAs = { command: "braid --help" };
const listeners = new Set<() => void>();
export function showSameAs(next: SameAs) {
  current = next;
  listeners.forEach((f) => f());
}
export const useCurrentSameAs = () => useSyncExternalStore((f) => { listeners.add(f); return () => listeners.delete(f); }, () => current);

// A page says what it just did, or is about to do: useSameAs({ command: "braid products list", http: { method: "GET", path: "/api/v1/products" } }).
export function useSameAs(same: SameAs | null) {
  const text = JSON.stringify(same);
  useEffect(() => { if (text !== "null") showSameAs(JSON.parse(text) as SameAs); }, [text]);
}

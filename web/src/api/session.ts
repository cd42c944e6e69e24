// What belongs to this browser and not to the server: whom one acts as, theme, single-letter keys, sizes of panes.
// A plain store outside React, because calls and streams read it too.
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
export interface Session { as: string | null; theme: Theme; keys: boolean }

const read = (name: string) => { try { return localStorage.getItem(`braid.${name}`); } catch { return null; } };
const write = (name: string, value: string | null) => {
  try { if (value === null) localStorage.removeItem(`braid.${name}`); else localStorage.setItem(`braid.${name}`, value); } catch { /* no storage: for this page only */ }
};

let session: Session = { as: read("as"), theme: (read("theme") as Theme | null) ?? "system", keys: read("keys") !== "off" };
const listeners = new Set<() => void>();

export const getSession = () => session;
export function setSession(change: Partial<Session>) {
  session = { ...session, ...change };
  if ("as" in change) write("as", session.as);
  if ("keys" in change) write("keys", session.keys ? null : "off");
  if (change.theme) {
    write("theme", change.theme === "system" ? null : change.theme);
    if (change.theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = change.theme;
  }
  listeners.forEach((f) => f());
}
const subscribe = (f: () => void) => { listeners.add(f); return () => listeners.delete(f); };
export const useSession = () => useSyncExternalStore(subscribe, getSession);
export const onSession = subscribe;

// Sizes and choices of one person on one machine (panes, columns, height of the drawer).
export const remember = (name: string, value: unknown) => write(`ui.${name}`, value === null ? null : JSON.stringify(value));
export function remembered<T>(name: string, otherwise: T): T {
  try { return JSON.parse(read(`ui.${name}`) ?? "") as T; } catch { return otherwise; }
}

// Live numbers: one server-sent stream for the page. What arrives is collected here; React sees it at most once a second.
// A hidden tab closes the stream; a node that went away is tried again after 1, 2, 4, 8 s and says so meanwhile.
import { useSyncExternalStore } from "react";
import { getSession, onSession } from "./session";
import type { LiveTick } from "./contract";

export type Connection = { state: "connecting" | "live" | "polling" | "away" | "hidden"; since: number; retryAt: number | null; offered: boolean };
export interface LiveState { tick: LiveTick | null; receivedAt: number; connection: Connection; rates: { [topic: string]: number[] } }

const samples = 60;   // a minute of rates per topic for the small charts
let state: LiveState = { tick: null, receivedAt: 0, connection: { state: "connecting", since: Date.now(), retryAt: null, offered: true }, rates: {} };
let pending: LiveTick | null = null;
let paint: ReturnType<typeof setTimeout> | null = null;
const listeners = new Set<() => void>();
const raw = new Set<(tick: LiveTick) => void>();   // beads: told of every tick at once
const backHandlers = new Set<() => void>();

const emit = () => listeners.forEach((f) => f());
const set = (change: Partial<LiveState>) => { state = { ...state, ...change }; emit(); };
const connection = (change: Partial<Connection>) => set({ connection: { ...state.connection, since: change.state && change.state !== state.connection.state ? Date.now() : state.connection.since, ...change } });

function arrive(tick: LiveTick) {
  raw.forEach((f) => f(tick));
  pending = tick;
  if (paint) return;
  const wait = Math.max(0, 1000 - (Date.now() - state.receivedAt) - 50);
  paint = setTimeout(() => {
    paint = null;
    if (!pending) return;
    const rates: LiveState["rates"] = {};
    for (const [name, t] of Object.entries(pending.topics)) {
      const old = state.rates[name] ?? [];
      rates[name] = t.records_per_second === null ? old : [...old.slice(-(samples - 1)), t.records_per_second];
    }
    set({ tick: pending, receivedAt: Date.now(), rates });
  }, wait);
}

let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | null = null;
let attempt = 0;
let started = false;

function close() {
  source?.close();
  source = null;
  if (retry) clearTimeout(retry);
  retry = null;
}
function open() {
  close();
  const as = getSession().as;
  source = new EventSource(`/api/v1/live${as ? `?as=${encodeURIComponent(as)}` : ""}`);
  source.addEventListener("tick", (e) => {
    const wasAway = state.connection.state === "away";
    attempt = 0;
    if (state.connection.state !== "live") connection({ state: "live", retryAt: null, offered: true });
    if (wasAway) backHandlers.forEach((f) => f());
    arrive(JSON.parse((e as MessageEvent<string>).data) as LiveTick);
  });
  source.onerror = () => { close(); void away(); };
}
// Is the node away, or does it only not know this call? The small call of every node tells.
async function away() {
  let answers = false;
  try { const r = await fetch("/healthz", { cache: "no-store" }); answers = r.ok; } catch { /* away */ }
  if (!started) return;
  if (answers) {
    const wasAway = state.connection.state === "away";
    let offered = true;
    try { const r = await fetch("/api/v1/live/snapshot", { cache: "no-store", headers: { Accept: "application/json" } }); offered = r.status !== 404; if (r.ok) arrive((await r.json()) as LiveTick); } catch { /* next time */ }
    attempt = offered ? Math.min(attempt, 2) : 5;
    connection({ state: offered ? "live" : "polling", offered, retryAt: null });
    if (wasAway) backHandlers.forEach((f) => f());
  } else connection({ state: "away" });
  const wait = Math.min(1000 * 2 ** attempt++, answers ? 32_000 : 8_000);
  if (!answers) connection({ retryAt: Date.now() + wait });
  retry = setTimeout(() => (document.hidden ? undefined : open()), wait);
}
// Somebody else noticed that nothing answers (a call, the stream of events): look now, not at the next turn.
let suspected = 0;
export function suspect() {
  if (!started || state.connection.state === "away" || document.hidden || Date.now() - suspected < 3000) return;
  suspected = Date.now();
  close();
  attempt = 0;
  void away();
}
export function startLive() {
  if (started) return;
  started = true;
  open();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { close(); connection({ state: "hidden" }); } else { attempt = 0; open(); }
  });
  let as = getSession().as;
  onSession(() => { if (getSession().as !== as) { as = getSession().as; open(); } });
}
export const onTick = (f: (tick: LiveTick) => void) => { raw.add(f); return () => { raw.delete(f); }; };
export const onNodeBack = (f: () => void) => { backHandlers.add(f); return () => { backHandlers.delete(f); }; };

const subscribe = (f: () => void) => { listeners.add(f); return () => listeners.delete(f); };
export const useLive = () => useSyncExternalStore(subscribe, () => state);
export const useConnection = () => useSyncExternalStore(subscribe, () => state.connection);
export const useTopicRate = (topic: string | null | undefined) => useSyncExternalStore(subscribe, () => (topic ? state.tick?.topics[topic]?.records_per_second ?? null : null));
const none: number[] = [];
export const useTopicRates = (topic: string | null | undefined) => useSyncExternalStore(subscribe, () => (topic ? state.rates[topic] ?? none : none));

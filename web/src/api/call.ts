// The one way to the node: adds whom one acts as, keeps a log of the calls of this visit, turns every failure into an ApiError.
import { useSyncExternalStore } from "react";
import { inPortal } from "./hints";
import { suspect } from "./live";
import { getSession, setSession } from "./session";
import type { Event, Impact } from "./schema";

export interface Where { begin: number; end: number; line?: number; column?: number }
export interface Problem { field: string; message: string }

// What an API says went wrong, in the product's form, ksqlDB's or the registry's; status 0: nobody answered.
export class ApiError extends Error {
  status: number; code: string; hint: string; where: Where | null; problems: Problem[]; impact: Impact | null; changedSince: Event[]; revision: number | null; call: string; body: unknown;
  constructor(status: number, body: unknown, call: string) {
    const b = (body && typeof body === "object" ? body : {}) as { [key: string]: unknown };
    const text = typeof b.message === "string" && b.message !== "" ? b.message : status === 0 ? "The node does not answer." : `The node answered ${status} and said no more.`;
    super(text);
    this.name = "ApiError";
    this.status = status;
    this.code = typeof b.code === "string" ? b.code : typeof b.error_code === "number" ? String(b.error_code) : String(status);
    this.hint = typeof b.hint === "string" ? inPortal(b.hint) : status === 0 ? "It is tried again by itself." : "";
    this.where = (b.where as Where | undefined) ?? null;
    this.problems = (b.problems as Problem[] | undefined) ?? [];
    this.impact = (b.impact as Impact | undefined) ?? null;
    this.changedSince = (b.changed_since as Event[] | undefined) ?? [];
    this.revision = typeof b.revision === "number" ? b.revision : null;
    this.call = call;
    this.body = body;
  }
}
export const asApiError = (e: unknown) => (e instanceof ApiError ? e : new ApiError(-1, { message: e instanceof Error ? e.message : String(e) }, ""));

// True when this node has no such call at all (an older node), not when the thing asked for is missing.
export function notOffered(e: unknown): boolean {
  if (!(e instanceof ApiError)) return false;
  if (e.status === 405 || e.status === 501) return true;
  return e.status === 404 && (e.body === null || typeof e.body !== "object" || e.message.startsWith("nothing is served at"));
}

export interface Logged { id: number; at: number; method: string; path: string; status: number | null; ms: number | null; as: string | null; body?: unknown }
let log: Logged[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const tell = () => listeners.forEach((f) => f());
const logMax = 300;   // calls kept for the drawer
function logged(entry: Logged) { log = [entry, ...log.filter((l) => l.id !== entry.id)].slice(0, logMax).sort((a, b) => b.id - a.id); tell(); }
export const useCallLog = () => useSyncExternalStore((f) => { listeners.add(f); return () => listeners.delete(f); }, () => log);

export type Query = { [key: string]: string | number | boolean | null | undefined | readonly (string | number)[] };
export function address(path: string, query?: Query): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query ?? {})) {
    if (v === undefined || v === null || v === "") continue;
    if (Array.isArray(v)) v.forEach((x) => q.append(k, String(x)));
    else q.append(k, String(v));
  }
  const text = q.toString();
  return text ? `${path}?${text}` : path;
}

// A password is in no log and in no command.
const hidden = (body: unknown) => (body && typeof body === "object" && "password" in body ? { ...body, password: "$PASSWORD" } : body);
export interface CallOptions { query?: Query; body?: unknown; headers?: { [name: string]: string }; signal?: AbortSignal; quiet?: boolean }

export async function send(method: string, path: string, options: CallOptions = {}): Promise<Response> {
  const url = address(path, options.query);
  const as = getSession().as;
  const headers: { [name: string]: string } = { Accept: "application/json", ...options.headers };
  if (as) headers["Braid-As"] = as;
  let body: BodyInit | undefined;
  if (options.body instanceof Blob || typeof options.body === "string") body = options.body;
  else if (options.body !== undefined) { body = JSON.stringify(options.body); headers["Content-Type"] ??= "application/json"; }
  const entry: Logged = { id: nextId++, at: Date.now(), method, path: url, status: null, ms: null, as, body: options.body instanceof Blob ? undefined : hidden(options.body) };
  const began = performance.now();
  if (!options.quiet) logged(entry);
  const call = `${method} ${url}`;
  let response: Response;
  try {
    response = await fetch(url, { method, headers, body, signal: options.signal, cache: "no-store" });
  } catch (e) {
    if (e instanceof DOMException && e.name === "AbortError") throw e;
    if (!options.quiet) logged({ ...entry, status: 0, ms: performance.now() - began });
    suspect();
    throw new ApiError(0, null, call);
  }
  if (!options.quiet) logged({ ...entry, status: response.status, ms: performance.now() - began });
  if (!response.ok) {
    const text = await response.text();
    let parsed: unknown = text;
    try { parsed = JSON.parse(text); } catch { /* not JSON: the text itself is the message */ }
    // Whom one acts as may be left over from a time when nobody had to log in: forget it, and ask as oneself.
    if (as && response.status === 403 && getSession().as === as && /may not act as/.test(text)) { setSession({ as: null }); return send(method, path, options); }
    if (as && getSession().as !== as && response.status === 403 && /may not act as/.test(text)) return send(method, path, options);
    throw new ApiError(response.status, typeof parsed === "object" ? parsed : text ? { message: text.slice(0, 500) } : null, call);
  }
  return response;
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(method, path, options);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  try { return (text === "" ? undefined : JSON.parse(text)) as T; } catch { throw new ApiError(-1, { message: `The answer of ${method} ${path} is no JSON.`, hint: "Is this address a Braid node?" }, `${method} ${path}`); }
}

// Newline-delimited JSON as it comes: followed records, previews. Ends when the node ends it or the signal fires.
export async function* lines<T>(method: string, path: string, options: CallOptions = {}): AsyncGenerator<T> {
  const response = await send(method, path, { ...options, headers: { Accept: "application/x-ndjson", ...options.headers } });
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const parts = (rest + value).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) if (part.trim() !== "") yield JSON.parse(part) as T;
    }
    if (rest.trim() !== "") yield JSON.parse(rest) as T;
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

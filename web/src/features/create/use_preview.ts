// The live result of a statement that nobody has saved: rows as they come, how many pass each step. Painted twice a second, however fast the node is.
import { useEffect, useRef, useState } from "react";
import type { StepCount } from "../../parts/plan";
import { asApiError, lines, notOffered, type ApiError, type PreviewLine, type SqlColumn } from "../../api";

export interface PreviewRow { n: number; row: unknown[]; key: unknown[] | null; gone: boolean }
export interface PreviewState {
  status: "idle" | "starting" | "running" | "ended" | "failed"; offered: boolean; columns: SqlColumn[]; rows: PreviewRow[]; total: number; perSecond: number | null;
  steps: { [id: number]: StepCount }; nearest: unknown; error: ApiError | { message: string; hint?: string } | null; end: string | null;
}
const nothing: PreviewState = { status: "idle", offered: true, columns: [], rows: [], total: 0, perSecond: null, steps: {}, nearest: null, error: null, end: null };
const shown = 300;      // rows kept for the table
const limit = 10_000;   // rows after which a preview ends by itself, and its seconds: the most that a node gives
const seconds = 300;
const patience = 3_000; // ms without a single row, after which what came closest is asked for

export function usePreview(sql: string | null, from: "earliest" | "latest", paused: boolean, again: number): PreviewState & { waiting: number } {
  const [state, setState] = useState<PreviewState>(nothing);
  const [frozen, freeze] = useState<PreviewState | null>(null);
  const live = useRef(state);
  live.current = state;
  useEffect(() => { freeze(paused ? live.current : null); }, [paused]);
  useEffect(() => {
    if (!sql) { setState(nothing); return; }
    const stop = new AbortController();
    let now: PreviewState = { ...nothing, status: "starting" };
    let dirty = false;
    const marks: [at: number, total: number][] = [], began = performance.now();
    // What was there stays until the first answer, so that the table does not flicker at every key.
    setState((old) => ({ ...old, status: "starting", error: null, end: null }));
    const paint = () => {
      if (!dirty) return;
      dirty = false;
      // The first burst is the past being read: a rate is told when it is behind.
      const t = performance.now();
      if (t - began > 1_500) marks.push([t, now.total]);
      while (marks.length > 2 && t - marks[0]![0] > 5_000) marks.shift();
      const first = marks[0];
      now = { ...now, perSecond: first && t - first[0] > 1_900 ? ((now.total - first[1]) / (t - first[0])) * 1000 : null };
      setState(now);
    };
    const timer = setInterval(paint, 500);
    // A preview tells what came closest when it ends. Nobody waits for that: a short one beside it is asked.
    const closest = setTimeout(() => {
      if (now.total > 0 || now.nearest || !Object.values(now.steps).some((s) => s.in > 0 && s.out === 0)) return;
      void (async () => { for await (const line of lines<PreviewLine>("POST", "/api/v1/sql/preview", { body: { sql, from: "earliest", limit: 1, seconds: 2 }, signal: stop.signal, quiet: true })) if ("nearest" in line && now.total === 0) { now = { ...now, nearest: line.nearest }; dirty = true; } })().catch(() => undefined);
    }, patience);
    const read = async () => {
      for await (const line of lines<PreviewLine>("POST", "/api/v1/sql/preview", { body: { sql, from, limit, seconds }, signal: stop.signal })) {
        dirty = true;
        if ("columns" in line) { now = { ...now, status: "running", columns: line.columns }; paint(); }
        else if ("row" in line) { now.total++; now.rows = [{ n: now.total, row: line.row, key: line.key ?? null, gone: line.tombstone === true }, ...now.rows.slice(0, shown - 1)]; }
        else if ("steps" in line) now = { ...now, steps: Object.fromEntries(line.steps.map((s) => [s.id, { in: s.in, out: s.out }])) };
        else if ("nearest" in line) now = { ...now, nearest: line.nearest };
        else if ("error" in line) now = { ...now, status: "failed", error: line.error };
        else if ("end" in line) now = { ...now, status: now.error ? "failed" : "ended", end: line.end };
      }
      if (now.status === "running" || now.status === "starting") now = { ...now, status: "ended", end: "stopped" };
      dirty = true;
      paint();
    };
    read().catch((e: unknown) => {
      if (stop.signal.aborted) return;
      setState({ ...now, status: "failed", offered: !notOffered(e), error: asApiError(e) });
    });
    return () => { stop.abort(); clearInterval(timer); clearTimeout(closest); };
  }, [sql, from, again]);
  const visible = frozen && state.status !== "idle" ? { ...frozen, status: state.status } : state;
  return { ...visible, waiting: frozen ? Math.max(0, state.total - frozen.total) : 0 };
}

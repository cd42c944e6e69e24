// The live sample: follows a topic, keeps the newest records, and lets React see them at most twice a second.
import { useEffect, useRef, useState } from "react";
import { asApiError, call, lines, useConnection, type ApiError } from "../../api";
import type { Record as Rec } from "../../api/schema";

export const shownRows = 12;
const keptMost = 400;      // newest records in memory while paused or filtered
export interface Sample { records: Rec[]; waiting: number; perSecond: number; error: ApiError | null; loading: boolean }
const path = (topic: string) => `/api/v1/topics/${encodeURIComponent(topic)}/records`;
export const keyOf = (r: Rec) => `${r.partition}:${r.offset}`;

export function useSample(topic: string | null, from: string | null, paused: boolean, keep: (r: Rec) => boolean): Sample {
  const [sample, setSample] = useState<Sample>({ records: [], waiting: 0, perSecond: 0, error: null, loading: true });
  const away = useConnection().state === "away";
  const held = useRef({ paused, keep });
  held.current = { paused, keep };
  const all = useRef<Rec[]>([]);
  const shown = useRef<Rec[]>([]);
  const missed = useRef(0);   // records that passed the filter while paused: more than are kept may come

  // what the filter lets through is chosen anew from what is in memory
  const paint = (change: Partial<Sample>, force = false) => {
    const passing = all.current.filter(held.current.keep);
    if (!held.current.paused || force) { shown.current = passing.slice(0, from === null ? shownRows : keptMost); missed.current = 0; }
    setSample((old) => ({ ...old, ...change, records: shown.current, waiting: missed.current }));
  };
  useEffect(() => { if (!sample.loading) paint({}, true); }, [keep]);             // eslint-disable-line react-hooks/exhaustive-deps
  useEffect(() => { if (!paused && !sample.loading) paint({}); }, [paused]);      // eslint-disable-line react-hooks/exhaustive-deps

  useEffect(() => {
    if (!topic || away) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setInterval> | undefined;
    all.current = [];
    shown.current = [];
    const run = async () => {
      const first = await call<{ records: Rec[] }>("GET", path(topic), { query: { from: from ?? -60, limit: from === null ? 60 : 100 }, signal: stop.signal });
      all.current = from === null ? [...first.records].reverse() : first.records;
      paint({ error: null, loading: false }, true);
      if (from !== null) return;
      let arrived = 0, dirty = false, seconds = 0;
      timer = setInterval(() => { seconds++; if (dirty || seconds % 2 === 0) { paint(seconds % 2 === 0 ? { perSecond: arrived } : {}); dirty = false; } if (seconds % 2 === 0) arrived = 0; }, 500);
      for await (const r of lines<Rec>("GET", path(topic), { query: { from: "end", follow: true }, signal: stop.signal })) {
        arrived++;
        dirty = true;
        if (held.current.paused && held.current.keep(r)) missed.current++;
        all.current.unshift(r);
        if (all.current.length > keptMost) all.current.length = keptMost;
      }
    };
    run().catch((e) => { if (!stop.signal.aborted) setSample((old) => ({ ...old, error: asApiError(e), loading: false })); });
    return () => { stop.abort(); clearInterval(timer); };
  }, [topic, from, away]);                                                         // eslint-disable-line react-hooks/exhaustive-deps
  return sample;
}

// Pause, resume and terminate a running query; terminating first names who reads what it writes.
import { useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { CircleStop, Pause, Play } from "lucide-react";
import { cache, call, asApiError, showSameAs, sh, type RunningQuery } from "../api";
import type { Impact } from "../api/schema";
import { Button, Dialog, IconButton, Name } from "../ui";
import { ErrorOf } from "./ask_state";
import { impactCount, ImpactTable } from "./impact";
import { useAwayReason } from "./page";

const at = (id: string, verb: string) => `/api/v1/queries/${encodeURIComponent(id)}/${verb}`;
export const queryWord = (state: string): "running" | "paused" | "idle" | "failed" => (state === "running" ? "running" : state === "paused" ? "paused" : state === "starting" ? "idle" : "failed");
// small: two icon buttons for a table row; else buttons with words.
export function QueryActions({ query, small, onGone }: { query: RunningQuery; small?: boolean; onGone?: () => void }) {
  const [ending, setEnding] = useState(false);
  const away = useAwayReason();
  const paused = query.state === "paused";
  const turn = useMutation({
    mutationFn: (verb: "pause" | "resume") => { showSameAs({ command: `braid queries ${verb} ${sh(query.id)}`, http: { method: "POST", path: at(query.id, verb) } }); return call("POST", at(query.id, verb)); },
    onSettled: () => cache.invalidateQueries({ queryKey: ["queries"] }),
  });
  const word = paused ? "Resume" : "Pause", icon = paused ? <Play className="i s" /> : <Pause className="i s" />;
  const go = () => { if (!turn.isPending && !away) turn.mutate(paused ? "resume" : "pause"); };
  return (
    <>
      {small ? <><IconButton label={`${word} ${query.id}`} onClick={go}>{icon}</IconButton><IconButton label={`Terminate ${query.id}`} onClick={() => setEnding(true)}><CircleStop className="i s" /></IconButton></>
        : <><Button small icon={icon} why={away} busy={turn.isPending} onClick={go}>{word}</Button><Button small kind="quiet" icon={<CircleStop className="i s" />} why={away} onClick={() => setEnding(true)}>Terminate</Button></>}
      {turn.error && !small && <ErrorOf error={turn.error} />}
      {ending && <Terminate query={query} onClose={() => setEnding(false)} onGone={onGone} />}
    </>
  );
}
function Terminate({ query, onClose, onGone }: { query: RunningQuery; onClose: () => void; onGone?: () => void }) {
  const [impact, setImpact] = useState<Impact | null>(null);
  const end = useMutation({
    mutationFn: (confirm: string | null) => { showSameAs({ command: `braid queries terminate ${sh(query.id)}`, http: { method: "POST", path: at(query.id, "terminate") } }); return call("POST", at(query.id, "terminate"), { query: { confirm } }); },
    onSuccess: () => { void cache.invalidateQueries(); onClose(); onGone?.(); },
    onError: (e) => { const a = asApiError(e); if (a.impact) setImpact(a.impact); },
  });
  const n = impactCount(impact);
  return (
    <Dialog open onClose={onClose} title={<>Terminate <Name most={48}>{query.id}</Name>?</>} footer={<><Button onClick={onClose}>Keep it</Button><Button kind="danger" busy={end.isPending} onClick={() => end.mutate(impact?.confirm ?? null)}>{n > 0 ? `Terminate, ${n} ${n === 1 ? "reader stops" : "readers stop"} getting records` : "Terminate"}</Button></>}>
      <p>{query.writes ? <><b className="b"><Name>{query.writes}</Name></b> gets no more records. Those that it has stay.</> : "It ends now."} This cannot be undone; the same statement starts a new query.</p>
      {impact && <ImpactTable impact={impact} />}
      {end.error && !asApiError(end.error).impact && <ErrorOf error={end.error} />}
    </Dialog>
  );
}

// Lineage: the product in the middle; depth 1, 2, all; tracing a column keeps its path in full colour and says on each node what happens to it.
import { useMemo } from "react";
import { Link, useSearchParams } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { keepPreviousData } from "@tanstack/react-query";
import { Share2, X } from "lucide-react";
import { lineageOf, useLive } from "../../api";
import type { Lineage } from "../../api/contract";
import { Mark, Show, useThreads } from "../../parts";
import { Drawn, Knot, Pane, describe, graphOf, isCard, lineageLayout, linksTable, pageOfNode, topicOf, track, type CardAt } from "../../parts/graph";
import { Behind, Chip, Empty, Name, Seg, Status, ago, rate } from "../../ui";

export function LineagePanel({ product, topic, columns }: { product: string; topic: string; columns: string[] }) {
  const [params, setParams] = useSearchParams();
  const depth = params.get("depth") ?? "2", trace = params.get("trace");
  const set = (k: string, v: string | null) => setParams((o) => { const n = new URLSearchParams(o); if (v === null) n.delete(k); else n.set(k, v); return n; }, { replace: true, preventScrollReset: true });
  const lineage = useQuery({ ...lineageOf(`product:${product}`, depth, trace), placeholderData: keepPreviousData, refetchInterval: 15_000 });
  return (
    <section className="panel" id="lineage" aria-labelledby="lineage-h">
      <header><h2 id="lineage-h">Lineage</h2><span className="sub">from statements and from traffic</span>
        <div className="right">
          {trace ? <button type="button" className="chip acc btnchip" onClick={() => set("trace", null)} aria-label={`Stop tracing ${trace}`}><Share2 className="i xs" />Tracing {trace}<X className="i xs" /></button> : columns.length > 0 && <select className="in pick" aria-label="Trace a column" value="" onChange={(e) => e.target.value && set("trace", e.target.value)}><option value="">Trace a column</option>{columns.slice(0, 400).map((c) => <option key={c} value={c}>{c}</option>)}</select>}
          <Seg label="Depth" value={depth} onChange={(d) => set("depth", d === "2" ? null : d)} options={[{ value: "1", label: "1" }, { value: "2", label: "2" }, { value: "all", label: "All" }]} />
        </div></header>
      <Show of={lineage} missing="This node does not observe lineage." rows={4}>{(l) => (l.edges.length === 0 ? <Empty>Nobody reads it and no query writes it, as far as this node has seen. Whoever produces, reads or queries it appears here.</Empty> : <Graph lineage={l} topic={topic} />)}</Show>
    </section>
  );
}

function Graph({ lineage, topic }: { lineage: Lineage; topic: string }) {
  const threadOf = useThreads(), { tick } = useLive();
  const graph = useMemo(() => graphOf(lineage), [lineage]);
  const drawing = useMemo(() => lineageLayout(graph), [graph]);
  const tracks = useMemo(() => drawing.threads.map((t) => ({ ...t, track: track(t.whole) })), [drawing]);
  const lit = useMemo(() => (lineage.trace ? new Set(lineage.trace.path) : null), [lineage]);
  const onPath = useMemo(() => (lit ? new Set(lineage.edges.flatMap((e, i) => (lit.has(i) ? [e.from, e.to] : []))) : null), [lit, lineage]);
  const rateOf = (id: string) => { const n = graph.nodes.get(id), t = n ? topicOf(n) : null; return t ? tick?.topics[t]?.records_per_second ?? null : null; };
  const still = useMemo(() => new Map(lineage.nodes.map((n) => [n.id, rateOf(n.id)])), [lineage]);   // eslint-disable-line react-hooks/exhaustive-deps
  const dim = (t: { edges: number[] }) => Boolean(lit && !t.edges.some((e) => lit.has(e)));
  const beads = tracks.filter((t) => t.status === "ok" || t.status === "seen_not_declared").map((t) => ({ id: t.id, track: t.track, thread: threadOf(t.domain), rate: lineage.edges[t.edges[0] ?? -1]?.records_per_second ?? rateOf(t.rateOf) ?? 0, dim: dim(t) }));
  const here = `topic:${topic}`;
  const middle = drawing.cards.find((c) => c.node.id === here);
  return (
    <Behind className="linbox" label="Threads of the lineage" table={() => linksTable(graph, rateOf)}>
      <Pane width={drawing.width} height={drawing.height} label="Lineage graph" beads={beads} minScale={0.62} maxHeight={640} startAt={middle ? middle.x + middle.w / 2 : 0} neighbours={(id, k) => (k === "ArrowRight" ? graph.out.get(id)?.[0]?.to : graph.into.get(id)?.[0]?.from)}>
        <Drawn drawing={drawing} threadOf={threadOf} rate={(id) => still.get(id) ?? null} lit={lit} />
        {[...drawing.cards, ...drawing.readers].map((c) => <Node key={c.node.id} at={c} here={c.node.id === here} dim={Boolean(onPath && !onPath.has(c.node.id) && c.node.id !== here)} note={lineage.trace?.notes[c.node.id]} label={describe(graph, c.node.id)} undeclared={!isCard(c.node) && [...(graph.into.get(c.node.id) ?? [])].some((e) => e.status === "seen_not_declared")} rateNow={rateOf(c.node.id)} writes={(graph.out.get(c.node.id) ?? []).length > 0} />)}
        {drawing.knots.map((k) => <Knot key={k.node.id} knot={k} thread={threadOf(k.node.domain)} state={k.node.state} dim={Boolean(onPath && !onPath.has(k.node.id))} label={`query ${k.node.name}${k.node.sketch ? `, ${k.node.sketch}` : ""}, ${k.node.state}`} href={`/operations/queries/${encodeURIComponent(k.node.name)}`} />)}
      </Pane>
    </Behind>
  );
}
function Node({ at: c, here, dim, note, label, undeclared, rateNow, writes }: { writes: boolean; at: CardAt; here: boolean; dim: boolean; note: string | undefined; label: string; undeclared: boolean; rateNow: number | null }) {
  const n = c.node;
  const second = note ?? (undeclared ? null : isCard(n) ? (rateNow === null ? (n.kind === "topic" && !n.product ? "topic, no product" : n.owner ?? "") : `${rate(rateNow)}/s`) : n.kind === "client" ? (writes ? "producer" : n.via === "sql" ? "push query" : n.via === "http" ? "by HTTP" : "client") : n.kind === "consumer" ? (n.owner ?? "consumer") : n.kind === "query" ? "push query" : n.last_seen ? `group, seen ${ago(n.last_seen)}` : "group");
  return (
    <Link className={`mnode${isCard(n) ? "" : " reader"}${here ? " here" : ""}${dim ? " dim" : ""}${n.state === "draft" ? " draft" : ""}`} to={pageOfNode(n)} data-node={n.id} style={{ left: c.x, top: c.y, width: c.w, height: c.h }}>
      <span className="l1"><Mark domain={n.domain} /><span className="nm" title={n.name}><Name most={isCard(n) ? 24 : 16}>{n.name}</Name></span>{n.state === "draft" && <Chip kind="line">Draft</Chip>}{n.state === "deprecated" && <Chip>ends</Chip>}</span>
      <span className="l2" title={note}>{undeclared && !note ? <Status state="warn">not registered</Status> : note ? <span className="mono tiny">{note}</span> : second}</span>
      {label && <span className="vh">, {label}</span>}
    </Link>
  );
}

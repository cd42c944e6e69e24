// The map: regions, cards, knots, threads, beads. What screen readers meet is a list of links in reading order; arrow keys follow threads.
import { useMemo } from "react";
import { Link } from "react-router-dom";
import { ArrowRight, CircleDashed } from "lucide-react";
import { useLive, useTopicRate, useTopicRates } from "../../api";
import type { LineageNode } from "../../api/contract";
import type { ProductSummary } from "../../api/schema";
import { Mark, useThreads, type Standing } from "../../parts";
import { At, Drawn, Knot, Pane, describe, meshLayout, topicOf, track, type CardAt } from "../../parts/graph";
import { Chip, Name, Spark, Status, ago, rate, seconds } from "../../ui";
import { pageOf, type Mesh } from "./mesh";

interface Props { mesh: Mesh; standings: Map<string, Standing>; mark: "promises" | "freshness"; domain: string | null; mine: readonly string[] }
export function MeshMap({ mesh, standings, mark, domain, mine }: Props) {
  const threadOf = useThreads();
  const { tick } = useLive();
  const drawing = useMemo(() => meshLayout(mesh.graph), [mesh.graph]);
  const tracks = useMemo(() => drawing.threads.map((t) => ({ ...t, track: track(t.whole) })), [drawing]);
  const rateOf = (id: string) => { const n = mesh.graph.nodes.get(id), topic = n ? topicOf(n) : null; return topic ? tick?.topics[topic]?.records_per_second ?? null : null; };
  const beads = tracks.filter((t) => t.status !== "at_rest" && t.status !== "declared_never_seen").map((t) => ({ id: t.id, track: t.track, thread: threadOf(t.domain), rate: mesh.graph.edges.find((e) => e.index === t.edges[0])?.records_per_second ?? rateOf(t.rateOf) ?? 0 }));
  const say = (id: string) => describe(mesh.graph, id);
  const neighbours = (id: string, key: string) => { const step = (x: string) => (key === "ArrowRight" ? mesh.graph.out.get(x)?.[0]?.to : mesh.graph.into.get(x)?.[0]?.from); return step(id); };
  // widths of threads follow the rate in steps, so the drawing is not repainted every second
  const steps = JSON.stringify(drawing.threads.map((t) => Math.round(Math.log10(1 + (rateOf(t.rateOf) ?? 0)) * 4)));
  const rateStep = useMemo(() => { const now = new Map(drawing.threads.map((t) => [t.rateOf, rateOf(t.rateOf)])); return (id: string) => now.get(id) ?? null; }, [steps, drawing]);   // eslint-disable-line react-hooks/exhaustive-deps
  const threads = JSON.stringify(drawing.regions.map((r) => threadOf(r.domain)));
  const threadStep = useMemo(() => threadOf, [threads]);   // eslint-disable-line react-hooks/exhaustive-deps
  return (
    <Pane width={drawing.width} height={drawing.height + 8} label={`Map of the mesh: ${drawing.regions.map((r) => `${r.domain ?? "no domain"} with ${drawing.cards.filter((c) => (c.node.domain ?? null) === r.domain).map((c) => c.node.name).join(", ")}`).join("; ")}.`} beads={beads} neighbours={neighbours} maxHeight={2400}>
      <Drawn drawing={drawing} threadOf={threadStep} rate={rateStep} />
      {drawing.regions.map((r) => (
        <section key={r.domain ?? ""} aria-label={r.domain ?? "no domain"} className={domain && domain !== r.domain ? "away" : undefined}>
          <At x={r.x + 14} y={r.y + 8} w={r.w - 28}><div className="rname"><Mark domain={r.domain} />{r.domain ? <Name most={26}>{r.domain}</Name> : "no domain"}<span>{drawing.cards.find((c) => c.node.domain === r.domain)?.node.owner ?? ""}{r.domain && mine.includes(r.domain) ? ", yours" : ""}</span></div></At>
          {drawing.cards.filter((c) => (c.node.domain ?? null) === r.domain).map((c) => <Card key={c.node.id} at={c} product={mesh.product.get(c.node.id)} standing={standings.get(c.node.name)} mark={mark} label={say(c.node.id)} />)}
          {r.notes.map((n, i) => <At key={n.text} x={r.x + 14} y={r.y + r.h - 8 - 22 * (r.notes.length - i)} w={r.w - 28}><div className="mfoot" title={n.text}>{n.kind === "written" ? <ArrowRight className="i xs" /> : <CircleDashed className="i xs" />}{n.text}</div></At>)}
        </section>
      ))}
      {drawing.knots.map((k) => <Knot key={k.node.id} knot={k} thread={threadOf(k.node.domain)} state={k.node.state} label={`query ${k.node.name}${k.node.sketch ? `, ${k.node.sketch}` : ""}, ${k.node.state}`} href={pageOf(k.node, undefined)} />)}
      {drawing.readersAt && <At x={drawing.readersAt.x} y={drawing.readersAt.y}><div className="rname">Readers<span>outside SQL</span></div></At>}
      {drawing.readers.map((r) => <Reader key={r.node.id} at={r} undeclared={(mesh.graph.into.get(r.node.id) ?? []).some((e) => e.status === "seen_not_declared")} />)}
    </Pane>
  );
}

function Card({ at, product, standing, mark, label }: { at: CardAt; product: ProductSummary | undefined; standing: Standing | undefined; mark: "promises" | "freshness"; label: string }) {
  const topic = topicOf(at.node);
  const r = useTopicRate(topic), rates = useTopicRates(topic);
  const age = useLive().tick?.topics[topic ?? ""]?.age_s ?? standing?.ageS ?? null;
  const state = at.node.state;
  const rest = r !== null && r === 0 && age !== null && age > 120;
  return (
    <Link className={`mnode${state === "draft" ? " draft" : ""}${product ? "" : " plain"}`} to={pageOf(at.node, product)} data-node={at.node.id} style={{ left: at.x, top: at.y, width: at.w, height: at.h }}>
      <span className="l1"><span className="nm" title={at.node.name}><Name most={24}>{at.node.name}</Name></span>
        {state === "draft" ? <span className="right"><Chip kind="line">Draft</Chip></span> : state === "deprecated" ? <span className="right"><Chip>Deprecated</Chip></span> : !product ? <span className="right sub">topic</span> : mark === "freshness" ? <span className="right sub">{age === null ? "" : `${seconds(age)} old`}</span> : standing ? <Status state={standing.state === "none" ? "none" : standing.state} bare={standing.state !== "broken"}>{standing.text}</Status> : null}
      </span>
      <span className="l2">{r === 0 && age === null ? <span>no record yet</span> : rest ? <span>at rest since {ago(Date.now() - (age ?? 0) * 1000)}</span> : r === null ? <span>not measured yet</span> : <span><b className="rate">{rate(r)}</b>/s</span>}{!rest && !(r === 0 && age === null) && <Spark values={rates} bad={standing?.state === "broken" && mark === "promises"} />}</span>
      {label && <span className="vh">, {label}</span>}
    </Link>
  );
}
function Reader({ at, undeclared }: { at: { node: LineageNode; x: number; y: number; w: number; h: number }; undeclared: boolean }) {
  const n = at.node;
  return (
    <Link className="mnode reader" to={pageOf(n, undefined)} data-node={n.id} style={{ left: at.x, top: at.y, width: at.w, height: at.h }}>
      <span className="l1"><Mark domain={n.domain} /><span className="nm" title={n.name}><Name most={18}>{n.name}</Name></span></span>
      <span className="l2">{undeclared ? <Status state="warn">not registered</Status> : n.kind === "group" ? "group" : n.kind === "consumer" ? "registered" : n.kind === "query" ? "push query" : "client"}</span>
    </Link>
  );
}

// Threads as a table: who feeds whom, through which query, how fast, and whether what was declared was seen.
import { Link } from "react-router-dom";
import type { LineageEdge, LineageNode } from "../../api/contract";
import { Name, ago, rate, type TableForm } from "../../ui";
import { topicOf, type Graph } from "./model";

const words: { [s: string]: string } = { ok: "in use", declared_never_seen: "registered, never seen", seen_not_declared: "seen, not registered", at_rest: "at rest" };
const kinds: { [k: string]: string } = { reads: "is read by query", writes: "writes", produces: "produces to", consumes: "is read by" };
export const pageOfNode = (n: LineageNode): string => (n.kind === "product" || (n.kind === "topic" && n.product) ? `/products/${encodeURIComponent(n.product ?? n.name)}` : n.kind === "topic" ? `/operations/topics/${encodeURIComponent(topicOf(n) ?? n.name)}` : n.kind === "group" ? `/operations/groups/${encodeURIComponent(n.name)}` : n.kind === "query" ? `/operations/queries/${encodeURIComponent(n.name)}` : `/explore?q=${encodeURIComponent(n.name)}`);
export function linksTable(graph: Graph, rateOf: (id: string) => number | null): TableForm {
  const at = (id: string) => { const n = graph.nodes.get(id)!; return <Link className="tname" to={pageOfNode(n)}><Name most={40}>{n.name}</Name></Link>; };
  const speed = (e: LineageEdge) => e.records_per_second ?? rateOf(e.kind === "writes" || e.kind === "produces" ? e.to : e.from);
  return {
    head: ["From", "Does", "To", "Records/s", "State", "Last seen"], num: [3],
    rows: graph.edges.map((e) => { const r = speed(e); return [at(e.from), kinds[e.kind] ?? e.kind, at(e.to), r === null ? "not measured" : rate(r), words[e.status] ?? e.status, e.last_seen ? ago(e.last_seen) : "never"]; }),
  };
}

// The graph of who feeds whom, ready to be laid out: cards (products, topics), knots (queries), readers and producers, threads between them.
import type { Lineage, LineageEdge, LineageNode } from "../../api/contract";

export interface Graph { nodes: Map<string, LineageNode>; edges: (LineageEdge & { index: number })[]; out: Map<string, (LineageEdge & { index: number })[]>; into: Map<string, (LineageEdge & { index: number })[]> }
export function graphOf(lineage: Lineage): Graph {
  const nodes = new Map(lineage.nodes.map((n) => [n.id, n]));
  const edges = lineage.edges.map((e, index) => ({ ...e, index })).filter((e) => nodes.has(e.from) && nodes.has(e.to));
  const out: Graph["out"] = new Map(), into: Graph["into"] = new Map();
  for (const e of edges) { (out.get(e.from) ?? out.set(e.from, []).get(e.from)!).push(e); (into.get(e.to) ?? into.set(e.to, []).get(e.to)!).push(e); }
  return { nodes, edges, out, into };
}
export const isCard = (n: LineageNode) => n.kind === "product" || n.kind === "topic";
export const topicOf = (n: LineageNode) => (isCard(n) ? n.id.replace(/^(topic|product):/, "") : null);

// Longest path from the left. Cycles are opened where the walk comes back; those edges go backwards.
export function ranks(ids: readonly string[], next: (id: string) => readonly string[]): { rank: Map<string, number>; back: Set<string> } {
  const state = new Map<string, 1 | 2>(), order: string[] = [], back = new Set<string>();
  const inSet = new Set(ids);
  for (const root of ids) {
    if (state.has(root)) continue;
    const stack: { id: string; i: number }[] = [{ id: root, i: 0 }];
    state.set(root, 1);
    while (stack.length) {
      const top = stack[stack.length - 1]!, to = next(top.id)[top.i++];
      if (to === undefined) { state.set(top.id, 2); order.push(top.id); stack.pop(); continue; }
      if (!inSet.has(to) || to === top.id) continue;
      const s = state.get(to);
      if (s === 1) back.add(`${top.id}>${to}`);
      else if (s === undefined) { state.set(to, 1); stack.push({ id: to, i: 0 }); }
    }
  }
  const rank = new Map<string, number>(ids.map((id) => [id, 0]));
  for (const id of order.reverse()) for (const to of next(id)) if (inSet.has(to) && to !== id && !back.has(`${id}>${to}`)) rank.set(to, Math.max(rank.get(to)!, rank.get(id)! + 1));
  return { rank, back };
}

// What threads say to those who do not see them: "joined into high_value_stock_trades, read by settlement-check".
export function describe(graph: Graph, id: string): string {
  const n = graph.nodes.get(id);
  if (!n) return "";
  const to = (graph.out.get(id) ?? []).map((e) => {
    const target = graph.nodes.get(e.to)!;
    if (target.kind !== "query") return `read by ${target.name}`;
    const writes = (graph.out.get(e.to) ?? []).map((w) => graph.nodes.get(w.to)?.name).filter(Boolean).join(" and ");
    const many = (graph.into.get(e.to) ?? []).length > 1;
    return `${many ? "joined into" : "turned into"} ${writes || target.name}`;
  });
  return to.join(", ");
}
// What a query does, in at most two words: it stands below a knot of 28 pixels, beside the card it writes.
export function querySketch(n: LineageNode): string {
  const first = (n.sketch ?? "").split(",")[0]?.trim() ?? "";
  const window = /(\d+)\s*(second|minute|hour|day)s?\b/i.exec(n.sketch ?? "");
  if (window && /group|window|aggregate/i.test(first)) return `${window[1]} ${{ s: "s", m: "min", h: "h", d: "d" }[window[2]![0]!.toLowerCase()]}`;
  return first.replace(/^window /, "").replace(/^group by .*/, "group by");
}

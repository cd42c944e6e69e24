// The mesh as one graph: what lineage has seen, and products that it has not (yet).
import type { Lineage, LineageNode } from "../../api/contract";
import type { ProductSummary } from "../../api/schema";
import { graphOf, isCard, topicOf, type Graph } from "../../parts/graph";

export interface Mesh { nodes: LineageNode[]; graph: Graph; product: Map<string, ProductSummary> }   // product: by node id
export function meshOf(products: readonly ProductSummary[], lineage: Lineage | undefined): Mesh {
  const byTopic = new Map<string, ProductSummary>();
  for (const p of products) for (const port of p.ports) if (port.topic) byTopic.set(port.topic.toLowerCase(), p);
  const byName = new Map(products.map((p) => [p.name.toLowerCase(), p]));
  // Who looks at records in a browser or a shell is no reader that anybody relies on: the map leaves them out, the product page lists them.
  const passing = new Set((lineage?.nodes ?? []).filter((n) => n.interactive).map((n) => n.id)), readsByHttp = new Set((lineage?.nodes ?? []).filter((n) => n.kind === "consumer" && n.via === "http").map((n) => n.id));
  const edges = (lineage?.edges ?? []).filter((e) => !passing.has(e.to) && !passing.has(e.from) && !(e.status === "seen_not_declared" && readsByHttp.has(e.to)));
  const nodes = (lineage?.nodes ?? []).filter((n) => !passing.has(n.id) && (!n.name.startsWith("_") || !isCard(n)));
  const product = new Map<string, ProductSummary>(), seen = new Set<string>();
  const all: LineageNode[] = nodes.map((n) => {
    const p = isCard(n) ? byName.get((n.product ?? "").toLowerCase()) ?? byTopic.get((topicOf(n) ?? "").toLowerCase()) : undefined;
    if (!p) return n;
    product.set(n.id, p);
    seen.add(p.name);
    return { ...n, kind: "product", name: p.name, domain: p.domain, state: p.state, owner: p.owner };
  });
  for (const p of products) if (!seen.has(p.name)) { const id = `topic:${p.ports[0]?.topic ?? p.name}`; product.set(id, p); all.push({ id, kind: "product", name: p.name, domain: p.domain, state: p.state, owner: p.owner, product: p.name }); }
  // a topic that nobody owns, reads or writes says nothing about the mesh
  const linked = new Set(edges.flatMap((e) => [e.from, e.to]));
  const kept = all.filter((n) => n.kind === "product" || linked.has(n.id));
  return { nodes: kept, graph: graphOf({ nodes: kept, edges }), product };
}
export const pageOf = (n: LineageNode, p: ProductSummary | undefined) => (p ? `/products/${encodeURIComponent(p.name)}` : n.kind === "query" ? `/operations/queries/${encodeURIComponent(n.name)}` : n.kind === "group" ? `/operations/groups/${encodeURIComponent(n.name)}` : isCard(n) ? `/operations/topics/${encodeURIComponent(topicOf(n) ?? n.name)}` : `/explore?q=${encodeURIComponent(n.name)}`);

// The map of the mesh: one region per domain, ranked left to right by who feeds whom; inside, its products; before each derived product the knot of its query;
// at the right, who reads outside SQL. Pure: the same mesh gives the same picture.
import type { LineageNode } from "../../api/contract";
import { braidLength, braidPieces, route, strand, strandStart, type Point } from "./geometry";
import { isCard, ranks, type Graph } from "./model";

export interface Box { x: number; y: number; w: number; h: number }
export interface CardAt extends Box { node: LineageNode }
export interface KnotAt { node: LineageNode; x: number; y: number }
export interface Thread { id: string; from: string; to: string; domain: string | null; points: Point[]; whole: Point[]; rateOf: string; status: string; edges: number[]; halo: boolean }
export interface Braid { knot: string; strands: (string | null)[]; threads: string[]; pieces: { strand: number; points: Point[]; over: boolean }[] }
export interface Region extends Box { domain: string | null; notes: { kind: "written" | "unseen"; text: string }[] }
export interface Drawing { regions: Region[]; cards: CardAt[]; knots: KnotAt[]; readers: CardAt[]; threads: Thread[]; braids: Braid[]; width: number; height: number; readersAt: Point | null }

const cardW = 218, cardH = 54, cardGap = 34, pad = 14, headH = 34, noteH = 22, gutter = 84, colGap = 150, regionGap = 40, top = 14, left = 18, readerW = 152, readerH = 44;

// Placed three times: each time the order of domains and cards follows where their neighbours were, so that few threads cross.
export function meshLayout(g: Graph): Drawing {
  let drawing = arrange(g, new Map());
  for (let pass = 0; pass < 3; pass++) drawing = arrange(g, new Map([...drawing.cards, ...drawing.readers].map((c) => [c.node.id, c.y + c.h / 2])));
  return drawing;
}
function arrange(g: Graph, before: ReadonlyMap<string, number>): Drawing {
  const cards = [...g.nodes.values()].filter(isCard);
  const queries = [...g.nodes.values()].filter((n) => n.kind === "query");
  const domainOf = (n: LineageNode) => n.domain ?? "";
  const domains = [...new Set(cards.map(domainOf))].sort();
  // a query sits in the region of what it writes; one that writes nothing is a reader
  const writes = new Map<string, string>();
  for (const q of queries) { const w = (g.out.get(q.id) ?? []).find((e) => g.nodes.get(e.to) && isCard(g.nodes.get(e.to)!)); if (w) writes.set(q.id, w.to); }
  const feeds = (id: string): string[] => (g.out.get(id) ?? []).flatMap((e) => { const q = g.nodes.get(e.to); return q?.kind === "query" && writes.has(q.id) ? [writes.get(q.id)!] : []; });
  const members = new Map(domains.map((d) => [d, cards.filter((c) => domainOf(c) === d)]));
  const between = (d: string) => [...new Set(members.get(d)!.flatMap((c) => feeds(c.id)).map((id) => domainOf(g.nodes.get(id)!)))].filter((x) => x !== d);
  const { rank } = ranks(domains, between);
  // nothing is made of anything yet: domains stand side by side, not one above the other
  if (queries.length === 0 && domains.length > 1) domains.forEach((d, i) => rank.set(d, i % Math.min(3, domains.length)));
  const readers = [...g.nodes.values()].filter((n) => (n.kind === "group" || n.kind === "client" || (n.kind === "consumer" && (g.into.get(n.id) ?? []).some((e) => e.status !== "declared_never_seen")) || (n.kind === "query" && !writes.has(n.id))) && (g.into.get(n.id) ?? []).length > 0);

  // where those stand that feed it or that it feeds, through queries
  const near = (id: string) => [...(g.into.get(id) ?? []).flatMap((e) => (g.nodes.get(e.from)?.kind === "query" ? (g.into.get(e.from) ?? []).map((r) => r.from) : [e.from])), ...feeds(id), ...(g.out.get(id) ?? []).map((e) => e.to)].map((n) => before.get(n)).filter((y): y is number => y !== undefined);
  const mean = (ys: number[]) => (ys.length ? ys.reduce((a, b) => a + b, 0) / ys.length : 1e9);

  const drawing: Drawing = { regions: [], cards: [], knots: [], readers: [], threads: [], braids: [], width: 0, height: 0, readersAt: null };
  const at = new Map<string, Box>();
  const columns = Math.max(0, ...domains.map((d) => rank.get(d)!)) + 1;
  let x = left;
  for (let c = 0; c < columns; c++) {
    const here = domains.filter((d) => rank.get(d) === c);
    const centre = (d: string) => mean(members.get(d)!.flatMap((m) => near(m.id)));
    here.sort((a, b) => centre(a) - centre(b) || a.localeCompare(b));
    let y = top, widest = 0;
    for (const d of here) {
      const own = members.get(d)!;
      const inner = ranks(own.map((m) => m.id), (id) => feeds(id).filter((t) => own.some((m) => m.id === t)));
      const subs = Math.max(...own.map((m) => inner.rank.get(m.id)!)) + 1;
      const derived = (sub: number) => own.some((m) => inner.rank.get(m.id) === sub && (g.into.get(m.id) ?? []).some((e) => writes.has(e.from)));
      let sx = x + pad, tall = 0;
      for (let s = 0; s < subs; s++) {
        if (derived(s)) sx += s === 0 ? gutter : gutter + braidLength - 30;
        const column = own.filter((m) => inner.rank.get(m.id) === s);
        const want = (m: LineageNode) => mean(near(m.id));
        column.sort((a, b) => want(a) - want(b) || a.name.localeCompare(b.name));
        let cy = y + headH;
        for (const m of column) {
          const box = { x: sx, y: cy, w: cardW, h: cardH };
          at.set(m.id, box);
          drawing.cards.push({ ...box, node: m });
          cy += cardH + (derived(s) ? cardGap : 12);
        }
        tall = Math.max(tall, cy - y - (derived(s) ? cardGap : 12));
        sx += cardW + (s < subs - 1 ? 26 : 0);
      }
      const notes = regionNotes(g, own);
      const region = { x, y, w: sx + pad - x, h: tall + pad + (notes.length ? notes.length * noteH : 0), domain: d || null, notes };
      drawing.regions.push(region);
      widest = Math.max(widest, region.w);
      y += region.h + regionGap;
    }
    x += widest + colGap;
    drawing.height = Math.max(drawing.height, y - regionGap + top);
  }
  let right = x - colGap;
  // each column is centred against the tallest
  for (let c = 0; c < columns; c++) {
    const here = drawing.regions.filter((r) => rank.get(r.domain ?? "") === c);
    if (!here.length) continue;
    const end = Math.max(...here.map((r) => r.y + r.h)), shift = Math.max(0, (drawing.height - top - end) / 2), extra = here.length > 1 ? Math.min(70, (shift * 2) / (here.length + 1)) : 0;
    here.forEach((r, i) => { const dy = here.length > 1 ? shift - (extra * (here.length - 1)) / 2 + extra * i : shift; r.y += dy; for (const card of drawing.cards) if ((card.node.domain ?? "") === (r.domain ?? "")) { card.y += dy; at.get(card.node.id)!.y = card.y; } });
  }
  if (readers.length) {
    const rx = right + 86;
    const source = (n: LineageNode) => at.get((g.into.get(n.id) ?? [])[0]?.from ?? "");
    readers.sort((a, b) => (source(a)?.y ?? 0) - (source(b)?.y ?? 0) || a.name.localeCompare(b.name));
    let ry = top + 30;
    for (const n of readers) {
      const s = source(n), yy = Math.max(ry, (s ? s.y + s.h / 2 : 0) - readerH / 2);
      const box = { x: rx, y: yy, w: readerW, h: readerH };
      at.set(n.id, box);
      drawing.readers.push({ ...box, node: n });
      ry = yy + readerH + 14;
    }
    drawing.readersAt = { x: rx, y: top + 8 };
    right = rx + readerW;
    drawing.height = Math.max(drawing.height, ry + 4);
  }
  drawing.width = right + left;
  for (const q of queries) { const target = at.get(writes.get(q.id) ?? ""); if (target) drawing.knots.push({ node: q, x: target.x - 38, y: target.y + cardH / 2 }); }
  knotsApart(drawing.knots);
  addThreads(g, drawing, at);
  return drawing;
}

// Two queries that write the same topic stand above each other.
function knotsApart(knots: KnotAt[]) {
  const seen = new Map<string, KnotAt[]>();
  for (const k of knots) { const key = `${k.x}:${k.y}`; (seen.get(key) ?? seen.set(key, []).get(key)!).push(k); }
  for (const group of seen.values()) if (group.length > 1) group.forEach((k, i) => { k.y += (i - (group.length - 1) / 2) * 26; });
}
function regionNotes(g: Graph, own: LineageNode[]): Region["notes"] {
  const notes: Region["notes"] = [];
  const writers = [...new Set(own.flatMap((m) => (g.into.get(m.id) ?? []).filter((e) => e.kind === "produces").map((e) => g.nodes.get(e.from)?.name ?? "")))].filter(Boolean);
  if (writers.length) notes.push({ kind: "written", text: `written by ${writers.slice(0, 2).join(", ")}${writers.length > 2 ? ` and ${writers.length - 2} more` : ""}` });
  const unseen = [...new Set(own.flatMap((m) => (g.out.get(m.id) ?? []).filter((e) => e.status === "declared_never_seen" && g.nodes.get(e.to)?.kind === "consumer").map((e) => g.nodes.get(e.to)!.name)))];
  if (unseen.length) notes.push({ kind: "unseen", text: unseen.length === 1 ? `${unseen[0]}: registered, never read` : `${unseen.length} registered consumers never read` });
  return notes;
}

export function addThreads(g: Graph, d: Drawing, at: Map<string, Box>) {
  const knotAt = new Map(d.knots.map((k) => [k.node.id, k]));
  // ports on the right edge of a card, in the order of where they lead
  const outs = new Map<string, { to: string; y: number }[]>();
  const y = (id: string) => knotAt.get(id)?.y ?? (at.get(id)?.y ?? 0) + (at.get(id)?.h ?? 0) / 2;
  for (const e of g.edges) if (at.has(e.from) && (knotAt.has(e.to) || at.has(e.to))) (outs.get(e.from) ?? outs.set(e.from, []).get(e.from)!).push({ to: e.to, y: y(e.to) });
  const portOf = (from: string, to: string): Point => {
    const box = at.get(from)!, all = (outs.get(from) ?? []).sort((a, b) => a.y - b.y), i = all.findIndex((o) => o.to === to), step = Math.min(6, (box.h - 16) / Math.max(1, all.length));
    return { x: box.x + box.w, y: box.y + box.h / 2 + (i - (all.length - 1) / 2) * step };
  };
  const bottom = d.height;
  let lanes = 0;
  const laneFor = (a: Point, b: Point) => {
    const blocked = [...d.cards, ...d.readers, ...d.regions.map((r) => ({ x: r.x, y: r.y, w: r.w, h: 34 }))].some((c) => c.x > a.x + 4 && c.x + c.w < b.x - 4 && crosses(c, a, b));
    return b.x < a.x + 10 || blocked ? bottom + 4 + 10 * (lanes++ % 6) : null;
  };
  const sourceDomain = (id: string) => g.nodes.get(id)?.domain ?? null;
  for (const k of d.knots) {
    const reads = (g.into.get(k.node.id) ?? []).filter((e) => at.has(e.from)).sort((a, b) => y(a.from) - y(b.from)), n = reads.length;
    const ring = 10, bx = k.x - ring - braidLength;
    const strands: (string | null)[] = [], ids: string[] = [];
    reads.forEach((e, i) => {
      // the strand that begins highest takes the thread that comes from highest
      const slot = n < 2 ? 0 : [...Array(n).keys()].sort((a, b) => strandStart(a, n) - strandStart(b, n))[i]!;
      const a = portOf(e.from, k.node.id), b: Point = n < 2 ? { x: k.x - ring, y: k.y } : { x: bx, y: k.y + strandStart(slot, n) };
      const points = route(a, b, laneFor(a, b)), id = `${e.from}>${k.node.id}`;
      d.threads.push({ id, from: e.from, to: k.node.id, domain: sourceDomain(e.from), points, whole: n < 2 ? points : [...points, ...strand(bx, k.y, slot, n)], rateOf: e.from, status: e.status, edges: [e.index], halo: true });
      strands[slot] = sourceDomain(e.from);
      ids[slot] = id;
    });
    if (n > 1) d.braids.push({ knot: k.node.id, strands, threads: ids, pieces: braidPieces(bx, k.y, n) });
    for (const e of (g.out.get(k.node.id) ?? [])) {
      const target = at.get(e.to);
      if (!target) continue;
      const points = [{ x: k.x + ring, y: k.y }, { x: target.x, y: target.y + target.h / 2 }];
      d.threads.push({ id: `${k.node.id}>${e.to}`, from: k.node.id, to: e.to, domain: sourceDomain(e.to), points, whole: points, rateOf: e.to, status: e.status, edges: [e.index], halo: false });
    }
  }
  for (const e of g.edges) {
    const target = at.get(e.to), source = at.get(e.from);
    if (!target || !source || knotAt.has(e.to) || knotAt.has(e.from)) continue;
    const a = portOf(e.from, e.to), b = { x: target.x, y: target.y + target.h / 2 }, points = route(a, b, laneFor(a, b));
    const from = g.nodes.get(e.from)!;
    d.threads.push({ id: `${e.from}>${e.to}`, from: e.from, to: e.to, domain: isCard(from) ? from.domain : sourceDomain(e.to), points, whole: points, rateOf: isCard(from) ? e.from : e.to, status: e.status, edges: [e.index], halo: true });
  }
  if (lanes > 0) d.height = bottom + 14 + 10 * Math.min(6, lanes);
}
function crosses(c: Box, a: Point, b: Point): boolean {
  const t = (x: number) => (x - a.x) / Math.max(1, b.x - a.x), ease = (u: number) => u * u * (3 - 2 * u);
  const y1 = a.y + (b.y - a.y) * ease(t(c.x)), y2 = a.y + (b.y - a.y) * ease(t(c.x + c.w));
  return Math.max(y1, y2) > c.y - 6 && Math.min(y1, y2) < c.y + c.h + 6;
}

// Lineage of one thing: columns by longest path, no regions; the same threads, knots and braids as the map. Queries stand right before what they write,
// producers in the column before, readers in the last column.
import type { LineageNode } from "../../api/contract";
import { braidLength } from "./geometry";
import { addThreads, type Box, type Drawing } from "./mesh_layout";
import { isCard, ranks, type Graph } from "./model";

const cardW = 206, cardH = 52, smallW = 146, gapY = 22, gapX = 70, knotSpace = 60;

export function lineageLayout(g: Graph): Drawing {
  const linked = (id: string) => (g.out.get(id) ?? []).length + (g.into.get(id) ?? []).length > 0;
  const writes = (q: LineageNode) => (g.out.get(q.id) ?? []).map((e) => e.to).find((id) => isCard(g.nodes.get(id)!));
  const all = [...g.nodes.values()].filter((n) => linked(n.id) || g.nodes.size === 1);
  const knots = all.filter((n) => n.kind === "query" && writes(n) !== undefined);
  const isKnot = new Set(knots.map((k) => k.id));
  const placed = all.filter((n) => !isKnot.has(n.id));
  const next = (id: string) => (g.out.get(id) ?? []).flatMap((e) => (isKnot.has(e.to) ? [writes(g.nodes.get(e.to)!)!] : [e.to]));
  const cards = placed.filter(isCard);
  const { rank } = ranks(cards.map((c) => c.id), (id) => next(id).filter((t) => isCard(g.nodes.get(t)!)));
  // what has no source in the picture stands right before what it feeds, not at the far left
  for (const c of [...cards].sort((a, b) => rank.get(b.id)! - rank.get(a.id)!)) {
    const to = next(c.id).map((t) => rank.get(t)).filter((r): r is number => r !== undefined && r > rank.get(c.id)!);
    if (to.length && !(g.into.get(c.id) ?? []).some((e) => isKnot.has(e.from))) rank.set(c.id, Math.min(...to) - 1);
  }
  const deepest = Math.max(0, ...cards.map((c) => rank.get(c.id)!));
  const others = placed.filter((n) => !isCard(n));
  const producers = others.filter((n) => (g.out.get(n.id) ?? []).length > 0), readers = others.filter((n) => (g.out.get(n.id) ?? []).length === 0);
  for (const p of producers) rank.set(p.id, Math.min(...next(p.id).map((t) => rank.get(t) ?? 0)) - 1);
  const last = Math.max(deepest, ...readers.map((r) => Math.max(...(g.into.get(r.id) ?? []).map((e) => (rank.get(e.from) ?? 0) + 1))));
  for (const r of readers) rank.set(r.id, last);
  const least = Math.min(0, ...rank.values()), columns: string[][] = [];
  for (const n of placed) (columns[rank.get(n.id)! - least] ??= []).push(n.id);
  const order = Array.from(columns, (c) => (c ?? []).sort((a, b) => g.nodes.get(a)!.name.localeCompare(g.nodes.get(b)!.name)));

  // few crossings: each column follows the middle of its neighbours, left to right and back
  const near = new Map(placed.map((n) => [n.id, [] as string[]]));
  for (const n of placed) for (const t of next(n.id)) { near.get(n.id)?.push(t); near.get(t)?.push(n.id); }
  const level = new Map<string, number>();
  const settle = (c: string[]) => c.forEach((id, i) => level.set(id, i - (c.length - 1) / 2));
  order.forEach(settle);
  for (let pass = 0; pass < 6; pass++) for (const c of pass % 2 ? [...order].reverse() : order) {
    const mid = (id: string) => { const ys = near.get(id)!.map((t) => level.get(t) ?? 0); return ys.length ? ys.reduce((a, b) => a + b, 0) / ys.length : level.get(id)!; };
    const at = new Map(c.map((id) => [id, mid(id)]));
    c.sort((a, b) => at.get(a)! - at.get(b)!);
    settle(c);
  }
  const drawing: Drawing = { regions: [], cards: [], knots: [], readers: [], threads: [], braids: [], width: 0, height: 0, readersAt: null };
  const at = new Map<string, Box>(), rows = Math.max(1, ...order.map((c) => c.length)), height = rows * (cardH + gapY) + 16;
  let x = 8;
  for (const [i, c] of order.entries()) {
    const derived = knots.filter((k) => c.includes(writes(k)!)), joined = derived.some((k) => (g.into.get(k.id) ?? []).length > 1);
    if (i > 0) x += derived.length ? (joined ? braidLength + knotSpace + 30 : knotSpace + 40) : 0;
    const step = Math.min(cardH + gapY + 24, (height - 12) / Math.max(1, c.length)), wide = c.some((id) => isCard(g.nodes.get(id)!)) ? cardW : smallW;
    c.forEach((id, n) => {
      const node = g.nodes.get(id)!, box = { x, y: height / 2 + (n - (c.length - 1) / 2) * step - cardH / 2, w: isCard(node) ? cardW : smallW, h: cardH };
      at.set(id, box);
      (isCard(node) ? drawing.cards : drawing.readers).push({ ...box, node });
    });
    x += wide + (i < order.length - 1 ? gapX : 0);
  }
  const perTarget = new Map<string, number>();
  for (const k of knots) {
    const to = writes(k)!, box = at.get(to)!, n = perTarget.get(to) ?? 0;
    perTarget.set(to, n + 1);
    drawing.knots.push({ node: k, x: box.x - 40, y: box.y + cardH / 2 + (n % 2 ? 1 : -1) * Math.ceil(n / 2) * 28 });
  }
  drawing.width = x + 8;
  drawing.height = height;
  addThreads(g, drawing, at);
  return drawing;
}

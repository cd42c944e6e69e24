// Lineage of one thing: columns by longest path, no regions; the same threads, knots and braids as the map.
import { braidLength } from "./geometry";
import { addThreads, type Box, type Drawing } from "./mesh_layout";
import { isCard, ranks, type Graph } from "./model";

const cardW = 206, cardH = 52, smallW = 140, gapY = 20, gapX = 76, knotSpace = braidLength + 52;

export function lineageLayout(g: Graph): Drawing {
  const ids = [...g.nodes.keys()].filter((id) => (g.out.get(id) ?? []).length + (g.into.get(id) ?? []).length > 0 || g.nodes.size === 1);
  const { rank } = ranks(ids, (id) => (g.out.get(id) ?? []).map((e) => e.to));
  const columns: string[][] = [];
  for (const id of ids) (columns[rank.get(id)!] ??= []).push(id);
  // producers stand right before what they write
  const at = new Map<string, Box>(), drawing: Drawing = { regions: [], cards: [], knots: [], readers: [], threads: [], braids: [], width: 0, height: 0, readersAt: null };
  const level = new Map<string, number>();
  // order within a column by the middle of what feeds it, then twice by what it feeds: few crossings
  const order = columns.map((c) => (c ?? []).sort((a, b) => g.nodes.get(a)!.name.localeCompare(g.nodes.get(b)!.name)));
  const place = () => order.forEach((c) => c.forEach((id, i) => level.set(id, i - (c.length - 1) / 2)));
  place();
  for (let pass = 0; pass < 4; pass++) {
    for (const c of pass % 2 ? [...order].reverse() : order) {
      const mid = (id: string) => { const near = (pass % 2 ? g.out.get(id) ?? [] : g.into.get(id) ?? []).map((e) => level.get(pass % 2 ? e.to : e.from) ?? 0); return near.length ? near.reduce((a, b) => a + b, 0) / near.length : level.get(id)!; };
      c.sort((a, b) => mid(a) - mid(b));
      c.forEach((id, i) => level.set(id, i - (c.length - 1) / 2));
    }
  }
  const rowsMost = Math.max(1, ...order.map((c) => c.length)), height = rowsMost * (cardH + gapY) + 24;
  let x = 8;
  for (const c of order) {
    const knots = c.filter((id) => g.nodes.get(id)!.kind === "query" && (g.out.get(id) ?? []).length > 0);
    const joins = knots.some((id) => (g.into.get(id) ?? []).length > 1);
    const wide = c.some((id) => isCard(g.nodes.get(id)!)) ? cardW : c.some((id) => !knots.includes(id)) ? smallW : 20;
    if (joins) x += knotSpace - gapX;
    const step = Math.min(cardH + gapY + 26, (height - 12) / Math.max(1, c.length));
    c.forEach((id, i) => {
      const n = g.nodes.get(id)!, cy = height / 2 + (i - (c.length - 1) / 2) * step;
      if (knots.includes(id)) { drawing.knots.push({ node: n, x: x + wide / 2, y: cy }); return; }
      const w = isCard(n) ? cardW : smallW, box = { x, y: cy - cardH / 2, w, h: cardH };
      at.set(id, box);
      (isCard(n) ? drawing.cards : drawing.readers).push({ ...box, node: n });
    });
    x += wide + (knots.length === c.length ? 30 : gapX);
  }
  // a knot stands level with what it writes, when that does not collide
  for (const k of drawing.knots) {
    const to = (g.out.get(k.node.id) ?? []).map((e) => at.get(e.to)).find(Boolean);
    if (to && !drawing.knots.some((o) => o !== k && o.x === k.x && Math.abs(o.y - (to.y + cardH / 2)) < 34)) k.y = to.y + cardH / 2;
  }
  drawing.width = x + 8;
  drawing.height = height;
  addThreads(g, drawing, at);
  return drawing;
}

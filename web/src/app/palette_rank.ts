// What the palette offers for some words: pure. Ranked by how well it matches, then by page, then by use.
import type { Action } from "../api";
import { kindOf, placeOf, sh, wordOf } from "../api";
import type { ProductSummary, SearchResult, WhoAmI } from "../api/schema";

export interface Row { id: string; group: "Do" | "Go to" | "Found in the mesh"; title: string; detail?: string; command: string; to: string; why?: string; domain?: string | null; score: number }
interface Given { actions: readonly Action[]; products: readonly ProductSummary[]; found: readonly SearchResult[]; needle: string; page: string; who: WhoAmI | undefined; used: { [id: string]: number } }

const most = { "Do": 6, "Go to": 6, "Found in the mesh": 7 };

// Every word must occur; at the beginning of a word it counts more.
export function match(needle: string, text: string): number {
  const t = text.toLowerCase();
  let score = 0;
  for (const w of needle.toLowerCase().split(/\s+/).filter(Boolean)) {
    const i = t.indexOf(w);
    if (i < 0) return -1;
    score += (i === 0 ? 3 : /[\s_\-./:]/.test(t[i - 1]!) ? 2 : 1) + w.length / Math.max(8, t.length);
  }
  return score;
}
export function rank({ actions, products, found, needle, page, who, used }: Given): Row[] {
  const rows: Row[] = [];
  const may = (a: Action, domain: string | null) => { const m = a.may && who ? a.may(who, domain) : true; return m === true ? undefined : m; };
  for (const a of actions) {
    const targets: { name: string; domain: string | null }[] = !a.about ? [{ name: "", domain: null }] : a.about === "product" ? (needle ? products.filter((p) => !a.of || p.state === a.of).map((p) => ({ name: p.name, domain: p.domain })) : []) : [];
    for (const t of targets) {
      const title = a.title(t.name), hit = needle ? match(needle, `${title} ${a.words ?? ""}`) : 1;
      if (hit < 0) continue;
      const exact = needle && match(needle, title) >= 0 ? 2 : 0;
      const verb = `${a.title("")} ${a.words ?? ""}`.toLowerCase(), meant = !a.ends || needle.toLowerCase().split(/\s+/).some((w) => w !== "" && verb.split(/\s+/).some((v) => v.startsWith(w)));
      const id = a.about ? `${a.id}:${t.name}` : a.id;
      const why = may(a, t.domain);
      rows.push({ id, group: a.group === "do" ? "Do" : "Go to", title, command: a.command(t.name), to: a.to?.(t.name) ?? "/", why, score: hit + exact + (a.page && page.startsWith(`/${a.page}`) ? 1 : 0) + (a.about === "product" && page === `/products/${encodeURIComponent(t.name)}` ? 2 : 0) + Math.min(1, (used[id] ?? 0) * 0.2) - (why ? 1.5 : 0) - (meant ? 0 : 6) });
    }
  }
  for (const [i, r] of found.filter((r) => kindOf(r.type) !== null).entries()) rows.push({ id: `found:${r.type}:${r.qualified_name}`, group: "Found in the mesh", title: r.name, detail: kindOf(r.type) === "product" ? "" : wordOf(r.type).toLowerCase(), command: kindOf(r.type) === "product" ? `braid products show ${sh(r.name)}` : `braid search ${sh(r.name)}`, to: placeOf(r), domain: r.domain || null, score: -i });
  const out: Row[] = [];
  for (const group of ["Do", "Go to", "Found in the mesh"] as const) out.push(...rows.filter((r) => r.group === group).sort((a, b) => b.score - a.score).slice(0, most[group]));
  return out;
}

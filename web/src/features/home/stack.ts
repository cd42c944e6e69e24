// Stacked areas from the minutes of topics: pure. `from` are the beginnings of the periods, oldest first; the last one is not over yet and is left out,
// and what nobody watched (null for every topic) at the beginning is not drawn as zero.
export interface Stacked { areas: { domain: string; path: string; last: number; rates: number[] }[]; minutes: number; ticks: string[]; at: string[] }
export function stack(given: readonly { domain: string; records: readonly (number | null)[] | undefined }[], from: readonly string[], periodS: number, width: number, height: number): Stacked | null {
  const known = given.filter((g): g is { domain: string; records: readonly (number | null)[] } => g.records !== undefined);
  let first = 0;
  while (first < from.length - 1 && known.every((k) => (k.records[first] ?? null) === null)) first++;
  const n = from.length - 1 - first;
  if (n < 3 || known.length === 0) return null;
  const total = (v: number[]) => v.reduce((s, x) => s + x, 0);
  const sums = new Map<string, number[]>();
  for (const k of known) { const v = sums.get(k.domain) ?? Array.from({ length: n }, () => 0); for (let i = 0; i < n; i++) v[i]! += (k.records[first + i] ?? 0) / periodS; sums.set(k.domain, v); }
  const sorted = [...sums].map(([d, v]) => ({ d, v })).sort((a, b) => total(a.v) - total(b.v));
  const top = Math.max(1e-9, ...Array.from({ length: n }, (_, i) => sorted.reduce((s, x) => s + x.v[i]!, 0))) * 1.04;
  const base = Array.from({ length: n }, () => 0);
  const x = (i: number) => ((i / (n - 1)) * width).toFixed(1), y = (v: number) => (height - (v / top) * height).toFixed(1);
  const areas = sorted.map(({ d, v }) => {
    const low = [...base];
    v.forEach((z, i) => { base[i]! += z; });
    return { domain: d, last: v[n - 1]!, rates: v, path: `M${base.map((b, i) => `${x(i)} ${y(b)}`).join("L")}L${low.map((_, i) => `${x(n - 1 - i)} ${y(low[n - 1 - i]!)}`).join("L")}Z` };
  });
  const at = from.slice(first, first + n);
  return { areas, at, minutes: Math.round((n * periodS) / 60), ticks: [0, 0.33, 0.66, 1].map((f) => at[Math.round(f * (n - 1))]!) };
}

// Stacked areas from hours of activity: pure.
import type { Activity } from "../../api/contract";
export interface Stacked { areas: { domain: string; path: string; last: number; rates: number[] }[]; minutes: number; ticks: string[]; at: string[] }
export function stack(given: { domain: string; activity: Activity | undefined }[], width: number, height: number): Stacked | null {
  const known = given.filter((g): g is { domain: string; activity: Activity } => (g.activity?.periods.length ?? 0) > 1 && g.activity!.period_s <= 3600);
  if (known.length === 0) return null;
  const length = Math.min(...known.map((k) => k.activity.periods.length));
  // the last period is not over yet, and what was measured by nobody is not drawn as zero
  const at = (a: Activity, i: number) => a.periods[a.periods.length - length + i]?.records ?? null;
  let first = 0;
  while (first < length - 1 && known.every((k) => at(k.activity, first) === null)) first++;
  const n = length - 1 - first;
  if (n < 3) return null;
  const total = (v: number[]) => v.reduce((s, x) => s + x, 0);
  const rateAt = (d: string, i: number) => known.filter((k) => k.domain === d).reduce((s, k) => s + (at(k.activity, first + i) ?? 0) / k.activity.period_s, 0);
  const sorted = [...new Set(known.map((k) => k.domain))].map((d) => ({ d, v: Array.from({ length: n }, (_, i) => rateAt(d, i)) })).sort((a, b) => total(a.v) - total(b.v));
  const top = Math.max(1e-9, ...Array.from({ length: n }, (_, i) => sorted.reduce((s, x) => s + x.v[i]!, 0))) * 1.04;
  const base = Array.from({ length: n }, () => 0);
  const x = (i: number) => ((i / (n - 1)) * width).toFixed(1), y = (v: number) => (height - (v / top) * height).toFixed(1);
  const areas = sorted.map(({ d, v }) => {
    const low = [...base];
    v.forEach((z, i) => { base[i]! += z; });
    return { domain: d, last: v[n - 1]!, rates: v, path: `M${base.map((b, i) => `${x(i)} ${y(b)}`).join("L")}L${low.map((_, i) => `${x(n - 1 - i)} ${y(low[n - 1 - i]!)}`).join("L")}Z` };
  });
  const periods = known[0]!.activity.periods.slice(-length).slice(first, first + n);
  return { areas, at: periods.map((p) => p.from), minutes: Math.round((n * known[0]!.activity.period_s) / 60), ticks: [0, 0.33, 0.66, 1].map((f) => periods[Math.round(f * (n - 1))]!.from) };
}

// Ordering of table rows: pure, so that it can be tested and measured.
export interface SortKey { key: string; down: boolean }
type Value = string | number | boolean | null | undefined;
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
// What is not known comes last, whichever way one sorts.
export function compare(a: Value, b: Value, down: boolean): number {
  const none = (v: Value) => v === null || v === undefined || v === "";
  if (none(a) || none(b)) return none(a) === none(b) ? 0 : none(a) ? 1 : -1;
  const c = typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
  return down ? -c : c;
}
export function arrange<T>(rows: readonly T[], sort: readonly SortKey[], value: (key: string, row: T) => Value): T[] {
  if (sort.length === 0) return [...rows];
  const keyed = rows.map((row, i) => ({ row, i, v: sort.map((s) => value(s.key, row)) }));
  keyed.sort((a, b) => {
    for (let k = 0; k < sort.length; k++) { const c = compare(a.v[k], b.v[k], sort[k]!.down); if (c) return c; }
    return a.i - b.i;
  });
  return keyed.map((k) => k.row);
}
// How many rows stand elsewhere than they would.
export const moved = (shown: readonly string[], wanted: readonly string[]) => shown.reduce((n, k, i) => n + (wanted[i] === k ? 0 : 1), 0);

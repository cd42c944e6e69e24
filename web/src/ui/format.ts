// Numbers, times and names as words. Fixed decimals per size, so that neighbours never move (DESIGN 4, Live numbers).
const group = new Intl.NumberFormat("en-GB");
export const count = (n: number) => group.format(Math.round(n));

// Rates: two decimals under 10, one under 100, none above; above 10,000 "12.4 k".
export function rate(n: number | null | undefined): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return "";
  if (n < 10) return n.toFixed(2);
  if (n < 100) return n.toFixed(1);
  if (n < 10_000) return count(n);
  return compact(n);
}
export function compact(n: number): string {
  for (const [at, unit] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]] as const) if (Math.abs(n) >= at) { const v = n / at; return `${v < 100 ? v.toFixed(v < 10 ? 2 : 1) : Math.round(v)} ${unit}`; }
  return count(n);
}
export function bytes(n: number): string {
  for (const [at, unit] of [[1 << 30, "GiB"], [1 << 20, "MiB"], [1 << 10, "KiB"]] as const) if (n >= at) return `${(n / at).toFixed(n / at < 10 ? 1 : 0)} ${unit}`;
  return `${Math.round(n)} B`;
}
// A number of data: as many digits as it needs, never an exponent below 1e15.
export function number(n: number): string {
  if (!Number.isFinite(n)) return String(n);
  if (Number.isInteger(n)) return Math.abs(n) < 1e15 ? group.format(n) : n.toExponential(3);
  const abs = Math.abs(n);
  return n.toLocaleString("en-GB", { maximumFractionDigits: abs >= 1000 ? 0 : abs >= 10 ? 1 : abs >= 1 ? 2 : 4 });
}
export function seconds(s: number): string {
  if (s < 0.001) return `${(s * 1e6).toFixed(0)} µs`;
  if (s < 1) return s < 0.1 ? `${(s * 1000).toFixed(0)} ms` : `${s.toFixed(1)} s`;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  const d = Math.floor(s / 86400), h = Math.round((s % 86400) / 3600);
  return d > 0 ? `${d} d${h && h < 24 ? ` ${h} h` : ""}` : `${Math.round(s / 3600)} h`;
}
export const percent = (x: number) => `${x >= 0.9995 && x < 1 ? (x * 100).toFixed(3) : x >= 0.1 || x === 0 ? (x * 100).toFixed(x === 1 || x === 0 ? 0 : 1) : (x * 100).toFixed(2)} %`;

const two = (n: number) => String(n).padStart(2, "0");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
// 14:31:52.641, in UTC: record times are the same for everybody who looks.
export function clock(t: string | number | Date, ms = false): string {
  const d = new Date(t);
  if (Number.isNaN(d.getTime())) return String(t);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}${ms ? `.${String(d.getUTCMilliseconds()).padStart(3, "0")}` : ""}`;
}
export function day(t: string | number | Date): string {
  const d = new Date(t);
  return Number.isNaN(d.getTime()) ? String(t) : `${d.getUTCDate()} ${months[d.getUTCMonth()]}${d.getUTCFullYear() === new Date().getUTCFullYear() ? "" : ` ${d.getUTCFullYear()}`}`;
}
export const moment = (t: string | number | Date) => `${day(t)}, ${clock(t)} UTC`;
// Short for lists: 14:31 today, yesterday, 18 Nov.
export function shortTime(t: string | number | Date, now = Date.now()): string {
  const d = new Date(t), days = Math.floor(now / 86400e3) - Math.floor(d.getTime() / 86400e3);
  return days === 0 ? clock(d).slice(0, 5) : days === 1 ? "yesterday" : day(d);
}
export function ago(t: string | number | Date, now = Date.now()): string {
  const s = Math.max(0, (now - new Date(t).getTime()) / 1000);
  return s < 5 ? "now" : s < 90 ? `${Math.round(s)} s ago` : s < 5400 ? `${Math.round(s / 60)} minutes ago` : s < 129600 ? `${Math.round(s / 3600)} hours ago` : `${Math.round(s / 86400)} days ago`;
}
export const plural = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
// Where records are kept: in the node, or on the cluster of these addresses.
export const logWords = (log: string) => (log === "embedded" ? "embedded log" : `log on Kafka ${middle(log, 40)}`);
export function listing(words: readonly string[], most = 4): string {
  const shown = words.slice(0, most), more = words.length - shown.length;
  const all = more > 0 ? [...shown, `${more} more`] : shown;
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all[all.length - 1]}`;
}
// Long names are cut in the middle, because both ends tell them apart. By code point, so that no emoji is halved.
export function middle(text: string, most: number): string {
  const points = [...text];
  if (points.length <= most) return text;
  const head = Math.ceil((most - 1) * 0.6);
  return `${points.slice(0, head).join("")}…${points.slice(points.length - (most - 1 - head)).join("")}`;
}
export const initials = (name: string) => [...name.trim().split(/[\s._-]+/).filter(Boolean).slice(0, 2).map((w) => [...w][0] ?? "")].join("").toUpperCase();
// A value of a record on one line; long ones are cut, the whole is in the peek.
export function valueText(v: unknown, most = 200): string {
  if (v === null || v === undefined) return "null";
  const text = typeof v === "string" ? v : typeof v === "object" ? JSON.stringify(v) : String(v);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

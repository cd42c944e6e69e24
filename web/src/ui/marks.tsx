// Own drawings: the glyph, the marks of domains, the knot of a query.
import { useMemo } from "react";

// Three sine strands, a third of a turn apart; which is on top follows sin 2t; the lower one is cut short at a crossing, so it works in one colour on any ground.
function strands(): string[] {
  const out: string[] = [];
  const w = 44, x0 = 4, mid = 18, a = 10.5, turns = 1, gap = 3.1;
  const y = (k: number, t: number) => mid + a * Math.sin(2 * Math.PI * (turns * t) + (k * 2 * Math.PI) / 3 + 0.52);
  const depth = (k: number, t: number) => Math.sin(2 * (2 * Math.PI * (turns * t) + (k * 2 * Math.PI) / 3 + 0.52));
  for (let k = 0; k < 3; k++) {
    let path = "", pen = false;
    for (let i = 0; i <= 120; i++) {
      const t = i / 120, x = x0 + w * t, yy = y(k, t);
      const hidden = [0, 1, 2].some((o) => o !== k && depth(o, t) > depth(k, t) && Math.abs(y(o, t) - yy) < gap * 1.75);
      if (hidden) pen = false;
      else { path += `${pen ? "L" : "M"}${x.toFixed(1)} ${yy.toFixed(1)}`; pen = true; }
    }
    out.push(path);
  }
  return out;
}
export function Glyph({ width = 31 }: { width?: number }) {
  const paths = useMemo(strands, []);
  return (
    <svg width={width} height={(width * 17) / 31} viewBox="0 4 52 28" fill="none" strokeWidth="4.2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      {paths.map((d, i) => <path key={i} d={d} stroke={i === 2 ? "var(--accent)" : "currentColor"} />)}
    </svg>
  );
}

const marks = [
  <circle key="m" cx="8" cy="8" r="6.4" />,
  <path key="m" d="M8 1.2 15.2 14.2H.8Z" />,
  <rect key="m" x="2" y="2" width="12" height="12" rx="1" />,
  <path key="m" d="M8 .4 15.6 8 8 15.6.4 8Z" />,
  <path key="m" d="M4.4 1.6h7.2L15.2 8l-3.6 6.4H4.4L.8 8Z" />,
  <path key="m" fillRule="evenodd" d="M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z" />,
  <rect key="m" x="5" y="1" width="6" height="14" rx="1" />,
  <path key="m" d="M5.4 1h5.2v4.4H15v5.2h-4.4V15H5.4v-4.4H1V5.4h4.4Z" />,
];
// The server keeps one number per domain: the first eight are the eight threads with their own marks, the next reuse a thread with another mark.
export const threadClass = (n: number | null | undefined) => (n === null || n === undefined || n < 0 ? "" : `th-${n < 64 ? n % 8 : 4}`);
export function DomainMark({ thread, large }: { thread: number | null | undefined; large?: boolean }) {
  if (thread === null || thread === undefined || thread < 0) return <svg className={`dm${large ? " l" : ""}`} viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="var(--ink-3)" strokeWidth="2"><circle cx="8" cy="8" r="6" /></svg>;
  const mark = thread < 64 ? ((thread % 8) + Math.floor(thread / 8)) % 8 : 4;
  return <svg className={`dm ${threadClass(thread)}${large ? " l" : ""}`} viewBox="0 0 16 16" fill="var(--th)" aria-hidden="true">{marks[mark]}</svg>;
}

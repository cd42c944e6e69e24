// Small charts as SVG: sparkline, distribution of a field, split bar, bullet bar, cells of past periods. Memoised; big charts are uPlot's (timechart.tsx).
import { memo } from "react";
import { number, percent, count as grouped } from "./format";

// Baseline 0; the end dot is now. Fewer than two values draw nothing: there is nothing to compare.
export const Spark = memo(function Spark({ values, width = 72, height = 16, bad, label }: { values: readonly number[]; width?: number; height?: number; bad?: boolean; label?: string }) {
  const n = values.length;
  if (n < 2) return <svg className="spark" width={width} height={height} role={label ? "img" : undefined} aria-label={label} aria-hidden={label ? undefined : true} />;
  const top = Math.max(...values, 1e-9) * 1.08, w = width - 3;
  const at = values.map((v, i) => [(i / (n - 1)) * w, height - 1 - (v / top) * (height - 3)] as const);
  const line = at.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  const end = at[n - 1]!;
  return (
    <svg className={`spark${bad ? " bad" : ""}`} width={width} height={height} role={label ? "img" : undefined} aria-label={label} aria-hidden={label ? undefined : true}>
      <path className="ar" d={`${line}L${w} ${height}L0 ${height}Z`} /><path className="ln" d={line} /><circle className="end" cx={end[0]} cy={end[1]} r="1.9" />
    </svg>
  );
});

export interface Bar { label: string; count: number; out?: boolean }
// Bars of equal width; the sentence is its name, the table of it is in the title of each bar.
export const Bars = memo(function Bars({ bars, width = 176, height = 28, label }: { bars: readonly Bar[]; width?: number; height?: number; label: string }) {
  const most = Math.max(...bars.map((b) => b.count), 1), n = bars.length, gap = n > 24 ? 1 : 2, w = Math.max(1, (width - gap * (n - 1)) / n);
  return (
    <svg className="hist" viewBox={`0 0 ${width} ${height}`} width={width} height={height} preserveAspectRatio="none" role="img" aria-label={label}>
      {bars.map((b, i) => { const h = b.count === 0 ? 0 : Math.max(1, (b.count / most) * (height - 1)); return <rect key={i} className={b.out ? "hot" : undefined} x={i * (w + gap)} y={height - h} width={w} height={h}><title>{`${b.label}: ${grouped(b.count)}`}</title></rect>; })}
    </svg>
  );
});
export const Split = memo(function Split({ parts, label }: { parts: readonly { label: string; share: number }[]; label: string }) {
  return (
    <div className="splitbox">
      <div className="split" role="img" aria-label={label}>{parts.map((p, i) => <i key={i} title={`${p.label}: ${percent(p.share)}`} style={{ width: `${p.share * 100}%` }} />)}</div>
      <div className="splitl" aria-hidden="true">{parts.slice(0, 3).map((p, i) => <span key={i}><bdi>{p.label}</bdi> {parts.length < 3 && <span className="dim">{percent(p.share)}</span>}</span>)}</div>
    </div>
  );
});

export type CellState = "kept" | "close" | "broken" | "unknown";
// Past periods, oldest first. A broken one is shorter as well as red; one that was not measured is hollow.
export const Cells = memo(function Cells({ cells, label }: { cells: readonly { state: CellState; title: string }[]; label: string }) {
  return <div className="cells" role="img" aria-label={label}>{cells.map((c, i) => <i key={i} className={{ kept: "", close: "w", broken: "b", unknown: "o" }[c.state]} title={c.title} />)}</div>;
});
// Measured against promised: the tick is the promise. The scale ends at 1.4 times the larger one, or at the promise itself for shares.
export const Bullet = memo(function Bullet({ value, promised, state }: { value: number | null; promised: number; state: CellState }) {
  if (value === null || state === "unknown") return <div className="bul none" aria-hidden="true" />;
  const end = promised <= 1 && value <= 1 ? 1.02 : Math.max(promised * 1.7, Math.min(value, promised * 4)) * 1.05;
  const at = (v: number) => `${Math.max(0, Math.min(100, (v / end) * 100))}%`;
  return <div className={`bul ${state === "kept" ? "" : state === "close" ? "warn" : "bad"}`} aria-hidden="true"><b style={{ width: at(value) }} /><em style={{ left: at(promised) }} /></div>;
});
export const rangeText = (min: unknown, max: unknown) => `${typeof min === "number" ? number(min) : String(min)} to ${typeof max === "number" ? number(max) : String(max)}`;

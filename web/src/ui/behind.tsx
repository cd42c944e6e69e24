// The table behind a chart. `t` turns the chart that the pointer or the focus is on, else every chart of the page, into its table and back;
// a button does the same. What a chart shows and what its table says come from the same values.
import { useEffect, useRef, useState, type ReactNode } from "react";
import { ChartNoAxesColumn, Table2 } from "lucide-react";
import { IconButton } from "./button";

export interface TableForm { head: readonly string[]; rows: readonly (readonly ReactNode[])[]; num?: readonly number[] }   // num: which columns are numbers
interface Turned { box: () => HTMLElement | null; on: () => boolean; set: (on: boolean) => void }
const charts = new Set<Turned>();

// Returns false when there is no chart to turn.
export function turnCharts(): boolean {
  const all = [...charts].filter((c) => c.box());
  if (all.length === 0) return false;
  const under = all.filter((c) => { const b = c.box()!; return b.contains(document.activeElement) || b.matches(":hover"); });
  const those = under.length ? under : all, on = !those.some((c) => c.on());
  for (const c of those) c.set(on);
  return true;
}
export function Behind({ label, table, children, className, button = true }: { label: string; table: () => TableForm; children: ReactNode; className?: string; button?: boolean }) {
  const [on, set] = useState(false);
  const box = useRef<HTMLDivElement>(null), now = useRef(on);
  now.current = on;
  useEffect(() => { const c: Turned = { box: () => box.current, on: () => now.current, set }; charts.add(c); return () => { charts.delete(c); }; }, []);
  return (
    <div ref={box} className={`behind${on ? " on" : ""}${className ? ` ${className}` : ""}`}>
      {(button || on) && <IconButton className="sm behindb" aria-pressed={on} label={on ? `${label}: show the chart` : `${label}: show the table`} title={`${on ? "Chart" : "Table"} (t)`} onClick={() => set(!on)}>{on ? <ChartNoAxesColumn className="i s" /> : <Table2 className="i s" />}</IconButton>}
      {on ? <Form label={label} form={table()} /> : children}
    </div>
  );
}
function Form({ label, form }: { label: string; form: TableForm }) {
  const num = (i: number) => (form.num?.includes(i) ? "num" : undefined);
  return (
    <div className="scrollbox behindt" tabIndex={0} role="region" aria-label={label}>
      <table aria-label={label}><thead><tr>{form.head.map((h, i) => <th key={i} scope="col" className={num(i)}>{h}</th>)}</tr></thead>
        <tbody>{form.rows.map((r, k) => <tr key={k}>{r.map((c, i) => <td key={i} className={num(i)}>{c}</td>)}</tr>)}</tbody></table>
      {form.rows.length === 0 && <div className="empty"><p>Nothing is drawn yet.</p></div>}
    </div>
  );
}

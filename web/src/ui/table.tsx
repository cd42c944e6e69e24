// Tables: sort by header (a second key with Shift), filter box, keyboard, virtual rows above 100, copy as TSV.
// The order never changes under the pointer or the focus: "3 rows would move. Sort again".
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { ArrowDown, ArrowUp, Search } from "lucide-react";
import { ColumnChoice, useHidden } from "./columns";
import { count } from "./format";
import { arrange, moved, type SortKey } from "./table_order";

export interface Column<T> {
  key: string; title: ReactNode; cell: (row: T) => ReactNode;
  sort?: (row: T) => string | number | boolean | null | undefined;   // what it is ordered by; without it the column cannot be sorted
  text?: (row: T) => string;                                         // for filter and copying; the sort value if left out
  num?: boolean; hideNarrow?: boolean; width?: number | string; hint?: string;
  word?: string;                                                     // its name in the choice of columns, where the title is no text; "" keeps it out of there
}
export interface TableProps<T> {
  rows: readonly T[]; columns: readonly Column<T>[]; rowKey: (row: T) => string; label: string;
  onOpen?: (row: T) => void; selected?: string | null; onSelect?: (row: T) => void;
  initialSort?: SortKey[]; filter?: boolean; filterText?: string; filterLabel?: string; rowHeight?: number; maxHeight?: string; empty?: ReactNode; foot?: ReactNode; toolbar?: ReactNode; className?: string;
}

const virtualFrom = 100;
const textOf = <T,>(c: Column<T>, row: T) => (c.text ? c.text(row) : String(c.sort?.(row) ?? ""));

export const filterFrom = 20;   // rows from which a list gets a filter
export function Table<T>(p: TableProps<T>) {
  const { rows, rowKey, rowHeight = 32 } = p;
  const [hidden, setHidden] = useHidden(p.label);
  const choosable = p.columns.slice(1).map((c) => ({ key: c.key, word: c.word ?? (typeof c.title === "string" ? c.title : "") })).filter((c) => c.word !== "");
  const columns = useMemo(() => (hidden.length ? p.columns.filter((c, i) => i === 0 || !hidden.includes(c.key)) : p.columns), [p.columns, hidden]);
  const withChoice = choosable.length > 2, actions = withChoice && columns[columns.length - 1]?.word === "";   // a last column without a name has room for the button
  const span = columns.length + (withChoice && !actions ? 1 : 0);
  const choice = withChoice && <ColumnChoice table={p.label} columns={choosable} hidden={hidden} onChange={setHidden} />;
  const [sort, setSort] = useState<SortKey[]>(p.initialSort ?? []);
  const [words, setWords] = useState("");
  const [active, setActive] = useState(0);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const [again, setAgain] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const held = useRef(false);                       // pointer or focus is inside
  const kept = useRef<{ rule: string; keys: string[] }>({ rule: "", keys: [] });

  const byKey = useMemo(() => new Map(columns.map((c) => [c.key, c])), [columns]);
  const needle = (p.filterText ?? words).trim().toLowerCase();
  const found = useMemo(() => (needle ? rows.filter((r) => columns.some((c) => textOf(c, r).toLowerCase().includes(needle))) : rows), [rows, columns, needle]);
  const wanted = useMemo(() => arrange(found, sort, (k, r) => byKey.get(k)?.sort?.(r)), [found, sort, byKey]);
  const rule = JSON.stringify([sort, needle, again]);
  const { shown, wouldMove } = useMemo(() => {
    const keys = wanted.map(rowKey);
    const old = kept.current;
    if (!held.current || old.rule !== rule || sort.length === 0) return { shown: wanted, wouldMove: 0 };
    const there = new Map(wanted.map((r) => [rowKey(r), r]));
    const stay = old.keys.filter((k) => there.has(k)).map((k) => there.get(k)!);
    const known = new Set(old.keys);
    const all = [...stay, ...wanted.filter((r) => !known.has(rowKey(r)))];
    return { shown: all, wouldMove: moved(all.map(rowKey), keys) };
  }, [wanted, rule, rowKey, sort.length]);
  useEffect(() => { kept.current = { rule, keys: shown.map(rowKey) }; });

  const virtual = shown.length > virtualFrom, boxed = virtual || (p.maxHeight !== undefined && shown.length > 20);   // boxed: it scrolls within the page
  useLayoutEffect(() => {
    const e = box.current;
    if (!e || !virtual) return;
    const see = () => setScroll({ top: e.scrollTop, height: e.clientHeight });
    see();
    e.addEventListener("scroll", see, { passive: true });
    const watch = new ResizeObserver(see);
    watch.observe(e);
    return () => { e.removeEventListener("scroll", see); watch.disconnect(); };
  }, [virtual]);
  const first = virtual ? Math.max(0, Math.floor(scroll.top / rowHeight) - 8) : 0;
  const last = virtual ? Math.min(shown.length, first + Math.ceil(scroll.height / rowHeight) + 16) : shown.length;

  const click = (c: Column<T>, more: boolean) => {
    const old = sort.find((s) => s.key === c.key);
    const next: SortKey = { key: c.key, down: old ? !old.down : Boolean(c.num) };
    setSort(more ? [...sort.filter((s) => s.key !== c.key), next].slice(-2) : [next]);
  };
  const walk = (to: number) => {
    const i = Math.max(0, Math.min(shown.length - 1, to));
    setActive(i);
    const row = shown[i];
    if (row && p.onSelect) p.onSelect(row);
    if (boxed && box.current) {
      const top = i * rowHeight, e = box.current;
      if (top < e.scrollTop) e.scrollTop = top;
      else if (top + rowHeight * 2 > e.scrollTop + e.clientHeight) e.scrollTop = top + rowHeight * 2 - e.clientHeight;
    }
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-i="${i}"]`)?.focus());
  };
  const onKey = (e: KeyboardEvent) => {
    const tag = (e.target as HTMLElement).tagName;
    if (/INPUT|SELECT|TEXTAREA/.test(tag)) return;
    const step: { [k: string]: number } = { ArrowDown: active + 1, j: active + 1, ArrowUp: active - 1, k: active - 1, Home: 0, End: shown.length - 1, PageDown: active + 10, PageUp: active - 10 };
    const to = step[e.key];
    if (to !== undefined && !e.ctrlKey && !e.metaKey) { e.preventDefault(); e.stopPropagation(); walk(to); }
    else if (e.key === "Enter" && tag === "TR") { const row = shown[active]; if (row) { e.preventDefault(); p.onOpen?.(row); } }
  };
  const copy = (e: React.ClipboardEvent) => {
    if (String(getSelection() ?? "") !== "") return;
    const tsv = [columns.map((c) => (typeof c.title === "string" ? c.title : c.key)), ...shown.map((r) => columns.map((c) => textOf(c, r).replace(/[\t\n]/g, " ")))].map((r) => r.join("\t")).join("\n");
    e.clipboardData.setData("text/plain", tsv);
    e.preventDefault();
  };

  const walkable = Boolean(p.onOpen || p.onSelect);
  const withFilter = p.filter ?? rows.length >= filterFrom;
  return (
    <div className={`tablebox${p.className ? ` ${p.className}` : ""}`} onPointerEnter={() => { held.current = true; }} onPointerLeave={() => { held.current = box.current?.contains(document.activeElement) ?? false; }}
      onFocus={() => { held.current = true; }} onBlur={(e) => { if (!e.currentTarget.contains(e.relatedTarget)) held.current = false; }} onKeyDown={onKey} onCopy={copy}>
      {(withFilter || p.toolbar) && p.filterText === undefined && (
        <div className="tbar">{withFilter && <label className="tfilter"><Search className="i s" /><input className="in" type="search" data-filter placeholder={p.filterLabel ?? "Filter"} aria-label={p.filterLabel ?? `Filter ${p.label}`} value={words} onChange={(e) => { setWords(e.target.value); setActive(0); }} /></label>}{p.toolbar}</div>
      )}
      <div ref={box} className={boxed ? "scrollbox" : "scrollx"} style={boxed ? { maxHeight: p.maxHeight ?? "min(70vh, 720px)" } : undefined} tabIndex={boxed && !walkable ? 0 : undefined} role={boxed && !walkable ? "region" : undefined} aria-label={boxed && !walkable ? p.label : undefined}>
        <table aria-label={p.label} aria-rowcount={shown.length + 1}>
          <thead><tr aria-rowindex={1}>{columns.map((c, n) => {
            const s = sort.find((x) => x.key === c.key);
            return (
              <th key={c.key} scope="col" className={[c.num ? "num" : "", c.hideNarrow ? "hide-n" : ""].join(" ").trim() || undefined} style={c.width ? { width: c.width } : undefined} title={c.hint} aria-sort={s ? (s.down ? "descending" : "ascending") : undefined}>
                {c.sort ? <button type="button" className="thb" onClick={(e) => click(c, e.shiftKey)}>{c.title}{s && (s.down ? <ArrowDown className="i xs" /> : <ArrowUp className="i xs" />)}</button> : c.title}{actions && n === columns.length - 1 && choice}
              </th>
            );
          })}{withChoice && !actions && <th scope="col" className="colpickh">{choice}</th>}</tr></thead>
          <tbody ref={body}>
            {first > 0 && <tr aria-hidden="true" className="gap" style={{ height: first * rowHeight }}><td colSpan={span} /></tr>}
            {shown.slice(first, last).map((row, n) => {
              const i = first + n, key = rowKey(row);
              return (
                <tr key={key} data-i={i} aria-rowindex={i + 2} aria-selected={p.selected !== undefined ? p.selected === key : undefined} tabIndex={walkable ? (i === Math.min(active, shown.length - 1) ? 0 : -1) : undefined} className={walkable ? "can" : undefined}
                  onClick={(e) => { setActive(i); if (!e.currentTarget.contains(e.target as Node) || (e.target as HTMLElement).closest("a,button,input,label,select,dialog")) return; if (p.onSelect) p.onSelect(row); else p.onOpen?.(row); }} onDoubleClick={p.onSelect && p.onOpen ? () => p.onOpen?.(row) : undefined}>
                  {columns.map((c) => <td key={c.key} className={[c.num ? "num" : "", c.hideNarrow ? "hide-n" : ""].join(" ").trim() || undefined}>{c.cell(row)}</td>)}{withChoice && !actions && <td aria-hidden="true" className="colpickd" />}
                </tr>
              );
            })}
            {last < shown.length && <tr aria-hidden="true" className="gap" style={{ height: (shown.length - last) * rowHeight }}><td colSpan={span} /></tr>}
          </tbody>
        </table>
        {shown.length === 0 && (needle ? <div className="empty"><p>Nothing here contains “{needle}”.</p></div> : p.empty ?? <div className="empty"><p>Nothing here yet.</p></div>)}
      </div>
      {(p.foot || wouldMove > 0 || (needle && shown.length > 0)) && <div className="tfoot">{wouldMove > 0 && <span>{wouldMove} {wouldMove === 1 ? "row" : "rows"} would move. <button type="button" className="lnk" onClick={() => setAgain(again + 1)}>Sort again</button></span>}{needle && <span>{count(shown.length)} of {count(rows.length)}</span>}{p.foot}</div>}
    </div>
  );
}

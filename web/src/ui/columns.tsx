// Which columns of a table one wants to see: kept in this browser, per table (its label). The first column, the name, always stays.
import { useState } from "react";
import { Columns3 } from "lucide-react";
import { IconButton } from "./button";
import { Menu } from "./overlay";

const store = "braid.columns";
type Kept = { [table: string]: string[] };   // the keys of hidden columns
function read(): Kept { try { const k: unknown = JSON.parse(localStorage.getItem(store) ?? "{}"); return k && typeof k === "object" ? (k as Kept) : {}; } catch { return {}; } }
export function hiddenOf(table: string): string[] { const h = read()[table]; return Array.isArray(h) ? h.filter((k) => typeof k === "string") : []; }
export function keepHidden(table: string, hidden: string[]): void {
  const all = read();
  if (hidden.length) all[table] = hidden; else delete all[table];
  try { localStorage.setItem(store, JSON.stringify(all)); } catch { /* a browser that keeps nothing shows all columns again next time */ }
}
export interface Choosable { key: string; word: string }
export function useHidden(table: string): [string[], (hidden: string[]) => void] {
  const [hidden, set] = useState(() => hiddenOf(table));
  return [hidden, (h) => { keepHidden(table, h); set(h); }];
}
export function ColumnChoice({ table, columns, hidden, onChange }: { table: string; columns: readonly Choosable[]; hidden: readonly string[]; onChange: (hidden: string[]) => void }) {
  const turn = (key: string) => onChange(hidden.includes(key) ? hidden.filter((k) => k !== key) : [...hidden, key]);
  return (
    <Menu label={`Columns of ${table}`} trigger={<IconButton label={`Choose the columns of ${table}`} title="Choose columns" className={`sm colpick${hidden.length ? " on" : ""}`}><Columns3 className="i s" /></IconButton>}
      items={[...columns.map((c) => ({ label: c.word, checked: !hidden.includes(c.key), onSelect: () => turn(c.key) })), hidden.length ? "line" as const : null, hidden.length ? { label: "Show all columns", onSelect: () => onChange([]) } : null]} />
  );
}

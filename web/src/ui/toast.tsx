// Toasts: only for what finished elsewhere. What one did oneself answers where it was done.
import { useEffect, useSyncExternalStore } from "react";
import { X } from "lucide-react";
import { IconButton } from "./button";
interface Toast { id: number; text: string; kind: "info" | "warn" }
let toasts: Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();
const set = (t: Toast[]) => { toasts = t; listeners.forEach((f) => f()); };
export const toast = (text: string, kind: Toast["kind"] = "info") => set([...toasts.slice(-2), { id: next++, text, kind }]);
export function Toasts() {
  const all = useSyncExternalStore((f) => { listeners.add(f); return () => listeners.delete(f); }, () => toasts);
  useEffect(() => {
    if (all.length === 0) return;
    const t = setTimeout(() => set(toasts.slice(1)), 8000);
    return () => clearTimeout(t);
  }, [all]);
  return <div className="toasts" role="status" aria-live="polite">{all.map((t) => <div key={t.id} className={`toast ${t.kind}`}><span className="grow">{t.text}</span><IconButton label="Dismiss" onClick={() => set(toasts.filter((x) => x.id !== t.id))}><X className="i s" /></IconButton></div>)}</div>;
}

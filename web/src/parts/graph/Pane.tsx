// The pane a drawing lies in: fits the width, zooms with + - 0 and Ctrl-wheel, is dragged when larger. Nodes are links; arrow keys follow the threads.
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useKeys } from "../../ui";
import { Beads, type BeadThread } from "./Beads";

interface View { k: number; x: number; y: number }
export interface PaneProps {
  width: number; height: number; label: string; maxHeight?: number; minScale?: number; children: ReactNode; beads?: readonly BeadThread[];
  neighbours?: (id: string, key: "ArrowRight" | "ArrowLeft") => string | undefined; startAt?: number;
}
export function Pane({ width, height, label, maxHeight = 920, minScale = 0.4, children, beads, neighbours, startAt }: PaneProps) {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ w: 0 });
  const [view, setView] = useState<View | null>(null);     // null: fitted
  const drag = useRef<{ x: number; y: number; view: View; moved: boolean } | null>(null);
  useLayoutEffect(() => {
    const e = box.current;
    if (!e) return;
    const see = () => setSize({ w: e.clientWidth });
    see();
    const watch = new ResizeObserver(see);
    watch.observe(e);
    return () => watch.disconnect();
  }, []);
  const fitK = size.w ? Math.min(1, Math.max(minScale, size.w / Math.max(1, width))) : 1;
  const wide = width * fitK > size.w + 1;
  const fit: View = { k: fitK, x: wide ? Math.min(0, Math.max(size.w - width * fitK, -((startAt ?? 0) * fitK - size.w / 2))) : Math.max(0, (size.w - width * fitK) / 2), y: 0 };
  const v = view ?? fit;
  const tall = Math.min(maxHeight, Math.ceil(height * fitK));
  const zoom = (f: number, cx = size.w / 2, cy = tall / 2) => { const k = Math.min(2.5, Math.max(0.3, v.k * f)); setView({ k, x: cx - ((cx - v.x) / v.k) * k, y: cy - ((cy - v.y) / v.k) * k }); };
  useKeys({ "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), "0": () => setView(null) });
  useEffect(() => {
    const e = box.current;
    if (!e) return;
    // not passive: Ctrl-wheel must not zoom the whole page
    const wheel = (ev: WheelEvent) => { if (!ev.ctrlKey && !ev.metaKey) return; ev.preventDefault(); const r = e.getBoundingClientRect(); zoom(Math.exp(-ev.deltaY / 300), ev.clientX - r.left, ev.clientY - r.top); };
    e.addEventListener("wheel", wheel, { passive: false });
    return () => e.removeEventListener("wheel", wheel);
  });
  const movable = v.k > fitK + 0.01 || wide || height * fitK > maxHeight || view !== null;
  const down = (e: PointerEvent) => { if (!movable || e.button !== 0 || (e.target as HTMLElement).closest("a,button")) return; drag.current = { x: e.clientX, y: e.clientY, view: v, moved: false }; e.currentTarget.setPointerCapture(e.pointerId); };
  const move = (e: PointerEvent) => { const d = drag.current; if (d) setView({ k: d.view.k, x: d.view.x + e.clientX - d.x, y: d.view.y + e.clientY - d.y }); };
  const key = (e: KeyboardEvent) => {
    const from = (e.target as HTMLElement).dataset.node;
    if (!from || !box.current) return;
    let to: string | undefined;
    if (e.key === "ArrowRight" || e.key === "ArrowLeft") to = neighbours?.(from, e.key);
    else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      const all = [...box.current.querySelectorAll<HTMLElement>("[data-node]")], i = all.findIndex((n) => n.dataset.node === from);
      to = all[i + (e.key === "ArrowDown" ? 1 : -1)]?.dataset.node;
    }
    if (!to) return;
    e.preventDefault();
    box.current.querySelector<HTMLElement>(`[data-node="${CSS.escape(to)}"]`)?.focus();
  };
  return (
    <div className={`gpane${movable ? " movable" : ""}`} ref={box} role="group" aria-label={label} style={{ height: tall }} onPointerDown={down} onPointerMove={move} onPointerUp={() => { drag.current = null; }} onKeyDown={key}>
      <div className="gworld" style={{ transform: `translate(${v.x}px,${v.y}px) scale(${v.k})`, width, height }}>{children}</div>
      {beads && size.w > 0 && <Beads threads={beads} view={v} width={size.w} height={tall} />}
      <div className="gzoom"><button type="button" className="iconb sm" aria-label="Zoom out" title="Zoom out (-)" onClick={() => zoom(0.8)}><Minus className="i s" /></button><button type="button" className="iconb sm" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoom(1.25)}><Plus className="i s" /></button>{view && <button type="button" className="iconb sm" aria-label="Fit" title="Fit (0)" onClick={() => setView(null)}><Maximize className="i s" /></button>}</div>
    </div>
  );
}

// Three panes of full height with borders one can drag; widths are kept on this machine. On a narrow screen they stand below each other.
import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { remember, remembered } from "../../api";

export function useSize(name: string, otherwise: number, least: number, most: number) {
  const [size, set] = useState(() => Math.max(least, Math.min(most, remembered<number>(name, otherwise))));
  const put = (n: number) => { const v = Math.round(Math.max(least, Math.min(most, n))); set(v); remember(name, v); };
  return [size, put] as const;
}
export function Divider({ label, size, onSize, turn = 1, across, least, most }: { label: string; size: number; onSize: (n: number) => void; turn?: 1 | -1; across?: boolean; least: number; most: number }) {
  const from = useRef<{ at: number; size: number } | null>(null);
  const down = (e: PointerEvent<HTMLDivElement>) => { from.current = { at: across ? e.clientY : e.clientX, size }; e.currentTarget.setPointerCapture(e.pointerId); };
  const move = (e: PointerEvent<HTMLDivElement>) => { if (from.current) onSize(from.current.size + turn * ((across ? e.clientY : e.clientX) - from.current.at)); };
  const key = (e: KeyboardEvent) => { const step = { ArrowLeft: -16, ArrowUp: -16, ArrowRight: 16, ArrowDown: 16 }[e.key]; if (step) { e.preventDefault(); e.stopPropagation(); onSize(size + turn * step); } };
  return <div className={`divider${across ? " across" : ""}`} role="separator" tabIndex={0} aria-orientation={across ? "horizontal" : "vertical"} aria-label={label} aria-valuenow={size} aria-valuemin={least} aria-valuemax={most} onPointerDown={down} onPointerMove={move} onPointerUp={() => { from.current = null; }} onKeyDown={key} />;
}
export function Panes({ left, centre, right }: { left: ReactNode; centre: ReactNode; right: ReactNode }) {
  const [l, setL] = useSize("create.left", 248, 180, 420);
  const [r, setR] = useSize("create.right", 380, 280, 620);
  return (
    <div className="studio" style={{ gridTemplateColumns: `${l}px 5px minmax(0, 1fr) 5px ${r}px` }}>
      {left}<Divider label="Width of the sources" size={l} onSize={setL} least={180} most={420} />{centre}<Divider label="Width of the plan" size={r} onSize={setR} turn={-1} least={280} most={620} />{right}
    </div>
  );
}

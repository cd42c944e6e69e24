// Beads: records on their way, on one canvas over the drawing. One per record up to 4 a second per thread, then speed instead of number.
// Rates are measured; with motion reduced, or when nothing flows, beads stand still.
import { useEffect, useRef } from "react";
import { along, type Track } from "./geometry";

export interface BeadThread { id: string; track: Track; thread: number | null; rate: number; dim?: boolean }
const names = ["cobalt", "amber", "pine", "plum", "iron", "azure", "brick", "olive"];
const perSecondMax = 4, speedAtRest = 130;   // pixels of the drawing a second
const atOnceMax = 40;                       // beads on one thread

export function Beads({ threads, view, width, height }: { threads: readonly BeadThread[]; view: { k: number; x: number; y: number }; width: number; height: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = useRef({ threads, view });
  now.current = { threads, view };
  const beads = useRef(new Map<string, { at: number[]; owed: number }>());

  useEffect(() => {
    const c = canvas.current, ctx = c?.getContext("2d");
    if (!c || !ctx) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    c.width = Math.round(width * ratio);
    c.height = Math.round(height * ratio);
    let colours: string[] = [], surface = "#fff", ink = "#555", read = 0, frame = 0, last = performance.now();
    const colour = (t: number) => {
      if (t - read < 1000 && colours.length) return;
      read = t;
      const s = getComputedStyle(c);
      colours = names.map((n) => s.getPropertyValue(`--d-${n}`).trim());
      surface = s.getPropertyValue("--surface").trim();
      ink = s.getPropertyValue("--ink-2").trim();
    };
    const draw = (t: number) => {
      colour(t);
      const dt = Math.min(0.1, (t - last) / 1000);
      last = t;
      const { threads: all, view: v } = now.current;
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      ctx.clearRect(0, 0, width, height);
      ctx.setTransform(ratio * v.k, 0, 0, ratio * v.k, ratio * v.x, ratio * v.y);
      for (const th of all) {
        if (th.dim || th.track.length < 12 || th.rate <= 0) { beads.current.delete(th.id); continue; }
        let b = beads.current.get(th.id);
        const rate = Math.min(perSecondMax, th.rate), speed = speedAtRest * Math.min(4, Math.max(1, Math.sqrt(th.rate / perSecondMax)));
        if (!b || still.matches) {
          // what would be on the thread by now
          const gap = Math.max(speed / rate, 18), n = Math.min(atOnceMax, Math.max(th.rate > 0.02 ? 1 : 0, Math.floor(th.track.length / gap)));
          const shift = ((th.id.length * 37) % 10) / 10;
          b = { at: Array.from({ length: n }, (_, i) => ((i + 0.3 + shift * 0.4) / Math.max(1, n)) * th.track.length), owed: shift };
          beads.current.set(th.id, b);
        } else {
          b.owed += rate * dt;
          b.at = b.at.map((p) => p + speed * dt).filter((p) => p < th.track.length - 2);
          while (b.owed >= 1) { b.owed -= 1; if (b.at.length < atOnceMax) b.at.push(0); }
        }
        ctx.fillStyle = surface;
        ctx.strokeStyle = th.thread === null ? ink : colours[th.thread < 64 ? th.thread % 8 : 4] ?? ink;
        ctx.lineWidth = 1.75;
        for (const at of b.at) { const p = along(th.track, at); ctx.beginPath(); ctx.arc(p.x, p.y, 3, 0, 7); ctx.fill(); ctx.stroke(); }
      }
      if (!still.matches) frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    const slow = still.matches ? setInterval(() => { frame = requestAnimationFrame(draw); }, 1000) : undefined;
    return () => { cancelAnimationFrame(frame); clearInterval(slow); };
  }, [width, height]);
  return <canvas ref={canvas} className="beads" style={{ width, height }} aria-hidden="true" />;
}

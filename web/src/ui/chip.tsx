// Chip: a fact. Status: icon, word, colour, in that order of importance.
import type { ReactNode } from "react";
import { Ban, CircleCheck, CircleDashed, OctagonX, Timer, TriangleAlert, Radio } from "lucide-react";

export function Chip({ children, kind, icon, title }: { children: ReactNode; kind?: "line" | "acc"; icon?: ReactNode; title?: string }) {
  return <span className={`chip${kind ? ` ${kind}` : ""}`} title={title}>{icon}{children}</span>;
}

const states = {
  kept: ["ok", CircleCheck, "Kept"], ok: ["ok", CircleCheck, "OK"], running: ["ok", CircleCheck, "Running"], done: ["ok", CircleCheck, "Done"],
  close: ["warn", Timer, "Close"], warn: ["warn", TriangleAlert, "Attention"], paused: ["warn", Timer, "Paused"],
  broken: ["bad", TriangleAlert, "Broken"], refused: ["bad", Ban, "Refused"], failed: ["bad", OctagonX, "Failed"],
  unknown: ["idle", CircleDashed, "Not measured"], early: ["idle", CircleDashed, "Too early"], none: ["idle", CircleDashed, "No promise"], idle: ["idle", CircleDashed, "At rest"],
  live: ["info", Radio, "Live"],
} as const;
export type StatusKind = keyof typeof states;
export function Status({ state, children, title, bare }: { state: StatusKind; children?: ReactNode; title?: string; bare?: boolean }) {
  const [tone, Icon, word] = states[state];
  return <span className={`st ${tone}`} title={title ?? (bare ? word : undefined)}><Icon className="i s" />{bare ? <span className="vh">{children ?? word}</span> : children ?? word}</span>;
}
export const Live = ({ children = "Live" }: { children?: ReactNode }) => <span className="live">{children}</span>;

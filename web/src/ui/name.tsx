// Names as people gave them: isolated (right-to-left, emoji), cut in the middle when long, whole in the title.
import { middle } from "./format";
export const Name = ({ children, most = 48, mono }: { children: string; most?: number; mono?: boolean }) => {
  const short = middle(children, most);
  return <bdi className={mono ? "mono" : undefined} title={short === children ? undefined : children}>{short}</bdi>;
};
// <mark> around what matched.
export const Segments = ({ parts, most = 400 }: { parts: readonly { text: string; hit: boolean }[]; most?: number }) => {
  let left = most;
  return <bdi>{parts.map((p, i) => { if (left <= 0) return null; const t = p.text.length > left ? `${p.text.slice(0, left)}…` : p.text; left -= p.text.length; return p.hit ? <mark key={i}>{t}</mark> : <span key={i}>{t}</span>; })}</bdi>;
};

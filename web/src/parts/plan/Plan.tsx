// The plan as a picture, top to bottom: threads braid where streams are joined, a band is as wide as the share of rows that pass.
import { TriangleAlert } from "lucide-react";
import type { PlanStep, SqlWords } from "../../api";
import { Behind, count, percent, rate, threadClass } from "../../ui";
import { Mark, useThreads } from "../domain";
import { underOf, arrangePlan, bandPath, braidPaths, isSource, nodeHeight, planWidth, threadPath, titleOf, wholeTitle, type StepCount } from "./plan_picture";

const nameOf = (s: PlanStep, words: SqlWords | undefined) => { const t = s.title.replace(/[`"]/g, " ").split(/[\s(),]+/); return words?.sources.find((x) => t.some((w) => w.toUpperCase() === x.name.toUpperCase())); };
// counts: records in and out of each step as far as they are known; rows: what came out at the end, null when nobody counts.
export interface PlanProps { steps: readonly PlanStep[]; sink: string | null; words: SqlWords | undefined; counts: { [id: number]: StepCount }; rows: number | null; perSecond: number | null; domain: string | null }
export function Plan({ steps, sink, words, counts, rows, perSecond, domain }: PlanProps) {
  const threadOf = useThreads();
  const { nodes, links, height } = arrangePlan(steps, counts);
  const own = threadClass(threadOf(domain));
  const domainOf = (s: PlanStep) => (isSource(s) ? nameOf(s, words)?.domain ?? null : domain);
  const joins = [...new Set(links.filter((l) => l.braided).map((l) => l.to))];
  const sentence = nodes.map((n) => { const c = counts[n.step.id]; return wholeTitle(n.step) + (c ? `, ${count(c.in)} in, ${count(c.out)} out` : ""); }).join("; ");
  const table = () => ({ head: ["Step", "In", "Out", "Passes"], num: [1, 2, 3], rows: nodes.map((n) => { const c = counts[n.step.id]; return [wholeTitle(n.step), c ? count(c.in) : "", c ? count(c.out) : "", c && c.in > 0 && c.out <= c.in ? percent(c.out / c.in) : ""]; }) });
  return (
    <Behind label="Steps of the plan" className="behindplan" table={table}><div className="plan" style={{ width: planWidth, height }}>
      <svg width={planWidth} height={height} role="img" aria-label={`Plan: ${sentence}`}>
        {links.map((l, i) => {
          const th = threadClass(threadOf(domainOf(l.from.step)));
          if (l.none) return <path key={i} className={`thread off ${own}`} strokeWidth="2" d={threadPath(l)} />;
          if (l.top !== null && l.bottom !== null && !l.braided) return <path key={i} className={`band ${own}`} d={bandPath(l)} />;
          return <g key={i}><path className="halo" strokeWidth="7" d={threadPath(l)} /><path className={`thread ${th}`} strokeWidth="2.8" d={threadPath(l)} /></g>;
        })}
        {joins.map((j) => {
          const both = links.filter((l) => l.to === j), a = threadClass(threadOf(domainOf(both[0]!.from.step))), b = threadClass(threadOf(domainOf(both[1]?.from.step ?? both[0]!.from.step)));
          return <g key={j.step.id}>{braidPaths(j.x + j.w / 2, j.y - 62).map((h, k) => <g key={k}><path className={`thread ${h.first ? b : a}`} strokeWidth="2.8" d={h.back} /><path className="halo" strokeWidth="5.8" d={h.front} /><path className={`thread ${h.first ? a : b}`} strokeWidth="2.8" d={h.front} /></g>)}</g>;
        })}
      </svg>
      <ol aria-label="Steps of the plan">
        {nodes.map((n) => {
          const c = counts[n.step.id], source = isSource(n.step) ? nameOf(n.step, words) : undefined, last = n.step.kind === "sink";
          const stopped = c !== undefined && c.in > 0 && c.out === 0 && !isSource(n.step);
          const title = source ? source.name.toLowerCase() : last && sink ? sink : titleOf(n.step);
          return (
            <li key={n.step.id} className={`mnode${last && rows === 0 ? " draft" : ""}`} style={{ left: n.x, top: n.y, width: n.w, height: nodeHeight }} title={wholeTitle(n.step)}>
              <span className="l1">{(source || last) && <Mark domain={domainOf(n.step)} />}<bdi>{title}</bdi></span>
              <span className="l2">{!c ? <span>{source ? source.kind : last ? (rows === null ? "the result" : rows === 0 ? "nothing yet" : `${count(rows)} ${rows === 1 ? "row" : "rows"}${perSecond !== null ? `, ${rate(perSecond)}/s` : ""}`) : underOf(n.step)}</span> : isSource(n.step) ? <span>{source?.kind === "table" ? "table, " : ""}{count(c.out)} read</span>
                : last ? <><span>{count(c.out)} {c.out === 1 ? "row" : "rows"}</span>{perSecond !== null && <span className="right">{rate(perSecond)}/s</span>}</>
                : stopped ? <span className="st warn"><TriangleAlert className="i xs" />0 of {count(c.in)} pass</span>
                : n.step.kind === "filter" || /join/i.test(n.step.kind) ? <><span>{count(c.out)} of {count(c.in)} {n.step.kind === "filter" ? "pass" : "found a match"}</span><span className="right">{c.in > 0 && c.out <= c.in ? percent(c.out / c.in) : ""}</span></>
                : c.in === c.out ? <span>{count(c.out)} {c.out === 1 ? "row" : "rows"}</span> : <span>{count(c.in)} in, {count(c.out)} out</span>}</span>
            </li>
          );
        })}
      </ol>
    </div></Behind>
  );
}

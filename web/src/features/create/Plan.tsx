// The plan as a picture, top to bottom: threads braid where streams are joined, a band is as wide as the share of rows that pass.
import { TriangleAlert } from "lucide-react";
import type { PlanStep, SqlStatement, SqlWords } from "../../api";
import { Mark, useThreads } from "../../parts";
import { count, Name, percent, rate, threadClass } from "../../ui";
import { arrangePlan, bandPath, braidPaths, isSource, nodeHeight, planWidth, threadPath, titleOf } from "./plan_picture";
import type { PreviewState } from "./use_preview";

const nameOf = (s: PlanStep, words: SqlWords | undefined) => { const t = s.title.replace(/[`"]/g, " ").split(/[\s(),]+/); return words?.sources.find((x) => t.some((w) => w.toUpperCase() === x.name.toUpperCase())); };
export function Plan({ statement, words, preview, domain }: { statement: SqlStatement; words: SqlWords | undefined; preview: PreviewState; domain: string | null }) {
  const steps = statement.plan?.steps ?? [];
  const threadOf = useThreads();
  const { nodes, links, height } = arrangePlan(steps, preview.steps);
  const sink = statement.sink_topic ?? statement.writes;
  const own = threadClass(threadOf(domain));
  const domainOf = (s: PlanStep) => (isSource(s) ? nameOf(s, words)?.domain ?? null : domain);
  const joins = [...new Set(links.filter((l) => l.braided).map((l) => l.to))];
  const sentence = nodes.map((n) => { const c = preview.steps[n.step.id]; return titleOf(n.step) + (c ? `, ${count(c.in)} in, ${count(c.out)} out` : ""); }).join("; ");
  return (
    <div className="plan" style={{ width: planWidth, height }}>
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
          const c = preview.steps[n.step.id], source = isSource(n.step) ? nameOf(n.step, words) : undefined, last = n.step.kind === "sink";
          const stopped = c !== undefined && c.in > 0 && c.out === 0 && !isSource(n.step);
          const title = source ? source.name.toLowerCase() : last && sink ? sink : titleOf(n.step);
          return (
            <li key={n.step.id} className={`mnode${last && !preview.total ? " draft" : ""}`} style={{ left: n.x, top: n.y, width: n.w, height: nodeHeight }} title={titleOf(n.step)}>
              <span className="l1">{(source || last) && <Mark domain={domainOf(n.step)} />}<span className="cut"><Name most={n.w > 180 ? 40 : 20}>{title}</Name></span></span>
              <span className="l2">{!c ? <span>{source ? source.kind : last ? "nothing yet" : n.step.kind === title.toLowerCase() ? "" : n.step.kind}</span> : isSource(n.step) ? <span>{source?.kind === "table" ? "table, " : ""}{count(c.out)} read</span>
                : last ? <><span>{count(c.out)} {c.out === 1 ? "row" : "rows"}</span>{preview.perSecond !== null && <span className="right">{rate(preview.perSecond)}/s</span>}</>
                : stopped ? <span className="st warn"><TriangleAlert className="i xs" />0 of {count(c.in)} pass</span>
                : n.step.kind === "filter" || /join/i.test(n.step.kind) ? <><span>{count(c.out)} of {count(c.in)} {n.step.kind === "filter" ? "pass" : "found a match"}</span><span className="right">{c.in > 0 && c.out <= c.in ? percent(c.out / c.in) : ""}</span></>
                : c.in === c.out ? <span>{count(c.out)} {c.out === 1 ? "row" : "rows"}</span> : <span>{count(c.in)} in, {count(c.out)} out</span>}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

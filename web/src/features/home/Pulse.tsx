// Records a second of the last hour, stacked by domain. What the node kept of each topic by the minute; what it did not keep is not drawn.
import { useMemo } from "react";
import { useQueries } from "@tanstack/react-query";
import { topicActivity, useLive } from "../../api";
import type { ProductSummary } from "../../api/schema";
import { DomainName, useThreads } from "../../parts";
import { Behind, clock, day, plural, rate, threadClass } from "../../ui";
import { stack } from "./stack";

const askedMost = 24;   // topics whose hours are asked for; in larger meshes the live sum alone is shown
export function Pulse({ products }: { products: readonly ProductSummary[] }) {
  const { tick, receivedAt } = useLive();
  const threadOf = useThreads();
  const topics = useMemo(() => [...new Map(products.flatMap((p) => p.ports.filter((x) => x.topic).map((x) => [x.topic, p.domain] as const)))], [products]);
  const asked = topics.slice(0, askedMost);
  const answers = useQueries({ queries: asked.map(([t]) => ({ ...topicActivity(t, 25, "1h"), staleTime: 30_000, refetchInterval: 60_000 })) });
  const data = answers.map((a) => a.data);
  const key = answers.map((a) => a.dataUpdatedAt).join();
  const chart = useMemo(() => stack(asked.map(([, domain], i) => ({ domain, activity: data[i] })), 640, 44), [key, topics]);   // eslint-disable-line react-hooks/exhaustive-deps
  const now = tick ? topics.reduce((n, [t]) => n + (tick.topics[t]?.records_per_second ?? 0), 0) : null;
  if (!tick && !chart) return null;
  return (
    <div className="pulse" role="group" aria-label="Records a second">
      <div><div className="pnow">{now === null ? "" : <><b>{rate(now)}</b> <span className="sub">records/s</span></>}</div><div className="sub">{chart ? `last ${Math.round(chart.minutes / 60)} h` : "now, all products"}</div></div>
      {chart ? (
        <Behind label="Records a second, by domain" table={() => ({ head: ["From, UTC", ...[...chart.areas].reverse().map((a) => a.domain || "no domain")], num: chart.areas.map((_, i) => i + 1), rows: chart.at.map((t, i) => [`${day(t)}, ${clock(t).slice(0, 5)}`, ...[...chart.areas].reverse().map((a) => rate(a.rates[i]!))]).reverse() })}>
          <svg viewBox="0 0 640 44" width="100%" height="44" preserveAspectRatio="none" role="img" aria-label={`Records a second over ${plural(Math.round(chart.minutes / 60), "hour")}, by domain: ${chart.areas.map((a) => `${a.domain} ${rate(a.last)}`).join(", ")}`}>{chart.areas.map((a) => <path key={a.domain} className={`area ${threadClass(threadOf(a.domain))}`} d={a.path} />)}</svg>
          <div className="axis">{chart.ticks.map((t) => <span key={t}>{clock(t).slice(0, 5)}</span>)}</div>
        </Behind>
      ) : <div className="sub">{topics.length > askedMost ? "" : receivedAt ? "The last day appears here once four hours are measured." : ""}</div>}
      {chart && <ul className="plegend">{[...chart.areas].reverse().slice(0, 4).map((a) => <li key={a.domain}><DomainName domain={a.domain} /></li>)}{chart.areas.length > 4 && <li className="sub">and {chart.areas.length - 4} more</li>}</ul>}
    </div>
  );
}

// Records a second of the last hour, stacked by domain: what the node kept of each topic by the minute; what it did not keep is not drawn.
import { useMemo } from "react";
import { useQuery } from "@tanstack/react-query";
import { activities, useLive } from "../../api";
import type { ProductSummary } from "../../api/schema";
import { DomainName, useThreads } from "../../parts";
import { Behind, clock, plural, rate, threadClass } from "../../ui";
import { stack } from "./stack";

const namedMost = 40;   // topics that are named in the question; of more, all are asked for
export function Pulse({ products }: { products: readonly ProductSummary[] }) {
  const { tick, receivedAt } = useLive();
  const threadOf = useThreads();
  const topics = useMemo(() => [...new Map(products.flatMap((p) => p.ports.filter((x) => x.topic).map((x) => [x.topic, p.domain] as const)))], [products]);
  const answer = useQuery(activities(topics.length > namedMost ? null : topics.map(([t]) => t)));
  const chart = useMemo(() => (answer.data ? stack(topics.map(([topic, domain]) => ({ domain, records: answer.data.topics[topic]?.records })), answer.data.from, answer.data.period_s, 640, 44) : null), [answer.data, topics]);
  const now = tick ? topics.reduce((n, [t]) => n + (tick.topics[t]?.records_per_second ?? 0), 0) : null;
  if (!tick && !chart) return null;
  const areas = chart ? [...chart.areas].reverse() : [];
  return (
    <div className="pulse" role="group" aria-label="Records a second">
      <div><div className="pnow">{now === null ? "" : <><b>{rate(now)}</b> <span className="sub">records/s</span></>}</div><div className="sub">{chart ? `last ${plural(chart.minutes, "minute")}` : "now, all products"}</div></div>
      {chart ? (
        <Behind label="Records a second, by domain" table={() => ({ head: ["From, UTC", ...areas.map((a) => a.domain || "no domain")], num: areas.map((_, i) => i + 1), rows: chart.at.map((t, i) => [clock(t).slice(0, 5), ...areas.map((a) => rate(a.rates[i]!))]).reverse() })}>
          <svg viewBox="0 0 640 44" width="100%" height="44" preserveAspectRatio="none" role="img" aria-label={`Records a second over ${plural(chart.minutes, "minute")}, by domain: ${chart.areas.map((a) => `${a.domain} ${rate(a.last)}`).join(", ")}`}>{chart.areas.map((a) => <path key={a.domain} className={`area ${threadClass(threadOf(a.domain))}`} d={a.path} />)}</svg>
          <div className="axis">{chart.ticks.map((t) => <span key={t}>{clock(t).slice(0, 5)}</span>)}</div>
        </Behind>
      ) : <div className="sub">{receivedAt ? "The last hour appears here, minute by minute." : ""}</div>}
      {chart && <ul className="plegend">{areas.slice(0, 4).map((a) => <li key={a.domain}><DomainName domain={a.domain} /></li>)}{areas.length > 4 && <li className="sub">and {areas.length - 4} more</li>}</ul>}
    </div>
  );
}

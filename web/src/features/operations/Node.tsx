// The node: is it well? What it measures itself, and what needs somebody.
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router-dom";
import { productByName, productList, useLive, useSameAs } from "../../api";
import { PageHead, Show, useOptional, useTitle } from "../../parts";
import { Empty, KeyValue, Name, Panel, Spark, Status, bytes, clock, count, logWords, plural, rate, seconds } from "../../ui";
import { groups, queries, topics } from "./questions";

export function Node() {
  useTitle("Operations");
  useSameAs({ command: "curl -s $BRAID_URL/api/v1/live/snapshot", http: { method: "GET", path: "/api/v1/live/snapshot" } });
  const { tick, connection, receivedAt, rates } = useLive();
  const all = useQuery(topics(false));
  const q = useOptional(queries()), g = useOptional(groups());
  // Where Kafka clients connect is what every port of a product says.
  const listed = useQuery(productList()).data?.products.find((p) => p.ports.some((x) => x.topic));
  const port = useQuery({ ...productByName(listed?.name ?? ""), enabled: listed !== undefined }).data?.ports.find((x) => x.bootstrap), registry = / -r (\S+)/.exec(port?.read_with.kcat ?? "")?.[1];
  const node = tick?.node;
  const away = connection.state === "away";
  const failed = (q.data ?? []).filter((x) => x.state === "failed"), erring = (q.data ?? []).filter((x) => x.errors > 0 && x.state === "running"), lagging = (g.data ?? []).filter((x) => (x.lag ?? 0) > 0 && x.members === 0 && !x.internal);
  const numbers: [string, string, string][] = node ? [
    ["Records in", node.records_per_second === null ? "measuring" : `${rate(node.records_per_second)}/s`, node.bytes_per_second === null ? "" : `${bytes(node.bytes_per_second)}/s`],
    ["Topics", count(node.topics), all.data ? `${count(all.data.reduce((n, t) => n + t.records, 0))} records` : ""],
    ["Queries", count(node.queries), q.data ? `${q.data.filter((x) => x.state === "running").length} running` : ""],
    ["Connections", count(node.connections), "clients now"],
    ["Up", seconds(node.uptime_s), `since ${clock(Date.now() - node.uptime_s * 1000).slice(0, 5)} UTC`],
  ] : [];
  const busy = [...(all.data ?? [])].map((t) => ({ t, r: tick?.topics[t.name]?.records_per_second ?? null })).filter((x) => x.r !== null).sort((a, b) => b.r! - a.r!).slice(0, 8);
  return (
    <>
      <PageHead title="Node" facts={node ? <>{away ? `As of ${clock(receivedAt)} UTC: it does not answer.` : "It answers."} Version <b>{node.version}</b>, <b>{logWords(node.event_log)}</b>.</> : "What this node measures of itself."} />
      {node ? <div className="nums5" role="group" aria-label="Numbers of the node">{numbers.map(([name, value, aside]) => <div key={name}><span className="sub">{name}</span><b>{value}</b><span className="dim small">{aside}</span></div>)}</div>
        : <div className="panel"><Empty>{connection.offered ? "Waiting for the first numbers." : "This node does not offer live numbers."}</Empty></div>}
      <div className="two2">
        <div className="col g4"><Panel title="Needs somebody" id="attention">
          {failed.length + erring.length + lagging.length === 0 ? <Empty>{q.offered && g.offered ? "Nothing: queries run, and no group without members is behind." : "This node does not list queries and groups, so nothing can be said."}</Empty> : (
            <ul className="list">
              {failed.map((x) => <li key={x.id}><span className="row"><Status state="failed">{x.state}</Status><Link className="mono" to={`/operations/queries/${encodeURIComponent(x.id)}`}><Name>{x.id}</Name></Link></span><p className="sub"><bdi>{x.last_error?.message ?? "It says no more."}</bdi></p></li>)}
              {erring.map((x) => <li key={x.id}><span className="row"><Status state="warn">{plural(x.errors, "error")}</Status><Link className="mono" to={`/operations/queries/${encodeURIComponent(x.id)}`}><Name>{x.id}</Name></Link></span><p className="sub"><bdi>{x.last_error?.message ?? ""}</bdi></p></li>)}
              {lagging.map((x) => <li key={x.group}><span className="row"><Status state="warn">{count(x.lag ?? 0)} behind</Status><Link to={`/operations/groups/${encodeURIComponent(x.group)}`}><Name>{x.group}</Name></Link></span><p className="sub">It has no members and reads {x.topics.join(", ")}.</p></li>)}
            </ul>
          )}
        </Panel>
        {node && <Panel title="Where it listens" id="where"><div className="pad"><KeyValue rows={[["HTTP and portal", <code key="h">{window.location.origin}</code>], port && ["Kafka", <code key="k">{port.bootstrap}</code>], registry !== undefined && ["Schema registry", <code key="r">{registry}</code>], ["OpenAPI", <a key="o" href="/openapi.json">/openapi.json</a>], ["Health", <a key="z" href="/healthz">/healthz</a>], ["Log", logWords(node.event_log)]]} /></div></Panel>}</div>
        <Panel title="Busiest topics" id="busy" sub="records a second, the last minute">
          <Show of={all}>{() => busy.length === 0 ? <Empty>Nothing is measured yet.</Empty> : <div className="scrollx"><table aria-label="Busiest topics"><thead><tr><th scope="col">Topic</th><th scope="col">Last minute</th><th scope="col" className="num">Records/s</th></tr></thead><tbody>{busy.map(({ t, r }) => <tr key={t.name}><td><Link className="tname" to={`/operations/topics/${encodeURIComponent(t.name)}`}><Name most={40}>{t.name}</Name></Link></td><td><Spark values={rates[t.name] ?? []} width={96} /></td><td className="num">{rate(r)}</td></tr>)}</tbody></table></div>}</Show>
        </Panel>
      </div>
    </>
  );
}

import { Link, useNavigate, useParams } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { SquarePen } from "lucide-react";
import { useLive, useSameAs, sh, type RunningQuery } from "../../api";
import { DomainName, Mark, PageHead, QueryActions, Show, queryWord, useOptional, useTitle } from "../../parts";
import { Plan } from "../../parts/plan";
import { CodeBlock, Empty, bytes, KeyValue, LinkButton, Name, Note, Panel, Status, Table, count, listing, moment, plural, rate, type Column } from "../../ui";
import { Crumb } from "./Crumb";
import { queries, query, sqlWords } from "./questions";

const word = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);
export function Queries() {
  useTitle("Queries");
  useSameAs({ command: "braid queries list", http: { method: "GET", path: "/api/v1/queries" } });
  const all = useQuery(queries());
  const live = useLive().tick?.queries;
  const navigate = useNavigate();
  const columns: Column<RunningQuery>[] = [
    { key: "id", title: "Query", sort: (q) => q.id, cell: (q) => <Link className="tname mono" to={`/operations/queries/${encodeURIComponent(q.id)}`}><Name most={44}>{q.id}</Name></Link> },
    { key: "state", title: "State", sort: (q) => q.state, cell: (q) => <Status state={queryWord(q.state)}>{word(q.state)}</Status> },
    { key: "reads", title: "Reads", text: (q) => q.reads.join(" "), cell: (q) => <Name most={44}>{listing(q.reads, 3)}</Name>, hideNarrow: true },
    { key: "writes", title: "Writes", sort: (q) => q.writes ?? "", cell: (q) => (q.writes ? <span className="dom"><Mark domain={q.owner_domain} /><Name most={36}>{q.writes}</Name></span> : <span className="muted">{q.kind}</span>), hideNarrow: true },
    { key: "in", title: "In/s", num: true, sort: (q) => live?.[q.id]?.records_in_per_second ?? q.records_in_per_second, cell: (q) => rate(live?.[q.id]?.records_in_per_second ?? q.records_in_per_second), hideNarrow: true },
    { key: "out", title: "Out/s", num: true, sort: (q) => live?.[q.id]?.records_out_per_second ?? q.records_out_per_second, cell: (q) => rate(live?.[q.id]?.records_out_per_second ?? q.records_out_per_second) },
    { key: "lag", title: "Lag", num: true, sort: (q) => q.lag, cell: (q) => (q.lag === null ? "" : count(q.lag)), hideNarrow: true },
    { key: "errors", title: "Errors", num: true, sort: (q) => q.errors, cell: (q) => (q.errors > 0 ? <b className="warntx b">{count(q.errors)}</b> : "0"), hideNarrow: true },
    { key: "act", word: "", title: <span className="vh">Actions</span>, cell: (q) => <span className="row end"><QueryActions query={q} small /></span>, hideNarrow: true },
  ];
  return (
    <>
      <PageHead title="Queries" facts={all.data && <><b>{plural(all.data.length, "query", "queries")}</b>, {all.data.filter((q) => q.state === "running").length} running.</>} actions={<LinkButton kind="pri" to="/create">Write a query</LinkButton>} />
      <div className="panel flush"><Show of={all} missing="This node does not list its queries.">{(rows) => <Table rows={rows} columns={columns} rowKey={(q) => q.id} label="Queries" onOpen={(q) => navigate(`/operations/queries/${encodeURIComponent(q.id)}`)} initialSort={[{ key: "id", down: false }]} empty={<Empty action={<LinkButton to="/create">Write a query</LinkButton>}>No query runs.</Empty>} />}</Show></div>
    </>
  );
}
export function QueryPage() {
  const id = useParams().query ?? "";
  useTitle(id);
  useSameAs({ command: `braid queries show ${sh(id)}`, http: { method: "GET", path: `/api/v1/queries/${encodeURIComponent(id)}` } });
  const q = useQuery(query(id)), words = useOptional(sqlWords());
  const live = useLive().tick?.queries[id];
  const navigate = useNavigate();
  return (
    <>
      <PageHead crumb={<Crumb of="Queries" to="/operations/queries" />} title={<span className="qtitle"><Name most={60}>{id}</Name></span>} facts={q.data && <><Status state={queryWord(q.data.state)}>{word(q.data.state)}</Status> {q.data.owner_domain && <>of <DomainName domain={q.data.owner_domain} /></>}</>} actions={q.data && <><QueryActions query={q.data} onGone={() => navigate("/operations/queries")} /><LinkButton icon={<SquarePen className="i s" />} to={`/create/${encodeURIComponent(id)}`}>Open in Create</LinkButton></>} />
      <Show of={q} missing="This node does not tell about its queries.">{(x) => (
        <div className="home withrail qrail">
          <div className="col g4">{x.last_error && <Note kind={x.state === "failed" ? "bad" : "warn"}><b className="b">Its last error.</b> <bdi>{x.last_error.message}</bdi>{x.last_error.at && <span className="muted"> {moment(x.last_error.at)}</span>}</Note>}
            <Panel title="Statement" id="statement"><div className="pad"><CodeBlock text={x.statement} lang="sql" wrap label="Statement" /></div></Panel>
            {x.problems && x.problems.length > 0 && <Panel title="Problems" id="problems" sub="the newest first; the query goes on with the next record" flush><div className="scrollx"><table aria-label="Problems"><thead><tr><th scope="col">Time, UTC</th><th scope="col">What</th><th scope="col" className="hide-n">Record</th></tr></thead><tbody>{x.problems.slice(0, 30).map((p, i) => <tr key={i}><td className="mono dim">{moment(p.at)}</td><td className="wraps"><bdi>{p.message}</bdi></td><td className="mono hide-n">{p.topic !== undefined && p.partition !== undefined && p.offset !== undefined ? <Link to={`/operations/topics/${encodeURIComponent(p.topic)}?partition=${p.partition}&from=${p.offset}`}>{p.topic} {p.partition}:{count(p.offset)}</Link> : ""}</td></tr>)}</tbody></table></div></Panel>}</div>
          <aside className="col g4" aria-label="Numbers"><Panel title="Numbers" id="numbers"><div className="pad"><KeyValue rows={[
            ["In", `${rate(live?.records_in_per_second ?? x.records_in_per_second) || "not measured"}${(live?.records_in_per_second ?? x.records_in_per_second) !== null ? "/s" : ""}, ${count(live?.records_in ?? x.records_in)} so far`], ["Out", `${rate(live?.records_out_per_second ?? x.records_out_per_second) || "not measured"}${(live?.records_out_per_second ?? x.records_out_per_second) !== null ? "/s" : ""}, ${count(live?.records_out ?? x.records_out)} so far`],
            ["Behind", x.lag === null ? "not known" : `${count(live?.lag ?? x.lag)} records`], ["Errors", count(live?.errors ?? x.errors)], x.started_at !== null && ["Since", moment(x.started_at)],
            ["Reads", <span key="r" className="row wrap">{x.reads.map((t) => <Link key={t} to={`/operations/topics/${encodeURIComponent(t)}`}><Name most={40}>{t}</Name></Link>)}</span>], x.writes !== null && ["Writes", <Link key="w" to={`/operations/topics/${encodeURIComponent(x.writes)}`}><Name most={40}>{x.writes}</Name></Link>],
            (x.state_entries ?? 0) > 0 && ["Keeps", `${count(x.state_entries!)} ${x.state_entries === 1 ? "entry" : "entries"}${x.state_bytes ? `, ${bytes(x.state_bytes)}` : ""}`], (x.late ?? 0) > 0 && ["Too late", `${count(x.late!)} records came after their window had closed`], (x.null_keys ?? 0) > 0 && ["No key", `${count(x.null_keys!)} records had no key to group by`],
          ]} /></div></Panel>
            {x.plan && x.plan.steps.length > 0 && <Panel title="Plan" id="plan"><div className="planbox"><Plan steps={x.plan.steps} sink={x.writes} words={words.data} counts={{}} rows={null} perSecond={live?.records_out_per_second ?? null} domain={x.owner_domain} /></div></Panel>}</aside>
        </div>
      )}</Show>
    </>
  );
}

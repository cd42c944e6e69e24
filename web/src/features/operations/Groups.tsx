// Consumer groups: members, how far behind, and setting their offsets, always with a dry run first.
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router-dom";
import { useMutation, useQuery } from "@tanstack/react-query";
import { RotateCcw, Trash2 } from "lucide-react";
import { cache, sh, showSameAs, useSameAs, type Group, type GroupInFull, type OffsetChanges } from "../../api";
import { ErrorOf, PageHead, Show, useAwayReason, useTitle } from "../../parts";
import { Button, Dialog, Empty, Name, Panel, Status, Table, count, listing, plural, type Column } from "../../ui";
import { Crumb } from "./Crumb";
import { deleteGroup, group, groups, resetOffsets, type Reset } from "./questions";

const stateOf = (s: string) => (/stable/i.test(s) ? "running" : /empty|dead/i.test(s) ? "idle" : "close") as "running" | "idle" | "close";
const said = (s: string) => s.charAt(0).toUpperCase() + s.slice(1).replace(/rebalance/, " rebalance");
// The group of a query carries the query's name behind what ksqlDB puts before it.
const queryOf = (g: { group: string; internal?: boolean }) => (g.internal ? /_query_(.+)$/.exec(g.group)?.[1] ?? null : null);
const GroupState = ({ g, members }: { g: { state: string; internal?: boolean; lag?: number | null }; members: number }) => (g.internal && members === 0 ? <Status state="ok" title="The query itself keeps the place and commits it here.">By its query</Status> : <Status state={stateOf(g.state)} title={/empty/i.test(g.state) ? "Nobody reads with it now; its offsets are kept." : undefined}>{said(g.state)}</Status>);
export function Groups() {
  useTitle("Groups");
  useSameAs({ command: "braid groups list --internal", http: { method: "GET", path: "/api/v1/groups" } });
  const all = useQuery(groups());
  const navigate = useNavigate();
  const columns: Column<Group>[] = [
    { key: "group", title: "Group", sort: (g) => g.group, cell: (g) => <span className="row"><Link className="tname" to={`/operations/groups/${encodeURIComponent(g.group)}`}><Name most={48}>{queryOf(g) ?? g.group}</Name></Link>{g.internal && <span className="chip line hide-n" title={g.group}>query</span>}</span> },
    { key: "state", title: "State", sort: (g) => g.state, cell: (g) => <GroupState g={g} members={g.members} /> },
    { key: "lag", title: "Behind", num: true, sort: (g) => g.lag, cell: (g) => (g.lag === null ? <span className="dim">not known</span> : count(g.lag)) },
    { key: "members", title: "Members", num: true, sort: (g) => g.members, cell: (g) => g.members, hideNarrow: true },
    { key: "topics", title: "Reads", text: (g) => g.topics.join(" "), cell: (g) => <Name most={60}>{listing(g.topics, 4)}</Name>, hideNarrow: true },
  ];
  return (
    <>
      <PageHead title="Groups" facts={all.data && <><b>{plural(all.data.length, "group")}</b>, {all.data.filter((g) => g.members > 0).length} with members{all.data.some((g) => g.internal) ? <>, {all.data.filter((g) => g.internal).length} of queries</> : null}.</>} />
      <div className="panel flush"><Show of={all} missing="This node does not list its groups.">{(rows) => <Table rows={rows} columns={columns} rowKey={(g) => g.group} label="Groups" onOpen={(g) => navigate(`/operations/groups/${encodeURIComponent(g.group)}`)} initialSort={[{ key: "group", down: false }]} empty={<Empty>No group yet. A Kafka consumer with a group.id makes one.</Empty>} />}</Show></div>
    </>
  );
}
export function GroupPage() {
  const name = useParams().group ?? "";
  useTitle(name);
  useSameAs({ command: `braid groups show ${sh(name)}`, http: { method: "GET", path: `/api/v1/groups/${encodeURIComponent(name)}` } });
  const q = useQuery(group(name));
  const away = useAwayReason();
  const navigate = useNavigate();
  const [setting, setSetting] = useState(false), [deleting, setDeleting] = useState(false);
  const g = q.data;
  const busy = g?.internal ? "It belongs to a query: the query keeps its own place." : g && g.members.length > 0 ? `${plural(g.members.length, "member")} ${g.members.length === 1 ? "reads" : "read"} with it: ${listing(g.members.map((m) => m.client_id || m.id), 3)}. Stop ${g.members.length === 1 ? "it" : "them"} first.` : "";
  const lag = g ? g.offsets.reduce<number | null>((n, o) => (o.lag === null ? n : (n ?? 0) + o.lag), null) : null;
  const gone = useMutation({ mutationFn: () => deleteGroup(name), onSuccess: () => { void cache.invalidateQueries({ queryKey: ["groups"] }); navigate("/operations/groups"); } });
  return (
    <>
      <PageHead crumb={<Crumb of="Groups" to="/operations/groups" />} title={<Name most={60}>{name}</Name>} facts={g && <><GroupState g={g} members={g.members.length} />{" · "}{g.internal && queryOf(g) ? <>The group of query <Link to={`/operations/queries/${encodeURIComponent(queryOf(g)!)}`}><Name most={48}>{queryOf(g) ?? ""}</Name></Link>. </> : null}{plural(g.members.length, "member")}, {lag === null ? "lag not known" : <><b>{count(lag)}</b> records behind</>}.</>}
        actions={g && <><Button icon={<RotateCcw className="i s" />} why={away || busy} onClick={() => setSetting(true)}>Set offsets</Button><Button kind="quiet" icon={<Trash2 className="i s" />} why={away || busy} onClick={() => setDeleting(true)}>Delete</Button></>} />
      <Show of={q} rows={6} missing="This node does not tell about groups.">{(full) => (
        <div className="home withrail">
          <Panel title="Offsets" id="offsets" flush><Offsets g={full} /></Panel>
          <aside className="col g4" aria-label="Members"><Panel title="Members" id="members">{full.members.length === 0 ? <Empty>Nobody reads with it now.</Empty> : <ul className="list">{full.members.map((m) => <li key={m.id}><b className="b"><Name most={36}>{m.client_id || m.id}</Name></b> <span className="sub">from {m.host}</span>{m.assignment.map((a) => <p key={a.topic} className="sub"><Link to={`/operations/topics/${encodeURIComponent(a.topic)}`}><Name most={36}>{a.topic}</Name></Link> {a.partitions.length ? `${a.partitions.length === 1 ? "partition" : "partitions"} ${a.partitions.join(", ")}` : "no partition"}</p>)}</li>)}</ul>}</Panel>
            {busy && <p className="sub">Offsets can be set and the group deleted when nobody reads with it.</p>}</aside>
        </div>
      )}</Show>
      {setting && g && <SetOffsets g={g} onClose={() => setSetting(false)} />}
      {deleting && <Dialog open onClose={() => setDeleting(false)} title={<>Delete <Name most={48}>{name}</Name>?</>} footer={<><Button onClick={() => setDeleting(false)}>Keep it</Button><Button kind="danger" busy={gone.isPending} onClick={() => { showSameAs({ command: `braid groups remove ${sh(name)}`, http: { method: "DELETE", path: `/api/v1/groups/${encodeURIComponent(name)}` } }); gone.mutate(); }}>Delete, forget {plural(g?.offsets.length ?? 0, "offset")}</Button></>}><p>Its committed offsets are forgotten. A consumer that comes back under this name starts where its settings say. This cannot be undone.</p>{gone.error && <ErrorOf error={gone.error} />}</Dialog>}
    </>
  );
}
const Offsets = ({ g }: { g: GroupInFull }) => {
  const most = Math.max(1, ...g.offsets.map((o) => o.lag ?? 0));
  type O = GroupInFull["offsets"][number];
  const columns: Column<O>[] = [
    { key: "topic", title: "Topic", sort: (o) => o.topic, cell: (o) => <Link to={`/operations/topics/${encodeURIComponent(o.topic)}?partition=${o.partition}${o.committed !== null ? `&from=${o.committed}` : ""}`} className="tname"><Name most={36}>{o.topic}</Name></Link> },
    { key: "partition", title: "Partition", num: true, sort: (o) => o.partition, cell: (o) => o.partition },
    { key: "committed", title: "Committed", num: true, sort: (o) => o.committed, cell: (o) => (o.committed === null ? <span className="dim">nothing yet</span> : count(o.committed)), hideNarrow: true },
    { key: "end", title: "End", num: true, sort: (o) => o.end, cell: (o) => (o.end === null ? <span className="dim">not known</span> : count(o.end)), hideNarrow: true },
    { key: "lag", title: "Behind", num: true, sort: (o) => o.lag, cell: (o) => (o.lag === null ? <span className="dim">not known</span> : count(o.lag)) },
    { key: "bar", title: "", cell: (o) => (o.lag ? <span className="meter wide" aria-hidden="true"><b style={{ width: `${(o.lag / most) * 100}%` }} /></span> : null), hideNarrow: true },
  ];
  return <Table rows={g.offsets} columns={columns} rowKey={(o) => `${o.topic}:${o.partition}`} label="Offsets" initialSort={[{ key: "topic", down: false }, { key: "partition", down: false }]} empty={<Empty>It has committed nothing yet.</Empty>} />;
};
function SetOffsets({ g, onClose }: { g: GroupInFull; onClose: () => void }) {
  const topics = [...new Set(g.offsets.map((o) => o.topic))];
  const [topic, setTopic] = useState(topics[0] ?? ""), [to, setTo] = useState<"earliest" | "latest" | "offset" | "time" | "back">("earliest"), [value, setValue] = useState("");
  const reset: Reset = { topic, partitions: null, to: to === "earliest" || to === "latest" ? to : to === "back" ? `-${value || 0}` : to === "time" ? `${value}${value && !value.endsWith("Z") ? "Z" : ""}` : value || "0" };
  const path = `/api/v1/groups/${encodeURIComponent(g.group)}/offsets`;
  const told = (dry: boolean) => showSameAs({ command: `braid groups reset ${sh(g.group)} --topic ${sh(topic)} --to=${sh(reset.to)}`, dry, http: { method: "POST", path: path + (dry ? "?dry_run=true" : ""), body: reset } });
  const [seen, setSeen] = useState<{ for: string; changes: OffsetChanges["changes"] } | null>(null);
  const dry = useMutation({ mutationFn: () => { told(true); return resetOffsets(g.group, reset, true); }, onSuccess: (a) => setSeen({ for: JSON.stringify(reset), changes: a.changes }) });
  const real = useMutation({ mutationFn: () => { told(false); return resetOffsets(g.group, reset, false); }, onSuccess: () => { void cache.invalidateQueries({ queryKey: ["groups"] }); onClose(); } });
  const current = seen?.for === JSON.stringify(reset) ? seen.changes : null;
  return (
    <Dialog open onClose={onClose} title={<>Set offsets of <Name most={40}>{g.group}</Name></>} footer={<><Button onClick={onClose}>Leave them</Button><Button busy={dry.isPending} why={topic ? "" : "It reads no topic yet."} onClick={() => dry.mutate()}>Dry run</Button><Button kind="danger" busy={real.isPending} why={current ? "" : "See the dry run first."} onClick={() => real.mutate()}>{current ? `Set ${plural(current.length, "offset")}` : "Set offsets"}</Button></>}>
      <div className="frow"><label className="field"><span className="lab">Topic</span><select className="in" value={topic} onChange={(e) => setTopic(e.target.value)}>{topics.map((t) => <option key={t}>{t}</option>)}</select></label>
        <label className="field"><span className="lab">To</span><select className="in" value={to} onChange={(e) => { setTo(e.target.value as typeof to); setValue(""); }}><option value="earliest">the first record</option><option value="latest">the end</option><option value="offset">an offset</option><option value="time">a time, UTC</option><option value="back">back by some records</option></select></label>
        {to !== "earliest" && to !== "latest" && <label className="field"><span className="lab">{to === "time" ? "Time, UTC" : to === "back" ? "Records" : "Offset"}</span><input className="in" type={to === "time" ? "datetime-local" : "number"} step={to === "time" ? "1" : undefined} min="0" value={value} onChange={(e) => setValue(e.target.value)} /></label>}</div>
      {current ? <div className="scrollx impact"><table aria-label="What would change"><thead><tr><th scope="col">Partition</th><th scope="col" className="num">Now</th><th scope="col" className="num">Then</th><th scope="col" className="num">Behind then</th></tr></thead><tbody>{current.map((c) => <tr key={c.partition}><td>{c.topic} {c.partition}</td><td className="num">{c.from === null ? "nothing" : count(c.from)}</td><td className="num b">{count(c.to)}</td><td className="num">{count(c.lag_after)}</td></tr>)}</tbody></table></div> : <p className="muted">The dry run shows which offsets would move, and by how much. Nothing changes until you set them.</p>}
      {(dry.error ?? real.error) && <ErrorOf error={dry.error ?? real.error} />}
    </Dialog>
  );
}

// Who uses it: registered, running queries, and groups and clients that were seen. Registering is done here.
import { useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router-dom";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { ask, lineageOf, nobody, sh, showSameAs, useWho } from "../../api";
import type { Product } from "../../api/schema";
import { DomainName, ErrorOf, useAwayReason, useOptional } from "../../parts";
import { Button, Dialog, Empty, Name, Status, Table, ago, day, plural, rate, type Column, type StatusKind } from "../../ui";

interface Row { key: string; name: string; to: string | null; domain: string | null; purpose: string; through: string; state: StatusKind; word: string; rate: number | null; registered: boolean }
export function Consumers({ product }: { product: Product }) {
  const lineage = useOptional(lineageOf(`product:${product.name}`, "2", null));
  const topics = useMemo(() => new Set(product.ports.map((p) => `topic:${p.topic}`)), [product]);
  const rows = useMemo(() => {
    const l = lineage.data, nodes = new Map((l?.nodes ?? []).map((n) => [n.id, n])), edges = (l?.edges ?? []).filter((e) => topics.has(e.from));
    const out: Row[] = [], matched = new Set<string>();
    for (const c of product.consumers) {
      const seen = edges.find((e) => { if (nodes.get(e.to)?.interactive) return false; const n = nodes.get(e.to); return n && (n.name === c.name || n.client_id === c.name || (n.domain === c.domain && n.kind !== "query")); });
      if (seen) matched.add(seen.to);
      out.push({ key: `c:${c.name}:${c.team}`, name: c.name, to: null, domain: c.domain, purpose: c.purpose, through: seen && nodes.get(seen.to)!.kind !== "consumer" ? nodes.get(seen.to)!.kind : seen ? nodes.get(seen.to)!.group ?? nodes.get(seen.to)!.client_id ?? "" : "", state: seen && seen.status !== "declared_never_seen" ? "ok" : "none", word: seen && seen.status !== "declared_never_seen" ? (seen.last_seen ? `Seen ${ago(seen.last_seen)}` : "Seen") : l ? "Registered, never seen" : `Registered ${day(c.since)}`, rate: seen?.records_per_second ?? null, registered: true });
    }
    for (const r of product.readers) {
      const node = [...nodes.values()].find((n) => n.kind === "query" && n.name === r.name), edge = edges.find((e) => e.to === node?.id);
      if (node) matched.add(node.id);
      const writes = (l?.edges ?? []).filter((e) => e.from === node?.id).map((e) => nodes.get(e.to)?.name).filter(Boolean).join(", ");
      out.push({ key: `r:${r.name}`, name: writes || r.name, to: r.kind === "query" || node ? `/operations/queries/${encodeURIComponent(r.name)}` : null, domain: node?.domain ?? null, purpose: writes ? "derives it" : r.detail, through: `${r.kind} ${r.name}`, state: node && node.state !== "running" ? (node.state === "paused" ? "paused" : "failed") : "running", word: node?.state && node.state !== "running" ? node.state : "Runs", rate: edge?.records_per_second ?? null, registered: true });
    }
    for (const e of edges) {
      const n = nodes.get(e.to);
      if (!n || matched.has(e.to) || (n.kind === "query" && product.readers.some((r) => r.name === n.name))) continue;
      out.push({ key: e.to, name: n.name, to: n.kind === "group" ? `/operations/groups/${encodeURIComponent(n.name)}` : null, domain: n.domain, purpose: n.kind === "query" ? n.sketch ?? "" : n.interactive ? "looks at records" : "unknown", through: `${n.kind}${n.client_id && n.client_id !== n.name ? `, ${n.client_id}` : ""}`, state: e.status === "at_rest" ? "idle" : e.status === "seen_not_declared" ? "warn" : "ok", word: e.status === "seen_not_declared" ? "Seen, not registered" : e.status === "declared_never_seen" ? "Declared, never seen" : e.last_seen ? `Seen ${ago(e.last_seen)}` : "Seen", rate: e.records_per_second, registered: false });
    }
    return out;
  }, [product, lineage.data, topics]);
  const columns = useMemo<Column<Row>[]>(() => [
    { key: "name", title: "Name", sort: (r) => r.name, cell: (r) => (r.to ? <Link className="tname" to={r.to}><Name most={36}>{r.name}</Name></Link> : <span className="tname"><Name most={36}>{r.name}</Name></span>) },
    { key: "domain", title: "Domain", sort: (r) => r.domain, cell: (r) => (r.domain ? <DomainName domain={r.domain} /> : <span className="dim">none</span>), hideNarrow: true },
    { key: "purpose", title: "Purpose", sort: (r) => r.purpose, cell: (r) => <Name most={44}>{r.purpose}</Name>, hideNarrow: true },
    { key: "through", title: "Through", sort: (r) => r.through, cell: (r) => <span className="muted"><Name most={34}>{r.through}</Name></span>, hideNarrow: true },
    { key: "state", title: "Seen", sort: (r) => r.word, cell: (r) => <Status state={r.state}>{r.word}</Status> },
    { key: "rate", title: "Read/s", num: true, sort: (r) => r.rate, cell: (r) => (r.rate === null ? "" : rate(r.rate)) },
  ], []);
  const registered = product.consumers.length, queries = product.readers.length, seen = rows.filter((r) => r.word === "Seen, not registered").length;
  return (
    <section className="panel flush" id="consumers" aria-labelledby="consumers-h">
      <header><h2 id="consumers-h">Consumers</h2><span className="sub">{[registered && `${registered} registered`, queries && plural(queries, "query", "queries"), seen && `${seen} seen only`].filter(Boolean).join(", ")}</span><div className="right"><Register product={product} /></div></header>
      {rows.length === 0 ? <Empty>No consumers yet. When someone reads or registers, they appear here.</Empty> : <Table label="Consumers" rows={rows} columns={columns} rowKey={(r) => r.key} />}
    </section>
  );
}

function Register({ product }: { product: Product }) {
  const [params, setParams] = useSearchParams();
  const open = params.get("register") === "1";
  const show = (on: boolean) => setParams((o) => { const n = new URLSearchParams(o); if (on) n.set("register", "1"); else n.delete("register"); return n; }, { replace: true, preventScrollReset: true });
  const who = useWho(), away = useAwayReason();
  const [name, setName] = useState(""), [purpose, setPurpose] = useState(""), [team, setTeam] = useState("");
  const cache = useQueryClient();
  const chosen = team || who?.teams[0] || "";
  const body = { ...(chosen ? { team: chosen } : {}), ...(name ? { name } : {}), purpose };
  const command = `braid products register ${sh(product.name)}${chosen ? ` --team ${sh(chosen)}` : ""}${name ? ` --name ${sh(name)}` : ""}${purpose ? ` --purpose ${sh(purpose)}` : ""}`;
  const register = useMutation({
    mutationFn: () => ask("registerConsumer", { product: product.name }, body),
    onSuccess: () => { showSameAs({ command, http: { method: "POST", path: `/api/v1/products/${encodeURIComponent(product.name)}/consumers`, body } }); void cache.invalidateQueries({ queryKey: ["products", product.name] }); void cache.invalidateQueries({ queryKey: ["lineage"] }); show(false); setName(""); setPurpose(""); },
  });
  const teams = who?.teams ?? [];
  const why = away || (!who ? "The node is asked who you are." : !who.person ? `A consumer is registered by a member of its team. ${nobody(who)}` : who && teams.length === 0 ? "You are in no team: a consumer belongs to one." : product.state === "deprecated" ? "It ends: new consumers are refused." : product.state === "draft" ? "It is a draft: nobody can register yet." : "");
  return (
    <>
      <Button small icon={<Plus className="i s" />} why={why} onClick={() => show(true)}>Register mine</Button>
      <Dialog open={open && !why} onClose={() => show(false)} title={<>Register a consumer of <Name most={40}>{product.name}</Name></>} footer={<><Button onClick={() => show(false)}>Cancel</Button><Button kind="pri" busy={register.isPending} why={purpose.trim() ? "" : "Say what for: the owner decides by it."} onClick={() => register.mutate()}>Register</Button></>}>
        <p className="muted">{product.owner} sees who reads it and tells you before it changes.</p>
        {teams.length > 1 && <div className="field"><label htmlFor="reg-team">Team</label><select id="reg-team" className="in" value={chosen} onChange={(e) => setTeam(e.target.value)}>{teams.map((t) => <option key={t}>{t}</option>)}</select></div>}
        <div className="field"><label htmlFor="reg-purpose">Purpose</label><input id="reg-purpose" className="in" value={purpose} onChange={(e) => setPurpose(e.target.value)} placeholder="Check settlements over 5.00 $" autoFocus /></div>
        <div className="field"><label htmlFor="reg-name">Application <span className="hint">optional; the team's name if left out</span></label><input id="reg-name" className="in" value={name} onChange={(e) => setName(e.target.value)} placeholder="settlement-check" /></div>
        {register.error && <ErrorOf error={register.error} />}
        <p className="sub"><code>{command}</code></p>
      </Dialog>
    </>
  );
}

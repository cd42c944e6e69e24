// Guided: what can be derived is proposed, what is missing is said by the node itself, the draft lives in the server.
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useNavigate, useParams } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { ChevronRight, CircleAlert, CircleCheck, CircleDashed, WandSparkles } from "lucide-react";
import { allPromises, ask, nobody, asApiError, cache, productByName, productHistory, productList, queryList, sh, showSameAs, teamList, topicByName, topicProfile, useMay, useSameAs, useWho, call, question, type ApiError, type UseCase } from "../../api";
import type { Product } from "../../api/schema";
import { Choices, Conflict, DomainName, ErrorOf, PageHead, PromiseFields, Show, Tags, TextField, fieldsOf, flat, isConflict, promiseOptions, promisePatch, noPromises, wordOfTier, qualities, tiers, useAwayReason, useOptional, useTitle } from "../../parts";
import { Button, LinkButton, Loading, Name, Panel, clock, plural, rate, seconds, listing } from "../../ui";
import { Card } from "./Card";
import { bodyOf, changeOf, derive, draftOf, firstDraft, missing, type Draft } from "./draft";

export function Guide() {
  const topic = useParams().topic ?? "";
  useTitle(`Publish ${topic}`);
  const products = useQuery(productList()), t = useQuery(topicByName(topic)), who = useWho(), teams = useQuery(teamList());
  const queries = useOptional(queryList());
  const mine = products.data?.products.filter((p) => p.ports.some((x) => x.topic === topic) || (p.state === "draft" && p.name === topic)) ?? [];
  const draft = mine.find((p) => p.state === "draft"), done = mine.find((p) => p.state !== "draft");
  const full = useQuery({ ...productByName(draft?.name ?? ""), enabled: draft !== undefined });
  const crumb = <><Link to="/manage">Manage</Link><ChevronRight className="i xs" /><Link to="/publish">Publish</Link></>;
  // Once everything is there the form stays: a question that is asked again must not take away what one types.
  const complete = Boolean(products.data && who && teams.data && (!draft || full.data) && (queries.data !== undefined || !queries.loading));
  const was = useRef<string | null>(null);
  if (complete) was.current = topic;
  const ready = was.current === topic;   // also when somebody else makes a draft meanwhile
  if (done && !draft) return <Published product={done.name} crumb={crumb} domain={done.domain} version={done.version} />;
  return (
    <>
      <Show of={t} rows={4}>{(found) => !ready ? <><PageHead crumb={crumb} title={<>Publish <Name most={50}>{topic}</Name></>} /><Loading rows={6} height={300} /></> : <Form key={topic} topic={topic} crumb={crumb} stored={full.data ?? null} schema={found.value_schema?.schema ? { type: found.value_schema.type, text: found.value_schema.schema } : null} />}</Show>
      {t.error && asApiError(t.error).status === 404 && <p className="pad2"><LinkButton to="/publish">See the topics there are</LinkButton></p>}
    </>
  );
}
function Published({ product, crumb, domain, version }: { product: string; crumb: React.ReactNode; domain: string; version: string }) {
  return <><PageHead crumb={crumb} title={<Name most={60}>{product}</Name>} facts={<>It is a product of <DomainName domain={domain} />, version <b>{version}</b>.</>} /><div className="panel narrowpanel pubdone" role="status"><CircleCheck className="i" /><div><p className="b">Published.</p><p className="muted">Others find it in Explore now.</p><p className="row wrap note-act"><LinkButton kind="pri" to={`/products/${encodeURIComponent(product)}`}>Open the product page</LinkButton><LinkButton to={`/manage/${encodeURIComponent(domain)}?sel=${encodeURIComponent(product)}`}>Manage it</LinkButton></p></div></div></>;
}

type StepId = "what" | "description" | "owner" | "promises" | "documentation";
function Form({ topic, crumb, stored, schema }: { topic: string; crumb: React.ReactNode; stored: Product | null; schema: { type: string; text: string } | null }) {
  const { step } = useParams();
  const navigate = useNavigate();
  const who = useWho(), away = useAwayReason();
  const products = useQuery(productList()).data?.products ?? [], teams = useQuery(teamList()).data ?? [];
  const asked = useOptional(queryList()), queries = useMemo(() => asked.data ?? [], [asked.data]), profile = useOptional(topicProfile(topic));
  const fields = useMemo(() => (schema ? fieldsOf(schema.type, schema.text) : []), [schema]);
  const doc = useMemo(() => { try { return String((JSON.parse(schema?.text ?? "{}") as { doc?: unknown }).doc ?? ""); } catch { return ""; } }, [schema]);
  const cases = useOptional(question(["use-cases"], (signal) => call<UseCase[]>("GET", "/api/v1/use-cases", { signal }), { staleTime: 600_000 })).data;
  const derived = useMemo(() => derive(topic, queries, products, doc, cases?.find((u) => u.output.toLowerCase() === topic.toLowerCase())?.description ?? ""), [topic, queries, products, doc, cases]);
  const [base, setBase] = useState<{ draft: Draft; revision: number } | null>(stored ? { draft: draftOf(stored), revision: stored.revision } : null);
  const [draft, setDraft] = useState<Draft>(() => (stored ? draftOf(stored) : firstDraft(topic, who, derived, teams)));
  const [touched, setTouched] = useState<{ [k: string]: boolean }>({});
  const [saved, setSaved] = useState<"none" | "saving" | string>(stored ? clock(stored.changed).slice(0, 5) : "none");
  const [failed, setFailed] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const put = (change: Partial<Draft>) => { setDraft((d) => ({ ...d, ...change })); setTouched((x) => ({ ...x, ...Object.fromEntries(Object.keys(change).map((k) => [k, true])) })); };
  const allowed = useMay(draft.domain, topic);
  const may = who && !who.person && !who.unclaimed ? { may: false, why: nobody(who) } : allowed;
  // whoever chooses a person on the way becomes the owner, unless an owner was chosen
  useEffect(() => { if (who?.domains[0] && !draft.domain && !touched.domain && !base) { const first = firstDraft(topic, who, derived, teams); setDraft((d) => ({ ...d, domain: first.domain, owner: first.owner })); } }, [who?.person, who?.domains[0]]);   // eslint-disable-line react-hooks/exhaustive-deps

  // Typing is kept in the server a second after the last key, as a draft.
  const change = base ? changeOf(base.draft, draft) : {};
  const dirty = base ? Object.keys(change).length > 0 : Object.keys(touched).length > 0;
  const state = useRef({ draft, base, change });
  state.current = { draft, base, change };
  const keep = async (over?: number): Promise<boolean> => {
    const { draft: d, base: b, change: c } = state.current;
    if (b && Object.keys(c).length === 0) return true;
    setSaved("saving");
    try {
      let now: Product;
      if (b) now = (await ask("changeProduct", { product: d.name }, { ...c, revision: over ?? b.revision })) as Product;
      else now = (await ask("publishProduct", {}, { ...bodyOf(d, topic), state: "draft", revision: 0 } as never)) as Product;   // 0: there is none yet; if somebody made one meanwhile, we are told
      setBase({ draft: { ...d, owner: now.owner }, revision: now.revision });
      setSaved(clock(Date.now()).slice(0, 8));
      setFailed(null);
      return true;
    } catch (e) { setFailed(asApiError(e)); setSaved("none"); return false; }
  };
  useEffect(() => {
    if (!dirty || !may.may || away || failed || (stored && !base)) return;
    const timer = setTimeout(() => void keep(), 1_000);
    return () => clearTimeout(timer);
  }, [JSON.stringify(draft), dirty, may.may, away, failed]);   // eslint-disable-line react-hooks/exhaustive-deps

  const [late, setLate] = useState(draft);
  useEffect(() => { const timer = setTimeout(() => setLate(draft), 300); return () => clearTimeout(timer); }, [draft]);
  const dry = useQuery({ ...missing(late, topic, base !== null), enabled: may.may, placeholderData: (o) => o });   // the node is not asked what it would refuse anyway
  const refusal = dry.error ? asApiError(dry.error) : null;
  const problems = (refusal?.problems ?? []).map((p) => ({ field: p.field.replace(/^\//, "").split("/")[0]!, message: p.message.charAt(0).toUpperCase() + p.message.slice(1) + (/[.!?]$/.test(p.message) ? "" : ".") }));
  const promiseProblems = [...(refusal?.problems ?? []), ...(failed?.problems ?? [])];
  const leaves = useMemo(() => flat(fields).filter((f) => f.field.fields.length === 0).map((f) => f.field.path), [fields]);
  const problem = (f: string) => problems.find((p) => p.field === f)?.message ?? null;
  const names = problems.map((p) => ({ ports: "a topic with records" })[p.field] ?? `${/^[aeiou]/.test(p.field) ? "an" : "a"} ${p.field}`);
  const why = away || may.why || (problems.length ? `${problems.length === 1 ? "1 thing is" : `${problems.length} things are`} missing: ${names.join(" and ")}` : refusal ? `${refusal.message}${refusal.hint ? ` ${refusal.hint}` : ""}` : dry.data === undefined ? "The node is asked what is missing." : "");

  const file = `kind: DataProduct\nname: ${draft.name}\ndomain: ${draft.domain}\nowner: "${draft.owner}"\ndescription: ${draft.description ? JSON.stringify(draft.description) : "# missing"}\nquality: ${draft.quality}\nsla: ${draft.sla}\ntags: [${draft.tags.join(", ")}]\noutputPorts: [{ name: records, topic: ${topic} }]`;
  const command = `braid products publish ${sh(draft.name)}${draft.owner ? ` --owner ${draft.owner}` : ""} --quality ${draft.quality} --sla ${draft.sla}${draft.tags.map((x) => ` --tag ${sh(x)}`).join("")}${promiseOptions(promisePatch(noPromises, draft.promises), sh)}${draft.description ? ` --description ${sh(draft.description)}` : ""}`;
  const http = { method: "POST", path: base ? `/api/v1/products/${encodeURIComponent(draft.name)}/publish` : "/api/v1/products", body: bodyOf(draft, topic) };
  useSameAs({ command, http, file, dry: true });
  const publish = async () => {
    if (why || busy) return;
    setBusy(true);
    showSameAs({ command, http, file });
    try {
      const { name, ...rest } = bodyOf(draft, topic);
      if (base) await ask("publishDraft", { product: name }, { ...rest, revision: base.revision } as never);
      else await ask("publishProduct", {}, { name, ...rest, state: "published", revision: 0 } as never);
      await cache.invalidateQueries();
    } catch (e) { setFailed(asApiError(e)); }
    setBusy(false);
  };
  const takeTheirs = async () => { const now = await cache.fetchQuery({ ...productByName(draft.name), staleTime: 0 }); setBase({ draft: draftOf(now), revision: now.revision }); setDraft(draftOf(now)); setFailed(null); };

  // Somebody else made a draft of this topic while one had none: theirs is the base, what one typed oneself is laid over it.
  const own = Object.fromEntries(Object.keys(touched).filter((k) => k in draft).map((k) => [k, draft[k as keyof Draft]]));
  const mineOverTheirs = async () => { const now = await cache.fetchQuery({ ...productByName(draft.name), staleTime: 0 }); setBase({ draft: draftOf(now), revision: now.revision }); setDraft({ ...draftOf(now), ...own }); setFailed(null); };
  const overtakenBy = stored && !base && stored.state === "draft" && saved !== "saving" ? stored : null;
  const theirs = useQuery({ ...productHistory(overtakenBy?.name ?? ""), enabled: overtakenBy !== null && Object.keys(touched).length > 0 }).data?.events ?? [];
  useEffect(() => { if (overtakenBy && Object.keys(touched).length === 0) { setBase({ draft: draftOf(overtakenBy), revision: overtakenBy.revision }); setDraft(draftOf(overtakenBy)); } }, [overtakenBy]);   // eslint-disable-line react-hooks/exhaustive-deps

  const p = profile.data;
  const tierOf = useOptional(allPromises()).data?.products.flatMap((x) => x.promises).filter((x) => x.promised?.from === draft.sla).map((x) => ({ ...x, measured: null })) ?? [];
  const steps: [StepId, string, string, "ok" | "bad" | "idle"][] = [
    ["what", "What", fields.length ? `topic ${topic}, ${plural(fields.length, "field")}` : `topic ${topic}, no schema`, problem("ports") || problem("name") ? "bad" : "ok"],
    ["description", "Description", problem("description") || !draft.description.trim() ? "missing: what is a record?" : plural(draft.description.trim().split(/\s+/).filter(Boolean).length, "word"), problem("description") || !draft.description.trim() || problem("quality") ? "bad" : "ok"],
    ["owner", "Owner", draft.owner || "missing: a team", problem("owner") || problem("domain") || !draft.owner ? "bad" : "ok"],
    ["promises", "Promises", `${tiers.find(([v]) => v === draft.sla)?.[1] ?? draft.sla}${((n) => (n ? `, ${n} of its own` : ""))(Object.keys(promisePatch(noPromises, draft.promises) ?? {}).length)}`, problem("sla") ? "bad" : "ok"],
    ["documentation", "Documentation", draft.documentation ? plural(draft.documentation.split(/\s+/).filter(Boolean).length, "word") : "optional, 0 words", draft.documentation ? "ok" : "idle"],
  ];
  const icon = { ok: CircleCheck, bad: CircleAlert, idle: CircleDashed };
  const current = (step as StepId | undefined) ?? steps.find((s) => s[3] === "bad")?.[0] ?? "what";
  const go = (id: StepId) => { navigate(`/publish/${encodeURIComponent(topic)}/${id}`, { replace: true, preventScrollReset: true }); document.getElementById(`pub-${id}`)?.scrollIntoView({ block: "start" }); };
  useEffect(() => { if (step) document.getElementById(`pub-${step}`)?.scrollIntoView({ block: "start" }); }, []);   // eslint-disable-line react-hooks/exhaustive-deps
  const ownTeams = teams.filter((x) => x.domain === draft.domain);
  const domains = who?.platform || who?.unclaimed ? [...new Set(teams.map((x) => x.domain))] : who?.domains ?? [];
  return (
    <>
      <PageHead crumb={crumb} title={<>Publish <Name most={50}>{topic}</Name></>} facts={<>A topic of {draft.domain ? <DomainName domain={draft.domain} /> : "no domain"} becomes a product that others can find and rely on.</>}
        actions={<span className="pubacts">{why && <span className="why"><CircleAlert className="i s" /><span>{why}</span></span>}<Button why={away || may.why} busy={saved === "saving"} onClick={() => void keep()}>Save draft</Button><Button kind="pri" why={why} busy={busy} onClick={() => void publish()}>Publish {draft.version}</Button></span>} />
      <div className="pub">
        <nav aria-label="Steps"><ol className="steps col g1">{steps.map(([id, word, about, tone]) => { const Icon = icon[tone]; return <li key={id} aria-current={current === id ? "step" : undefined}><span className={`st ${tone}`}><Icon className="i" /><span className="vh">{{ ok: "done", bad: "missing", idle: "optional" }[tone]}</span></span><button type="button" className="stepb b" onClick={() => go(id)}>{word}</button><p><bdi>{about}</bdi></p></li>; })}</ol>
          <p className="sub steptext" role="status">{saved === "saving" ? "Keeping the draft." : base ? dirty ? "Not kept yet." : `Draft kept in the node${saved !== "none" ? `, ${saved} UTC` : ""}.` : "No draft yet: it is kept when you change something."}</p></nav>
        <div className="col g4 mincol">
          {failed && isConflict(failed) && !base ? <Conflict events={failed.changedSince} mine={own} onTheirs={() => void takeTheirs()} onMine={() => void mineOverTheirs()} /> : !failed && overtakenBy && theirs.length > 0 ? <Conflict events={theirs} mine={own} onTheirs={() => void takeTheirs()} onMine={() => void mineOverTheirs()} /> : null}
          {failed && !(isConflict(failed) && !base) && (isConflict(failed) && base ? <Conflict events={failed.changedSince} mine={change} onTheirs={() => void takeTheirs()} onMine={() => { const r = failed.revision ?? base.revision; setFailed(null); void keep(r); }} /> : <ErrorOf error={failed} retry={() => setFailed(null)} />)}
          <Panel title="What" id="pub-what"><div className="pad col g3">
            {base ? <p>Product <b className="b"><Name most={60}>{draft.name}</Name></b>, a draft in the node.</p> : <TextField id="name" label="Name of the product" value={draft.name} onChange={(name) => put({ name })} problem={problem("name")} mono max={300} />}
            <dl className="kv"><dt>Topic</dt><dd><Link to={`/operations/topics/${encodeURIComponent(topic)}`} className="mono"><Name most={60}>{topic}</Name></Link></dd><dt>Made from</dt><dd>{derived.sources.length ? <span className="row wrap">{derived.sources.map((s) => <DomainName key={s.name} domain={s.domain}><Link to={`/products/${encodeURIComponent(s.name)}`}><Name most={36}>{s.name}</Name></Link></DomainName>)}</span> : derived.query ? derived.query.reads.join(", ") : <span className="muted">{asked.data ? "not by a query of this node" : "not known: this node does not list its queries"}</span>}</dd><dt>Fields</dt><dd>{fields.length ? <>{fields.length}: <bdi>{listing(fields.map((f) => f.name), 6)}</bdi></> : <span className="muted">no schema is registered; consumers must know the format themselves</span>}</dd></dl>
          </div></Panel>
          <Panel title="Description" id="pub-description"><div className="pad col g3">
            <TextField id="description" label="What is one record, and what is it good for?" rows={2} value={draft.description} onChange={(description) => put({ description })} problem={problem("description")} max={2_000} />
            {derived.description && derived.description.text !== draft.description && <div className="row g2 propose"><span className="prop"><WandSparkles className="i s" />{derived.description.from}:</span><span className="small grow"><bdi>“{derived.description.text}”</bdi></span><Button small onClick={() => put({ description: derived.description!.text })}>Use this</Button></div>}
            <Choices name="quality" legend="Quality" value={draft.quality} options={qualities} onChange={(quality) => put({ quality })} />
            <Tags value={draft.tags} onChange={(tags) => put({ tags })} proposed={derived.tags} />
          </div></Panel>
          <Panel title="Owner" id="pub-owner"><div className="pad frow">
            <label className="field"><span className="lab">Domain</span><select className="in" value={draft.domain} onChange={(e) => put({ domain: e.target.value, owner: teams.find((x) => x.domain === e.target.value)?.name ?? "" })}>{!domains.includes(draft.domain) && <option value={draft.domain}>{draft.domain || "choose"}</option>}{domains.map((d) => <option key={d}>{d}</option>)}</select></label>
            <label className="field"><span className="lab">Team that answers for it</span><select className={`in${problem("owner") ? " err" : ""}`} value={draft.owner} onChange={(e) => put({ owner: e.target.value })}><option value="">choose a team</option>{ownTeams.map((x) => <option key={x.name}>{x.name}</option>)}</select>{problem("owner") && <span className="msg"><CircleAlert className="i s" />{problem("owner")}</span>}</label>
          </div></Panel>
          <Panel title="Promises" id="pub-promises" sub={p?.since ? `measured since ${clock(p.since).slice(0, 5)} UTC; you decide` : "you decide"}><div className="pad col g3">
            <Choices name="sla" legend="How much may others rely on it?" value={draft.sla} options={tiers} onChange={(sla) => put({ sla })} />
            <div><p className="lab">Otherwise than the tier</p><p className="sub">What you leave empty is as {wordOfTier(draft.sla)} says. {p ? "What is measured now stands below each." : profile.offered ? "Nothing is measured yet." : "This node does not measure topics."}</p></div>
            <PromiseFields id="promise" value={draft.promises} onChange={(promises) => put({ promises })} judged={tierOf as never} fields={leaves} problem={(path) => promiseProblems.find((x) => x.field === path)?.message ?? null} hints={p ? { freshness: p.age_s === null ? "No record yet" : `Measured: the last record is ${seconds(p.age_s)} old`, volume: p.records_per_second === null ? undefined : `Measured: ${rate(p.records_per_second)} a second now`} : {}} />
          </div></Panel>
          <Panel title="Documentation" id="pub-documentation" sub="Markdown, optional"><div className="pad"><TextField id="documentation" label="What someone of another team has to know before using it" rows={7} value={draft.documentation} onChange={(documentation) => put({ documentation })} mono max={100_000} placeholder={"One record is one trade.\n\n- join with `users` on `userid`\n- prices are in pennies"} /></div></Panel>
        </div>
        <Card draft={draft} topic={topic} derived={derived} fields={fields.map((f) => f.name)} profile={p ?? null} draftInNode={base !== null} />
      </div>
    </>
  );
}

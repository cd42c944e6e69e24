// Change, new version, deprecate, retire, remove. Each shows who is affected before anything happens; the node's token says that it was seen.
import { useMemo, useState, type ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { Info } from "lucide-react";
import { ask, asApiError, cache, productByName, productHistory, productList, productProfile, question, sh, showSameAs, teamList, useSameAs, type ApiError } from "../api";
import type { Impact, Product } from "../api/schema";
import { ErrorOf, Show } from "./ask_state";
import { Conflict, isConflict } from "./conflict";
import { fieldsOf, flat } from "./fields";
import { ImpactTable, impactCount } from "./impact";
import { PromiseFields, promiseOptions, promisePatch, promisesOf } from "./promise_fields";
import { Choices, Tags, TextField, qualities, tiers } from "./product_form";
import { Button, Dialog, Name, Note, day, plural } from "../ui";

export type Doing = "change" | "version" | "deprecate" | "retire" | "remove";
export function ProductDialogs({ doing, product, onClose, onGone }: { doing: Doing; product: string; onClose: () => void; onGone?: () => void }) {
  const full = useQuery(productByName(product));
  if (!full.data) return <Dialog open onClose={onClose} title={<Name>{product}</Name>}><Show of={full}>{() => null}</Show></Dialog>;
  if (doing === "change" || doing === "version") return <Change p={full.data} version={doing === "version"} onClose={onClose} />;
  return <End p={full.data} doing={doing} onClose={onClose} onDone={doing === "remove" ? onGone ?? onClose : onClose} />;
}
const impactOf = (name: string) => question(["products", name, "impact"], (signal) => ask("getImpact", { product: name }, undefined, { signal }), { staleTime: 0 });
const told = (n: number, i: Impact | null) => (n === 0 ? "" : `, tell ${plural(n, i && i.readers.length > 0 && i.consumers.length > 0 ? "reader" : i && i.readers.length > 0 ? "query" : "consumer", i && i.readers.length > 0 && i.consumers.length === 0 ? "queries" : undefined)}`);

// Runs a change with its confirm token; a refusal that names others becomes a question instead of an error.
function useChange(run: (confirm: string | null, revision?: number) => Promise<unknown>, onDone: () => void) {
  const [busy, setBusy] = useState(false), [error, setError] = useState<ApiError | null>(null), [impact, setImpact] = useState<Impact | null>(null);
  const go = async (confirm: string | null, revision?: number) => {
    setBusy(true);
    try { await run(confirm, revision); await cache.invalidateQueries(); onDone(); } catch (e) {
      const a = asApiError(e);
      if (a.impact) { setImpact(a.impact); setError(null); } else setError(a);
    }
    setBusy(false);
  };
  return { busy, error, impact, go, clear: () => setError(null), forget: () => setImpact(null) };
}

function bump(v: string, part: 0 | 1 | 2): string { const n = v.split(".").map((x) => Number.parseInt(x, 10) || 0); while (n.length < 3) n.push(0); n[part]!++; for (let i = part + 1; i < 3; i++) n[i] = 0; return n.slice(0, 3).join("."); }
function Change({ p, version, onClose }: { p: Product; version: boolean; onClose: () => void }) {
  const [seen, setSeen] = useState(p);
  const start = (x: Product) => ({ description: x.description, documentation: x.documentation, owner: x.owner, quality: x.quality as string, sla: x.sla as string, tags: x.tags, promises: promisesOf(x), version: version ? bump(x.version, 1) : x.version });
  const [form, setForm] = useState(() => start(p));
  const put = (c: Partial<typeof form>) => { setForm((f) => ({ ...f, ...c })); change.forget(); };
  const teams = useQuery(teamList()).data?.filter((t) => t.domain === p.domain) ?? [];
  const mine: { [k: string]: unknown } = {};
  for (const k of ["description", "documentation", "owner", "quality", "sla", "tags", "version"] as const) if (JSON.stringify(form[k]) !== JSON.stringify(k === "version" ? seen.version : seen[k])) mine[k] = form[k];
  const promises = promisePatch(promisesOf(seen), form.promises);
  if (promises) mine.promises = promises;
  const nothing = Object.keys(mine).length === 0;
  const judged = useQuery(productProfile(p.name)).data?.ports.flatMap((x) => x.promises) ?? [];
  const fieldNames = useMemo(() => { const s = p.ports[0]?.value_schema; return s ? flat(fieldsOf(s.type, s.schema)).filter((f) => f.field.fields.length === 0).map((f) => f.field.path) : []; }, [p]);
  const path = `/api/v1/products/${encodeURIComponent(p.name)}`;
  const command = `braid products change ${sh(p.name)}${Object.entries(mine).map(([k, v]) => (k === "tags" ? (v as string[]).map((t) => ` --tag ${sh(t)}`).join("") : k === "promises" ? promiseOptions(v as { [k: string]: unknown }, sh) : k === "documentation" ? " --documentation FILE.md" : ` --${k} ${sh(String(v))}`)).join("")}`;
  useSameAs({ command, http: { method: "PATCH", path, body: { ...mine, revision: seen.revision } }, dry: true });
  const change = useChange((confirm, revision) => { showSameAs({ command, http: { method: "PATCH", path: path + (confirm ? `?confirm=${confirm}` : ""), body: { ...mine, revision: revision ?? seen.revision } } }); return ask("changeProduct", { product: p.name, confirm: confirm ?? undefined }, { ...mine, revision: revision ?? seen.revision }); }, onClose);
  const theirs = async () => { const now = await cache.fetchQuery({ ...productByName(p.name), staleTime: 0 }); setSeen(now); setForm(start(now)); change.clear(); };
  // Mine over theirs, field by field: what I did not touch stays as they have it.
  const over = async () => { const now = await cache.fetchQuery({ ...productByName(p.name), staleTime: 0 }); setSeen(now); setForm({ ...start(now), ...mine, promises: mine.promises ? form.promises : start(now).promises } as typeof form); change.clear(); await change.go(null, now.revision); };
  // Somebody else saved while this is open: said at once, not when one's own is refused.
  const history = useQuery(productHistory(p.name)).data?.events ?? [];
  const overtaken = p.revision > seen.revision && !change.busy ? history.filter((e) => e.at > seen.changed) : [];
  const problem = (f: string) => change.error?.problems.find((x) => x.field.replace(/^\//, "").startsWith(f))?.message ?? null;
  const n = impactCount(change.impact);
  return (
    <Dialog open onClose={onClose} className="dialog wide" title={version ? <>New version of <Name most={50}>{p.name}</Name></> : <>Change <Name most={50}>{p.name}</Name></>}
      footer={<><Button onClick={onClose}>Leave it</Button>{change.impact ? <Button kind="danger" busy={change.busy} onClick={() => void change.go(change.impact!.confirm)}>{version ? "Publish" : "Change"}{told(n, change.impact)}</Button> : <Button kind="pri" why={nothing ? "Nothing is changed yet." : ""} busy={change.busy} onClick={() => void change.go(null)}>{version ? `Publish ${form.version}` : "Change"}</Button>}</>}>
      {change.error && (isConflict(change.error) ? <Conflict events={change.error.changedSince} mine={mine} onTheirs={() => void theirs()} onMine={() => void over()} /> : <ErrorOf error={change.error} />)}
      {!change.error && overtaken.length > 0 && <Conflict events={overtaken} mine={mine} onTheirs={() => void theirs()} onMine={() => void over()} />}
      {change.impact ? <><p>These rely on what changes: <b className="b">{Object.keys(mine).join(", ")}</b>. They are told now.</p><ImpactTable impact={change.impact} /></> : (
        <>
          {version && <div className="row wrap vrow"><TextField id="version" label="Version" value={form.version} onChange={(v) => put({ version: v })} problem={problem("version")} mono max={40} /><span className="row wrap">{([["Fix", 2], ["Addition", 1], ["Breaking", 0]] as const).map(([w, part]) => <Button key={w} small onClick={() => put({ version: bump(seen.version, part) })}>{w}: {bump(seen.version, part)}</Button>)}</span></div>}
          <TextField id="c-description" label="Description" rows={2} value={form.description} onChange={(description) => put({ description })} problem={problem("description")} max={2_000} />
          <Choices name="c-quality" legend="Quality" value={form.quality} options={qualities} onChange={(quality) => put({ quality })} />
          <Choices name="c-sla" legend="Promises" value={form.sla} options={tiers} onChange={(sla) => put({ sla })} />
          <PromiseFields id="c-promise" value={form.promises} onChange={(v) => put({ promises: v })} judged={judged} fields={fieldNames} problem={(path) => change.error?.problems.find((x) => x.field === path)?.message ?? null} />
          <div className="frow"><label className="field"><span className="lab">Owner</span><select className="in" value={form.owner} onChange={(e) => put({ owner: e.target.value })}>{!teams.some((t) => t.name === form.owner) && <option value={form.owner}>{form.owner || "choose a team"}</option>}{teams.map((t) => <option key={t.name}>{t.name}</option>)}</select></label><Tags value={form.tags} onChange={(tags) => put({ tags })} /></div>
          <TextField id="c-documentation" label="Documentation, Markdown" rows={6} value={form.documentation} onChange={(documentation) => put({ documentation })} mono max={100_000} />
        </>
      )}
    </Dialog>
  );
}

const texts: { [d in "deprecate" | "retire" | "remove"]: { title: string; verb: string; say: (p: Product) => ReactNode; back: string } } = {
  deprecate: { title: "Deprecate", verb: "Deprecate", say: () => "It goes on working until the sunset date. New consumers are refused from today.", back: "The notice is seen by everybody who reads it" },
  retire: { title: "Retire", verb: "Retire", say: (p) => <>It can still be looked up, but is no longer offered. Topic and records stay.{!p.sunset_over && p.deprecation ? <> Its sunset is {day(p.deprecation.sunset)}.</> : null}</>, back: "The history stays" },
  remove: { title: "Remove", verb: "Remove", say: (p) => (p.state === "draft" ? "The draft is gone; the topic and its records stay." : "It is out of the mesh. Topic, records and history stay."), back: "Topic, records and history stay" },
};
function End({ p, doing, onClose, onDone }: { onDone: () => void; p: Product; doing: "deprecate" | "retire" | "remove"; onClose: () => void }) {
  const t = texts[doing];
  const impact = useQuery({ ...impactOf(p.name), enabled: p.state !== "draft" });
  const others = useQuery(productList()).data?.products.filter((x) => x.name !== p.name && (x.state === "published" || x.state === "draft")) ?? [];
  const [sunset, setSunset] = useState(new Date(Date.now() + 90 * 86400e3).toISOString().slice(0, 10)), [instead, setInstead] = useState(""), [notice, setNotice] = useState(""), [typed, setTyped] = useState("");
  const path = `/api/v1/products/${encodeURIComponent(p.name)}${doing === "remove" ? "" : `/${doing}`}`, body = { sunset, notice: notice || null, replaced_by: instead || null };
  const command = `braid products ${doing} ${sh(p.name)}${doing === "deprecate" ? ` --sunset ${sunset}${instead ? ` --replaced-by ${sh(instead)}` : ""}${notice ? ` --notice ${sh(notice)}` : ""}` : ""}`;
  const http = { method: doing === "remove" ? "DELETE" : "POST", path, body: doing === "deprecate" ? body : undefined };
  useSameAs({ command, http, dry: true });
  const change = useChange((confirm) => {
    showSameAs({ command: command + (confirm ? ` --confirm ${confirm}` : ""), http: { ...http, path: path + (confirm ? `?confirm=${confirm}` : "") } });
    const given = { product: p.name, confirm: confirm ?? undefined };
    return doing === "deprecate" ? ask("deprecateProduct", given, body) : doing === "retire" ? ask("retireProduct", given) : ask("removeProduct", given);
  }, onDone);
  const shown = change.impact ?? impact.data ?? null, n = impactCount(shown);
  const past = doing === "deprecate" && new Date(`${sunset}T23:59:59Z`).getTime() < Date.now();
  const why = impact.isPending && p.state !== "draft" ? "Who is affected is asked." : past ? "This day is over." : doing === "deprecate" && !sunset ? "Choose a date." : n > 0 && typed !== p.name ? "Type the product's name first." : "";
  const problem = (f: string) => change.error?.problems.find((x) => x.field.replace(/^\//, "") === f)?.message ?? null;
  return (
    <Dialog open onClose={onClose} title={<>{t.title} <Name most={40}>{p.name}</Name>?</>}
      footer={<><span className="sub grow row"><Info className="i s" />{t.back}</span><Button onClick={onClose}>Keep it</Button><Button kind="danger" why={why} busy={change.busy} onClick={() => void change.go(shown?.confirm ?? null)}>{t.verb}{told(n, shown)}</Button></>}>
      <p>{t.say(p)}{n > 0 ? " These are told now:" : ""}</p>
      {p.state !== "draft" && <Show of={impact} rows={2}>{() => (shown ? <ImpactTable impact={shown} /> : null)}</Show>}
      {doing === "deprecate" && <>
        <div className="frow"><div className="field"><label htmlFor="sunset">Sunset date</label><input id="sunset" type="date" className={`in${past || problem("sunset") ? " err" : ""}`} value={sunset} onChange={(e) => setSunset(e.target.value)} />{(past || problem("sunset")) && <span className="msg">{problem("sunset") ?? "This day is over. Choose a later one."}</span>}</div>
          <div className="field"><label htmlFor="instead">Use instead</label><select id="instead" className="in" value={instead} onChange={(e) => setInstead(e.target.value)}><option value="">nothing</option>{others.map((o) => <option key={o.name} value={o.name}>{o.name}{o.state === "draft" ? " (draft)" : ""}</option>)}</select></div></div>
        <TextField id="notice" label="What its users are told" value={notice} onChange={setNotice} placeholder="why, and what to do" max={1_000} />
      </>}
      {n > 0 && <TextField id="confirm" label="Type the product's name to confirm" value={typed} onChange={setTyped} mono max={400} />}
      {doing === "remove" && n > 0 && p.state === "published" && <Note kind="warn">Deprecate it first and give its consumers a date: removing takes it away at once.</Note>}
      {change.error && <ErrorOf error={change.error} />}
    </Dialog>
  );
}

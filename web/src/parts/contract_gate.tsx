// What records must keep to come into a topic: said, measured, and set. The same on the topic's page and in the product's contract.
import { useState } from "react";
import { Link } from "react-router-dom";
import { useMutation } from "@tanstack/react-query";
import { ask, cache, sh, showSameAs, topicByName, useMay } from "../api";
import type { TopicContract } from "../api/schema";
import { Button, Dialog, Empty, Name, Note, Status, count, moment, plural, shortTime, type StatusKind } from "../ui";
import { ErrorOf } from "./ask_state";
import { useAwayReason } from "./page";
import { Choices } from "./product_form";

export const gateOn = (c: TopicContract) => c.checks_keys || c.checks_values || c.checks_payload;
const broken = (c: TopicContract) => c.refused + c.diverted + c.counted;
const word: { [a: string]: [StatusKind, string] } = { refuse: ["ok", "Refused at write"], divert: ["ok", "Set aside at write"], count: ["idle", "Counted, let in"] };
const past: { [a: string]: string } = { refused: "refused", diverted: "set aside", counted: "let in" };
export const gateWord = (c: TopicContract): string => (gateOn(c) ? word[c.action]?.[1] ?? c.action : "Nothing is checked");
const actions = [["refuse", "Refuse", "The producer is told which record is bad and why; nothing of its batch is written."], ["divert", "Set aside", "Bad records go to the topic of dead letters with the reason; the good ones are written."], ["count", "Count only", "Everything is written; what would be refused is counted. Look with it first."]] as const;

// Rules, numbers and the newest faults; and the button that changes it.
export function ContractGate({ topic, contract, domain, product }: { topic: string; contract: TopicContract | undefined; domain: string | null; product?: string }) {
  const [open, setOpen] = useState(false), [all, setAll] = useState(false);
  const away = useAwayReason(), may = useMay(domain, product ? `the contract of ${product}` : topic);
  if (!contract) return <div className="pad"><Note>This Kafka cluster does not ask Braid before it accepts a record: nothing is checked when records are written.</Note></div>;
  const on = gateOn(contract), bad = broken(contract), faults = contract.newest;
  const rules = [contract.checks_values && "A value carries a registered schema of its subject", contract.checks_keys && "A key carries a registered schema of its subject", contract.checks_payload && "The bytes are what the schema says", on && contract.checks_rules && "Rules of the schema that hold on the server"].filter((x): x is string => Boolean(x));
  return (
    <div className="gate">
      {on ? (
        <>
          <div className="pad col g2">
            <p className="row wrap"><Status state={word[contract.action]?.[0] ?? "ok"}>{gateWord(contract)}</Status><span className="sub">{contract.action === "divert" && <>to <Link to={`/operations/topics/${encodeURIComponent(contract.dead_letter_topic)}?from=beginning`}><Name most={34}>{contract.dead_letter_topic}</Name></Link></>}</span></p>
            <ol className="rules">{rules.map((r) => <li key={r}>{r}</li>)}</ol>
            <p className="sub gatenum">{contract.checked === 0 ? "No record has been checked since the node started." : <><b className="b">{count(contract.checked)}</b> checked since the node started, {bad === 0 ? "all kept it" : <b className={`b ${contract.action === "count" ? "warntx" : "badtx"}`}>{[contract.refused && `${count(contract.refused)} refused`, contract.diverted && `${count(contract.diverted)} set aside`, contract.counted && `${count(contract.counted)} let in all the same`].filter(Boolean).join(", ")}</b>}.</>}</p>
          </div>
          {faults.length > 0 && <ul className="list faults" aria-label="Newest records that did not keep the contract">{faults.slice(0, all ? faults.length : 3).map((f, i) => <li key={i}><p><bdi>{f.reason}</bdi></p><p className="sub"><time dateTime={f.at} title={moment(f.at)}>{shortTime(f.at)}</time>, partition {f.partition}, {past[f.action] ?? f.action}</p></li>)}{faults.length > 3 && <li><button type="button" className="lnk" onClick={() => setAll(!all)}>{all ? "Fewer" : `${plural(faults.length - 3, "more", "more")}`}</button></li>}</ul>}
        </>
      ) : <Empty>Nothing is checked when records are written: whatever a producer sends comes in.</Empty>}
      <div className="pad"><Button small why={away || may.why} onClick={() => setOpen(true)}>{on ? "Change what is checked" : "Check records at write"}</Button></div>
      {open && <GateDialog topic={topic} contract={contract} onClose={() => setOpen(false)} />}
    </div>
  );
}
function GateDialog({ topic, contract, onClose }: { topic: string; contract: TopicContract; onClose: () => void }) {
  const otherwise = `${topic}.dead-letters`, on = gateOn(contract);
  // who sets it for the first time begins with what stops nothing yet
  const [draft, setDraft] = useState({ values: on ? contract.checks_values : true, keys: contract.checks_keys, payload: contract.checks_payload, rules: contract.checks_rules, action: (on ? contract.action : "count") as string, letters: contract.dead_letter_topic === otherwise ? "" : contract.dead_letter_topic });
  const put = (c: Partial<typeof draft>) => setDraft((d) => ({ ...d, ...c }));
  const was: { [k: string]: string } = { "confluent.value.schema.validation": String(contract.checks_values), "confluent.key.schema.validation": String(contract.checks_keys), "braid.contract.payload": String(contract.checks_payload), "braid.contract.rules": String(contract.checks_rules), "braid.contract.action": contract.action, "braid.contract.dead.letter.topic": contract.dead_letter_topic === otherwise ? "" : contract.dead_letter_topic };
  const now: { [k: string]: string } = { "confluent.value.schema.validation": String(draft.values), "confluent.key.schema.validation": String(draft.keys), "braid.contract.payload": String(draft.payload), "braid.contract.rules": String(draft.rules), "braid.contract.action": draft.action, "braid.contract.dead.letter.topic": draft.letters.trim() };
  const configs = Object.fromEntries(Object.entries(now).filter(([k, v]) => was[k] !== v)), changed = Object.keys(configs).length > 0;
  const command = `braid topics change ${sh(topic)}${Object.entries(configs).map(([k, v]) => ` --config ${sh(`${k}=${v}`)}`).join("")}`;
  const set = useMutation({
    mutationFn: () => { showSameAs({ command, http: { method: "PATCH", path: `/api/v1/topics/${encodeURIComponent(topic)}`, body: { configs } } }); return ask("changeTopic", { topic }, { configs }); },
    onSuccess: () => { void cache.invalidateQueries({ queryKey: topicByName(topic).queryKey }); onClose(); },
  });
  const off = !draft.values && !draft.keys && !draft.payload;
  const check = (key: "values" | "keys" | "payload" | "rules", label: string, about: string) => <label className="chk"><input type="checkbox" checked={draft[key]} onChange={(e) => put({ [key]: e.target.checked })} /><b className="b">{label}</b><p>{about}</p></label>;
  return (
    <Dialog open onClose={onClose} title={<>What records of <Name most={36}>{topic}</Name> must keep</>} footer={<><Button onClick={onClose}>Leave it</Button><Button kind="pri" busy={set.isPending} why={changed ? "" : "Nothing is different yet."} onClick={() => set.mutate()}>{off ? "Check nothing" : "Set the contract"}</Button></>}>
      <p className="muted">It holds for every way in: Kafka clients, HTTP, loaded files, INSERT, and what queries write. A query whose record is refused fails.</p>
      <div className="chks">
        {check("values", "Values carry a registered schema", "Its id must exist and be of the topic's subject. A null value passes.")}
        {check("keys", "Keys carry a registered schema", "The same for keys.")}
        {check("payload", "The bytes are what the schema says", "Avro and Protobuf decode; JSON fulfils its schema.")}
        {check("rules", "Rules of the schema hold", "Conditions that the schema's rule set enables on the server.")}
      </div>
      {!off && <Choices name="gate-action" legend="A record that does not keep it" value={draft.action} options={actions} onChange={(action) => put({ action })} />}
      {!off && draft.action === "divert" && <div className="field"><label htmlFor="gate-letters">Topic of dead letters</label><input id="gate-letters" className="in mono" value={draft.letters} placeholder={otherwise} maxLength={249} onChange={(e) => put({ letters: e.target.value })} /><span className="hint">Made when it is needed.</span></div>}
      {!off && draft.action === "refuse" && contract.action !== "refuse" && contract.counted > 0 && <Note kind="warn">{plural(contract.counted, "record")} since the node started would have been refused.</Note>}
      {set.error && <ErrorOf error={set.error} />}
      {changed && <p className="sub cmdline"><code>{command}</code></p>}
    </Dialog>
  );
}

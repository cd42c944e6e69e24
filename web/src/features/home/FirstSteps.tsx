// A mesh in which nobody shares anything yet: what there is, what comes next, each with the command that does it.
import { Link } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed } from "lucide-react";
import { domainList, peopleList, topicList, useWho } from "../../api";
import { CopyButton, LinkButton, plural } from "../../ui";

export function FirstSteps() {
  const topics = (useQuery(topicList()).data ?? []).filter((t) => !t.internal), domains = useQuery(domainList()).data ?? [], people = useQuery(peopleList()).data ?? [];
  const who = useWho();
  const steps: { done: boolean; title: string; text: React.ReactNode; commands: string[] }[] = [
    { done: topics.length > 0, title: topics.length ? `${plural(topics.length, "topic")}${topics.some((t) => t.records > 0) ? " with records" : ", no record yet"}` : "Bring records in", text: topics.length ? <>See them under <Link to="/operations/topics">Topics</Link>, or make new ones of them under <Link to="/create">Create</Link>.</> : "A file becomes a topic with a schema; any Kafka client makes one too.", commands: topics.length ? [] : ["braid load file.csv"] },
    { done: domains.length > 0 && people.length > 0, title: domains.length && people.length ? `${plural(domains.length, "domain")}, ${plural(people.length, "person", "people")}` : "Say who owns what", text: domains.length && people.length ? "A domain owns products; its people may change them." : <>A domain owns products, its people may change them. {who?.unclaimed ? "Nobody runs the platform yet, so anybody may set this up; give somebody platform rights first." : "Who runs the platform sets this up."}</>, commands: domains.length && people.length ? [] : ["braid people define paula --full-name 'Paula Lindqvist' --platform", "braid domains define shipping --title Shipping --as paula", "braid teams define @shipping-team --domain shipping --as paula", "braid people define nora --full-name 'Nora Lang' --team @shipping-team --as paula"] },
    { done: false, title: "Publish the first product", text: "A topic becomes a product when its domain says what it is and what it promises.", commands: [] },
  ];
  return (
    <section className="panel firststeps" aria-labelledby="first-h">
      <header><h2 id="first-h">Nobody shares anything yet</h2><span className="sub">three steps to the first product</span></header>
      <ol>{steps.map((s, i) => <li key={s.title}><span className={`st ${s.done ? "ok" : "idle"}`}>{s.done ? <CircleCheck className="i" /> : <CircleDashed className="i" />}<span className="vh">{s.done ? "done" : "to do"}</span></span><div className="grow"><b className="b">{i + 1}. {s.title}</b><p className="muted">{s.text}</p>{s.commands.map((c) => <p key={c} className="row cmd1"><code>{c}</code><CopyButton text={c} label={`Copy ${c}`} /></p>)}{i === 2 && <div className="note-act"><LinkButton to="/publish">Choose a topic</LinkButton></div>}</div></li>)}</ol>
      <p className="tfoot">A mesh to look at first: <code>braid demo</code> starts one with three domains that share data.</p>
    </section>
  );
}

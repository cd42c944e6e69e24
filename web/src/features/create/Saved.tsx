// A saved query above its statement: rate, lag, errors, and what one can do with it.
import { Link } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { useLive } from "../../api";
import { Mark, QueryActions, Show, queryWord } from "../../parts";
import { Name, Note, Status, count, moment, rate } from "../../ui";
import { queryById } from "./questions";

export function Saved({ id, onGone }: { id: string; onGone: () => void }) {
  const live = useLive().tick?.queries[id];
  return (
    <Show of={useQuery(queryById(id))} rows={1} missing="This node does not tell about its queries.">{(q) => {
      const inRate = live?.records_in_per_second ?? q.records_in_per_second, outRate = live?.records_out_per_second ?? q.records_out_per_second;
      return (
        <div className="saved" role="group" aria-label={`Query ${id}`}>
          <div className="row wrap"><Status state={queryWord(q.state)}>{q.state.charAt(0).toUpperCase() + q.state.slice(1)}</Status><b className="mono b"><Name most={44}>{q.id}</Name></b><span className="right row"><QueryActions query={q} onGone={onGone} /></span></div>
          <div className="row wrap nums">
            <span><b className="b">{inRate === null ? "…" : rate(inRate)}</b> in/s</span><span><b className="b">{outRate === null ? "…" : rate(outRate)}</b> out/s</span><span><b className="b">{q.lag === null ? "not known" : count(q.lag)}</b> lag</span>
            <span className={q.errors > 0 ? "st warn" : undefined}><b className="b">{count(q.errors)}</b> {q.errors === 1 ? "error" : "errors"}</span><span>{count(q.records_in)} read, {count(q.records_out)} written{q.started_at ? `, since ${moment(q.started_at)}` : ""}</span>
            <span className="row">{q.reads.map((t) => <Link key={t} className="dom" to={`/operations/topics/${encodeURIComponent(t)}`}><Name most={26}>{t}</Name></Link>)}{q.writes && <><span aria-hidden="true">→</span><Link className="dom" to={`/operations/topics/${encodeURIComponent(q.writes)}`}><Mark domain={q.owner_domain} /><Name most={30}>{q.writes}</Name></Link></>}</span>
          </div>
          {q.last_error && <Note kind={q.state === "failed" ? "bad" : "warn"}><b className="b">{q.state === "failed" ? "It failed." : "Its last error."}</b> <bdi>{q.last_error.message}</bdi>{q.last_error.at ? <span className="muted"> {moment(q.last_error.at)}</span> : null}</Note>}
        </div>
      );
    }}</Show>
  );
}

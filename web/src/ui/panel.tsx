// Panel, note, key-value list, and the states of whatever loads (DESIGN 4).
import { useEffect, useState, type ReactNode } from "react";
import { CircleAlert, CircleX, GitCompareArrows, Info, RotateCw, TriangleAlert } from "lucide-react";
import { Button } from "./button";

export function Panel({ title, sub, actions, children, id, flush, className, level = 2 }: { title?: ReactNode; sub?: ReactNode; actions?: ReactNode; children: ReactNode; id?: string; flush?: boolean; className?: string; level?: 2 | 3 }) {
  const H = `h${level}` as "h2";
  const label = id ? `${id}-h` : undefined;
  return (
    <section className={`panel${flush ? " flush" : ""}${className ? ` ${className}` : ""}`} id={id} aria-labelledby={title ? label : undefined}>
      {(title || actions) && <header>{title && <H id={label}>{title}</H>}{sub && <span className="sub">{sub}</span>}{actions && <div className="right">{actions}</div>}</header>}
      {children}
    </section>
  );
}

const icons = { info: Info, warn: TriangleAlert, bad: CircleX, acc: GitCompareArrows, stale: RotateCw } as const;
export function Note({ kind = "info", children, actions, role }: { kind?: keyof typeof icons; children: ReactNode; actions?: ReactNode; role?: "status" | "alert" }) {
  const Icon = icons[kind];
  return <div className={`note${kind === "info" ? "" : kind === "stale" ? " warn" : ` ${kind}`}`} role={role}><Icon className="i" /><div className="grow">{children}{actions && <div className="row wrap note-act">{actions}</div>}</div></div>;
}

export const KeyValue = ({ rows }: { rows: (readonly [ReactNode, ReactNode] | null | false | undefined)[] }) => (
  <dl className="kv">{rows.map((r, i) => r && [<dt key={`t${i}`}>{r[0]}</dt>, <dd key={`d${i}`}>{r[1]}</dd>])}</dl>
);

// One sentence why, one action; at most 120 px high.
export const Empty = ({ children, action }: { children: ReactNode; action?: ReactNode }) => <div className="empty"><p>{children}</p>{action}</div>;

// The shape of what comes, after 300 ms only; nothing shifts when the data is there.
export function Loading({ rows = 3, what, height }: { rows?: number; what?: string; height?: number }) {
  const [shown, show] = useState(false);
  useEffect(() => { const t = setTimeout(() => show(true), 300); return () => clearTimeout(t); }, []);
  return (
    <div className="loading" style={height ? { minHeight: height } : undefined} role="status" aria-busy="true">
      {shown && <>{Array.from({ length: rows }, (_, i) => <div key={i} className="skrow" aria-hidden="true"><i className={`sk w${(i % 3) + 1}`} /><i className="sk w4" /><i className="sk w5" /></div>)}<p className="sub">{what ?? "Loading."}</p></>}
    </div>
  );
}

// Where it happened, the message in full, its hint, one way on; code and call one click away.
export interface Failure { message: string; hint?: string; code?: string; status?: number; call?: string; problems?: { field: string; message: string }[] }
export function ErrorNote({ failure, retry, actions }: { failure: Failure; retry?: () => void; actions?: ReactNode }) {
  const [more, setMore] = useState(false);
  const waiting = failure.status === 0;
  const stop = failure.message.search(/[.:](\s|$)/);
  const head = stop > 0 && stop < 90 ? failure.message.slice(0, stop + 1) : failure.message;
  const tail = head === failure.message ? "" : failure.message.slice(stop + 1);
  return (
    <div className={`note ${waiting ? "warn" : "bad"}`} role="alert">
      {waiting ? <RotateCw className="i" /> : <CircleX className="i" />}
      <div className="grow">
        <p><b className="b">{head}</b>{tail}</p>
        {failure.problems && failure.problems.length > 0 && <ul className="problems">{failure.problems.map((p, i) => <li key={i}><code>{p.field}</code> {p.message}</li>)}</ul>}
        {failure.hint && <p className="muted">{failure.hint.charAt(0).toUpperCase() + failure.hint.slice(1)}{/[.!?)"'`]$/.test(failure.hint) ? "" : "."}</p>}
        <div className="row wrap note-act">
          {actions}
          {retry && <Button small onClick={retry}>Try again</Button>}
          {failure.call && (more ? <code className="tiny">{failure.status && failure.status > 0 ? `${failure.status} ` : ""}{failure.code} · {failure.call}</code> : <Button small kind="quiet" onClick={() => setMore(true)}>Details</Button>)}
        </div>
      </div>
    </div>
  );
}
export const FieldError = ({ children, id }: { children: ReactNode; id?: string }) => <p className="msg" id={id}><CircleAlert className="i s" /><span>{children}</span></p>;

// One record in full: value, key, headers, schema; an undecodable one with its reason and its bytes.
import type { Record as Rec } from "../../api/schema";
import { hexOf } from "../../parts/hex";
import { CodeBlock, Dialog, KeyValue, Note, count, moment, valueText } from "../../ui";

const shownMost = 300_000;   // characters; a record of 1 MB is cut here, and says so
const text = (v: unknown) => { const t = typeof v === "string" ? v : JSON.stringify(v, null, 2) ?? "null"; return t.length > shownMost ? `${t.slice(0, shownMost)}\n… ${t.length - shownMost} more characters` : t; };
export function RecordDialog({ record: r, topic, onClose }: { record: Rec | null; topic: string; onClose: () => void }) {
  if (!r) return null;
  const bytes = (r as { value_bytes?: number }).value_bytes;
  return (
    <Dialog open onClose={onClose} className="dialog wide" title={<>Record {r.partition}:{r.offset}</>}>
      <KeyValue rows={[["Topic", <code key="t">{topic}</code>], ["Time", moment(r.timestamp)], ["Key", r.key_problem ? <span className="badtx">{r.key_problem}</span> : <code key="k">{valueText(r.key, 2000)}</code>], ["Format", `${r.value_format ?? "unknown"}${r.value_schema_id ? `, schema id ${r.value_schema_id}` : ""}`]]} />
      {r.value_problem ? <><Note kind="warn"><b className="b">The value cannot be decoded.</b> <bdi>It {r.value_problem}.</bdi> These are its bytes{(bytes ?? 0) > 1024 ? `, the first 1,024 of ${count(bytes!)}` : ""}:</Note><CodeBlock text={hexOf(r.value, (r as { value_hex?: string }).value_hex)} label="Bytes of the value" /></>
        : <CodeBlock text={text(r.value)} lang="json" wrap label="Value" />}
      {r.headers && r.headers.length > 0 && <><h3>Headers</h3><KeyValue rows={r.headers.map((h) => [<code key="n">{h.name}</code>, <code key="v">{valueText(h.value, 500)}</code>] as const)} /></>}
      <CodeBlock text={`curl '${window.location.origin}/api/v1/topics/${encodeURIComponent(topic)}/records?partition=${r.partition}&from=${r.offset}&limit=1'`} lang="shell" wrap />
      <div />
    </Dialog>
  );
}

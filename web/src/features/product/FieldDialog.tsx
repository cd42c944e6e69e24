// One field in full: distribution with its table, quantiles, most frequent values, shapes.
import type { FieldProfile } from "../../api/contract";
import { profilePoint, type Field } from "../../parts";
import { Bars, Behind, Dialog, KeyValue, Name, count, number, percent, valueText } from "../../ui";

export function FieldDialog({ field, profile: p, onClose }: { field: Field | null; profile: FieldProfile | undefined; onClose: () => void }) {
  if (!field || !p) return null;
  const q = p.quantiles;
  return (
    <Dialog open onClose={onClose} className="dialog wide" title={<><Name mono most={50}>{field.path || field.name}</Name> <span className="sub">{field.type}{field.logical ? `, ${field.logical}` : ""}</span></>}>
      {field.doc && <p className="muted">{field.doc}</p>}
      {p.histogram && p.histogram.bins.length > 1 && <Behind className="bighist" label={`Distribution of ${field.name}`} table={() => ({ head: ["From", "To", "Records"], num: [0, 1, 2], rows: p.histogram!.bins.map((b) => [number(b.from), number(b.to), count(b.count)]) })}><Bars width={880} height={120} bars={p.histogram.bins.map((b) => ({ label: `${number(b.from)} to ${number(b.to)}`, count: b.count }))} label={`Distribution of ${field.name}`} /><div className="axis"><span>{profilePoint(p.min, p)}</span><span>{p.histogram.scale === "log" ? "logarithmic bins" : "equal bins"}</span><span>{profilePoint(p.max, p)}</span></div></Behind>}
      <div className="two2">
        <KeyValue rows={[["Records", count(p.count)], ["Null", `${count(p.nulls)}${p.count ? ` (${percent(p.nulls / p.count)})` : ""}`], p.distinct && ["Distinct", `${count(p.distinct.estimate)}${p.distinct.error > 0 ? ` ± ${percent(p.distinct.error)}` : ""}`], p.min !== null && ["Smallest", profilePoint(p.min, p)], p.max !== null && ["Largest", profilePoint(p.max, p)], p.mean !== null && ["Mean", number(p.mean)], p.lengths && ["Length", `${p.lengths.min} to ${p.lengths.max}, mean ${number(p.lengths.mean)}`]]} />
        {q && <KeyValue rows={Object.entries(q).map(([k, v]) => [`${Number(k.slice(1))} %`, profilePoint(v, p)] as const)} />}
      </div>
      {p.top.length > 0 && <><h3>Most frequent values</h3><div className="scrollx"><table aria-label="Most frequent values"><thead><tr><th scope="col">Value</th><th scope="col" className="num">Records</th><th scope="col" className="num">Share</th><th scope="col"><span className="vh">Bar</span></th></tr></thead><tbody>{p.top.map((t, i) => <tr key={i}><td className="mono"><bdi>{valueText(t.value, 80)}</bdi></td><td className="num">{count(t.count)}</td><td className="num">{percent(t.share)}</td><td><span className="meter w"><b style={{ width: `${Math.min(100, t.share * 100)}%` }} /></span></td></tr>)}</tbody></table></div></>}
      {p.shapes.length > 0 && <><h3>Shapes of text</h3><KeyValue rows={p.shapes.slice(0, 8).map((s) => [<code key="s">{s.shape}</code>, percent(s.share)] as const)} /></>}
      <div />
    </Dialog>
  );
}

// The table of keys, opened with ?.
import { Dialog } from "../ui";
const rows: [string, string][] = [
  ["Ctrl K", "find or do anything"], ["/", "search, or filter the table"], ["g then m e c p a o u", "go to Mesh, Explore, Create, Publish, mAnage, Operations, aUdit"], ["`", "open or close Same as"],
  ["arrows, j k", "walk rows, nodes, results"], ["Enter / Escape", "open / back to the list"], ["Space", "pause or go on (sample, preview)"], ["Home / End", "start of history / now"],
  ["t", "the table behind a chart"], ["y", "copy link to this state"], ["Ctrl Enter", "run the preview; in the palette, copy as command"], ["Ctrl S", "save and run"], ["+ - 0", "zoom the map"], ["?", "this table"],
];
export const KeyTable = ({ onClose }: { onClose: () => void }) => (
  <Dialog open onClose={onClose} title="Keys"><table aria-label="Keys" className="keys"><tbody>{rows.map(([k, does]) => <tr key={k}><td>{k.split(" ").map((w, i) => (w === "then" || (w === "/" && k !== "/") ? <span key={i}> {w} </span> : <kbd key={i}>{w.replace(",", "")}</kbd>))}</td><td>{does}</td></tr>)}</tbody></table><p className="sub pad2">Single letters are off in text fields, and can be turned off for good under You.</p></Dialog>
);

// CodeMirror as the portal uses it: in a shadow root (its styles come as constructed sheets, which the content security policy allows),
// colours by our own tokens, errors from the node, counts at the ends of lines, a note below a line.
import { Compartment, EditorState, RangeSetBuilder, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, drawSelection, highlightActiveLine, keymap, lineNumbers, placeholder, type DecorationSet } from "@codemirror/view";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { bracketMatching } from "@codemirror/language";
import { setDiagnostics, type Diagnostic } from "@codemirror/lint";
import type { SqlWords } from "../../api";
import { completionSource } from "./complete";
import { keywords, tokens, types } from "./sql";

export interface Fix { label: string; apply: () => void; main?: boolean }
export interface LineHint { at: number; text: string; strong?: string; after?: string; bad?: boolean }
export interface LineNote { at: number; title: string; text: string; fixes: Fix[] }

const marks = { comment: Decoration.mark({ class: "tk-c" }), string: Decoration.mark({ class: "tk-s" }), number: Decoration.mark({ class: "tk-n" }), key: Decoration.mark({ class: "tk-k" }), fn: Decoration.mark({ class: "tk-f" }), type: Decoration.mark({ class: "tk-t" }) };
const colouredMax = 100_000;   // characters; a longer text stays plain
function colour(text: string): DecorationSet {
  const b = new RangeSetBuilder<Decoration>();
  if (text.length > colouredMax) return b.finish();
  const all = tokens(text);
  all.forEach((t, i) => {
    if (t.kind === "comment" || t.kind === "string" || t.kind === "number") b.add(t.from, t.to, marks[t.kind]);
    else if (t.kind === "word" && all[i - 1]?.text !== ".") {
      const w = t.text.toUpperCase();
      if (keywords.has(w)) b.add(t.from, t.to, marks.key);
      else if (types.has(w)) b.add(t.from, t.to, marks.type);
      else if (all[i + 1]?.text === "(") b.add(t.from, t.to, marks.fn);
    }
  });
  return b.finish();
}
const colours = StateField.define<DecorationSet>({ create: (s) => colour(s.doc.toString()), update: (d, tr) => (tr.docChanged ? colour(tr.newDoc.toString()) : d), provide: (f) => EditorView.decorations.from(f) });

class HintWidget extends WidgetType {
  constructor(readonly h: LineHint) { super(); }
  override eq(o: HintWidget) { return o.h.text === this.h.text && o.h.strong === this.h.strong && o.h.after === this.h.after && o.h.bad === this.h.bad; }
  override toDOM() {
    const e = document.createElement("span");
    e.className = this.h.bad ? "cm-hint bad" : "cm-hint";
    e.append(this.h.text);
    if (this.h.strong) { const b = document.createElement("b"); b.textContent = this.h.strong; e.append(" ", b); }
    if (this.h.after) e.append(` ${this.h.after}`);
    return e;
  }
  override ignoreEvent() { return true; }
}
class NoteWidget extends WidgetType {
  constructor(readonly n: LineNote) { super(); }
  override eq(o: NoteWidget) { return o.n.title === this.n.title && o.n.text === this.n.text && o.n.fixes.map((f) => f.label).join() === this.n.fixes.map((f) => f.label).join(); }
  override toDOM() {
    // Heights of blocks are measured without margins: the room is the outer element's.
    const outer = document.createElement("div"), e = document.createElement("div"), p = document.createElement("p"), b = document.createElement("b"), row = document.createElement("div");
    e.className = "cm-note";
    e.setAttribute("role", "note");
    b.textContent = this.n.title;
    p.append(b, this.n.text ? ` ${this.n.text}` : "");
    row.className = "acts";
    for (const f of this.n.fixes) { const k = document.createElement("button"); k.type = "button"; k.textContent = f.label; if (f.main) k.className = "main"; k.onclick = f.apply; row.append(k); }
    e.append(p, ...(this.n.fixes.length ? [row] : []));
    outer.className = "cm-noteroom";
    outer.append(e);
    return outer;
  }
  override ignoreEvent() { return true; }
}
const setBeside = StateEffect.define<{ hints: LineHint[]; notes: LineNote[] }>();
const beside = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(d, tr) {
    let next = d.map(tr.changes);
    for (const e of tr.effects) if (e.is(setBeside)) {
      const doc = tr.newDoc, ranges = [];
      const seen = new Set<number>();
      for (const h of e.value.hints) { if (h.at > doc.length) continue; const line = doc.lineAt(h.at); if (seen.has(line.number)) continue; seen.add(line.number); ranges.push(Decoration.widget({ widget: new HintWidget(h), side: 1 }).range(line.to)); }
      for (const n of e.value.notes) { if (n.at > doc.length) continue; ranges.push(Decoration.widget({ widget: new NoteWidget(n), side: 2, block: true }).range(doc.lineAt(n.at).to)); }
      next = Decoration.set(ranges, true);
    }
    return next;
  },
  provide: (f) => EditorView.decorations.from(f),
});

const look = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--surface)", color: "var(--ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "450 13px/22px var(--mono)", letterSpacing: "-.01em", overflow: "auto", fontFeatureSettings: '"liga" 0' },
  ".cm-content": { padding: "10px 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 20px 0 6px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-3)", border: "0", paddingLeft: "8px" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "34px", fontSize: "11.5px", padding: "0 8px 0 0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--sunk) 60%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "1.5px" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": { backgroundColor: "var(--accent-soft) !important" },
  ".cm-matchingBracket": { backgroundColor: "var(--sunk) !important", outline: "1px solid var(--line-strong)" },
  ".tk-k": { color: "var(--c-key)", fontWeight: "550" }, ".tk-s": { color: "var(--c-str)" }, ".tk-n": { color: "var(--c-num)" }, ".tk-f": { color: "var(--c-fn)" }, ".tk-c": { color: "var(--c-com)" }, ".tk-t": { color: "var(--c-type)" },
  ".cm-hint": { font: "450 11.5px/18px var(--sans)", color: "var(--ink-3)", marginLeft: "14px", letterSpacing: "0", whiteSpace: "nowrap", userSelect: "none" },
  ".cm-hint b": { fontWeight: "550", color: "var(--ink-2)" }, ".cm-hint.bad, .cm-hint.bad b": { color: "var(--warn)" },
  ".cm-noteroom": { padding: "4px 20px 8px 6px" }, ".cm-note": { maxWidth: "620px", padding: "10px 12px", borderRadius: "6px", backgroundColor: "var(--warn-soft)", color: "var(--ink)", font: "450 13px/20px var(--sans)", whiteSpace: "normal" },
  ".cm-note p": { margin: "0" }, ".cm-note b": { fontWeight: "600" }, ".cm-note .acts": { display: "flex", gap: "8px", marginTop: "6px", flexWrap: "wrap" },
  ".cm-note button": { height: "24px", padding: "0 8px", border: "1px solid var(--line-strong)", borderRadius: "6px", background: "var(--surface)", color: "var(--ink)", font: "550 12px/16px var(--sans)", cursor: "pointer" },
  ".cm-note button.main": { background: "var(--ink)", color: "var(--on-ink)", borderColor: "var(--ink)" },
  ".cm-placeholder": { color: "var(--ink-3)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "0", borderRadius: "6px", boxShadow: "var(--e2)", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { font: "450 12px/18px var(--mono)", maxHeight: "16em", minWidth: "260px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px", display: "flex", gap: "8px", alignItems: "center" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-soft)", color: "var(--ink)" },
  ".cm-completionDetail": { marginLeft: "auto", color: "var(--ink-3)", fontStyle: "normal", font: "450 11px/16px var(--sans)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "650" },
  ".cm-completionIcon": { width: "10px", opacity: "1", color: "var(--ink-3)", fontSize: "10px", paddingRight: "0" },
  ".cm-completionIcon-property::after": { content: "'#'" }, ".cm-completionIcon-stream::after": { content: "'≋'" }, ".cm-completionIcon-table::after": { content: "'▤'" }, ".cm-completionIcon-function::after": { content: "'ƒ'" }, ".cm-completionIcon-keyword::after": { content: "''" }, ".cm-completionIcon-variable::after": { content: "'='" },
  ".cm-completionInfo": { padding: "8px 12px", font: "450 12px/18px var(--sans)", whiteSpace: "pre-wrap", maxWidth: "360px" },
  ".cm-tooltip-lint": { font: "450 12px/18px var(--sans)", maxWidth: "460px" },
  ".cm-diagnostic": { padding: "8px 12px", borderLeft: "0", whiteSpace: "pre-wrap" }, ".cm-diagnostic-error": { borderLeft: "3px solid var(--bad)" },
  ".cm-lintRange-error": { backgroundImage: "none", backgroundColor: "var(--bad-soft)", borderRadius: "2px", textDecoration: "underline wavy var(--bad) 1.5px", textUnderlineOffset: "4px", textDecorationSkipInk: "none" },
  ".cm-lintPoint-error:after": { borderBottomColor: "var(--bad)" },
});

export interface EditorCalls { words: () => SqlWords | undefined; change: (sql: string) => void; cursor: (at: number) => void; run: () => void; save: () => void }
export interface Mounted { view: EditorView; set: (sql: string) => void; diagnose: (d: Diagnostic[]) => void; beside: (hints: LineHint[], notes: LineNote[]) => void; readOnly: (on: boolean) => void; insert: (text: string) => void; show: (from: number, to: number) => void; replace: (from: number, to: number, text: string) => void }
// Typed over a selection: put in by the editor. Left to the browser, it keeps the look of what was selected in style attributes, which the policy refuses.
const overSelection = EditorView.domEventHandlers({
  beforeinput(e, view) {
    const { from, to, empty } = view.state.selection.main, text = e.data;
    if (e.inputType !== "insertText" || text === null || empty || e.isComposing) return false;
    const insert = () => view.state.update({ ...view.state.replaceSelection(text), userEvent: "input.type", scrollIntoView: true });
    if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert());
    e.preventDefault();
    return true;
  },
});
export function mount(host: HTMLElement, doc: string, calls: EditorCalls): Mounted {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const lock = new Compartment();
  const extensions: Extension[] = [
    lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), colours, beside, look, overSelection, EditorView.lineWrapping, lock.of([]),
    placeholder("SELECT … FROM … EMIT CHANGES;   What you write is checked and previewed; nothing is saved until you say so."),
    autocompletion({ override: [completionSource(calls.words)], icons: true, maxRenderedOptions: 60 }),
    EditorView.contentAttributes.of({ "aria-label": "SQL statement", spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
    EditorState.languageData.of(() => [{ commentTokens: { line: "--" }, closeBrackets: { brackets: ["(", "'", "`"] } }]),
    keymap.of([{ key: "Mod-Enter", run: () => (calls.run(), true) }, { key: "Mod-s", preventDefault: true, run: () => (calls.save(), true) }, ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
    EditorView.updateListener.of((u) => { if (u.docChanged) calls.change(u.state.doc.toString()); if (u.selectionSet || u.docChanged) calls.cursor(u.state.selection.main.head); }),
  ];
  const view = new EditorView({ state: EditorState.create({ doc, extensions }), parent: root, root });
  return {
    view,
    set: (sql) => { if (sql !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: sql } }); },
    diagnose: (d) => view.dispatch(setDiagnostics(view.state, d.filter((x) => x.to <= view.state.doc.length))),
    beside: (hints, notes) => view.dispatch({ effects: setBeside.of({ hints, notes }) }),
    readOnly: (on) => view.dispatch({ effects: lock.reconfigure(on ? EditorState.readOnly.of(true) : []) }),
    insert: (text) => { view.dispatch(view.state.replaceSelection(text)); view.focus(); },
    show: (from, to) => { view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true }); view.focus(); },
    replace: (from, to, text) => { if (to <= view.state.doc.length) view.dispatch({ changes: { from, to, insert: text } }); view.focus(); },
  };
}

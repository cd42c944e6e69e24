// Segmented control: 2 to 4 ways to see the same thing. Tabs: different things.
import type { ReactNode } from "react";
import { Tabs as T } from "radix-ui";

export function Seg<V extends string>({ value, onChange, options, label }: { value: V; onChange: (v: V) => void; options: readonly { value: V; label: ReactNode; icon?: ReactNode; title?: string }[]; label: string }) {
  return (
    <div className="seg" role="group" aria-label={label}>
      {options.map((o) => <button key={o.value} type="button" aria-pressed={o.value === value} title={o.title} onClick={() => onChange(o.value)}>{o.icon}{o.label}</button>)}
    </div>
  );
}
export function Tabs<V extends string>({ value, onChange, tabs, label, look = "tabs" }: { value: V; onChange: (v: V) => void; tabs: readonly { value: V; label: ReactNode; content: ReactNode }[]; label: string; look?: "tabs" | "seg" }) {
  return (
    <T.Root value={value} onValueChange={(v) => onChange(v as V)}>
      <T.List className={look} aria-label={label}>{tabs.map((t) => <T.Trigger key={t.value} value={t.value}>{t.label}</T.Trigger>)}</T.List>
      {tabs.map((t) => <T.Content key={t.value} value={t.value} className="tabc" tabIndex={-1}>{t.content}</T.Content>)}
    </T.Root>
  );
}

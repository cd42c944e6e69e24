// Dialog (the platform's own: focus is kept inside, Escape closes, the page behind is inert), popover, menu, tooltip (Radix).
// Radix' dialog is not used: it adds a style element to the page, which the content security policy refuses.
import { useEffect, useRef, type ReactNode } from "react";
import { DropdownMenu, Popover as P, Tooltip as T } from "radix-ui";
import { Check, X } from "lucide-react";
import { IconButton } from "./button";

// Where the focus was before menus and dialogs took it: a dialog that a menu opened gives it back to the menu's button.
let before: HTMLElement | null = null;
if (typeof document !== "undefined") document.addEventListener("focusin", (e) => { const t = e.target; if (t instanceof HTMLElement && !t.closest("dialog,[role=menu]")) before = t; });
export function Dialog({ open, onClose, title, children, footer, className, label }: { open: boolean; onClose: () => void; title?: ReactNode; label?: string; children: ReactNode; footer?: ReactNode; className?: string }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const d = ref.current;
    if (!d) return;
    if (open && !d.open) {
      d.showModal();
      // Reading and writing begin at the first field, not at the button that closes.
      const field = d.querySelector<HTMLElement>(".db input:not([type=hidden]),.db textarea,.db select");
      if (field && !d.querySelector("[autofocus]")) field.focus();
    }
    if (!open && d.open) d.close();
  }, [open]);
  // Given back once it is gone: by then the menu that opened it is gone as well.
  useEffect(() => {
    if (!open) return;
    const from = before;
    return () => { requestAnimationFrame(() => { if (from?.isConnected && !document.querySelector("dialog[open]") && (document.activeElement === document.body || document.activeElement === null)) from.focus({ preventScroll: true }); }); };
  }, [open]);
  if (!open) return null;
  return (
    <dialog ref={ref} className={className ?? "dialog"} aria-label={label} aria-labelledby={label ? undefined : "dialog-title"} onCancel={(e) => { e.preventDefault(); onClose(); }} onClose={onClose}
      onMouseDown={(e) => { if (e.target === ref.current) onClose(); }}>
      {title ? <><div className="dh"><h2 id="dialog-title">{title}</h2><IconButton label="Close" onClick={onClose}><X className="i" /></IconButton></div><div className="db">{children}</div>{footer && <div className="df">{footer}</div>}</> : children}
    </dialog>
  );
}

export function Popover({ trigger, children, align = "end", label, open, onOpenChange }: { trigger: ReactNode; children: ReactNode; align?: "start" | "center" | "end"; label: string; open?: boolean; onOpenChange?: (open: boolean) => void }) {
  return (
    <P.Root open={open} onOpenChange={onOpenChange}>
      <P.Trigger asChild>{trigger}</P.Trigger>
      <P.Portal><P.Content className="pop" align={align} sideOffset={6} collisionPadding={8} aria-label={label}>{children}</P.Content></P.Portal>
    </P.Root>
  );
}

// checked: an item that is turned on and off; the menu stays open.
export interface MenuItem { label: ReactNode; onSelect?: () => void; icon?: ReactNode; why?: string; danger?: boolean; detail?: ReactNode; checked?: boolean }
export function Menu({ trigger, items, label }: { trigger: ReactNode; items: (MenuItem | "line" | false | null | undefined)[]; label: string }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="pop menu" align="end" sideOffset={6} collisionPadding={8} aria-label={label}>
          {items.map((item, i) => !item ? null : item === "line" ? <DropdownMenu.Separator key={i} className="menuline" /> : item.checked !== undefined ? (
            <DropdownMenu.CheckboxItem key={i} className="menuitem" checked={item.checked} onSelect={(e) => { e.preventDefault(); item.onSelect?.(); }}><span className="tick" aria-hidden="true">{item.checked && <Check className="i s" />}</span><span className="grow">{item.label}</span></DropdownMenu.CheckboxItem>
          ) : (
            <DropdownMenu.Item key={i} className={`menuitem${item.danger ? " danger" : ""}`} aria-disabled={item.why ? true : undefined} title={item.why} onSelect={(e) => { if (item.why) { e.preventDefault(); return; } item.onSelect?.(); }}>
              {item.icon}<span className="grow">{item.label}{item.why && <span className="sub blk">{item.why}</span>}</span>{item.detail}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export const TooltipProvider = ({ children }: { children: ReactNode }) => <T.Provider delayDuration={400} skipDelayDuration={200}>{children}</T.Provider>;
export function Tooltip({ text, children }: { text: ReactNode; children: ReactNode }) {
  return <T.Root><T.Trigger asChild>{children}</T.Trigger><T.Portal><T.Content className="tip" sideOffset={5} collisionPadding={8}>{text}</T.Content></T.Portal></T.Root>;
}

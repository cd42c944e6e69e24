// Buttons. One ink button a page. A disabled one stays focusable, looks dashed, and says why (title and description).
import { useId, type ButtonHTMLAttributes, type ReactNode } from "react";
import { Link, type LinkProps } from "react-router-dom";
import { Lock } from "lucide-react";

type Kind = "pri" | "line" | "quiet" | "danger";
const look = (kind: Kind | undefined, small: boolean | undefined, more = "") => ["btn", kind && kind !== "line" ? kind : "", small ? "sm" : "", more].filter(Boolean).join(" ");

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled"> { kind?: Kind; small?: boolean; icon?: ReactNode; why?: string | false | null; showWhy?: boolean; busy?: boolean }
// why: the reason it cannot be used now; empty means it can. showWhy writes it beside the button.
export function Button({ kind, small, icon, why, showWhy, busy, children, className, onClick, ...rest }: ButtonProps) {
  const id = useId();
  const off = Boolean(why) || busy;
  const button = (
    <button type="button" {...rest} className={look(kind, small, className)} aria-disabled={off || undefined} aria-busy={busy || undefined} title={why || rest.title} aria-describedby={why ? id : rest["aria-describedby"]}
      onClick={(e) => { if (off) { e.preventDefault(); return; } onClick?.(e); }}>
      {icon}{children}
    </button>
  );
  if (!why) return button;
  return <>{button}<span id={id} className={showWhy ? "why" : "vh"}>{showWhy && <Lock className="i xs" />}{why}</span></>;
}
export function LinkButton({ kind, small, icon, children, className, ...rest }: LinkProps & { kind?: Kind; small?: boolean; icon?: ReactNode }) {
  return <Link {...rest} className={look(kind, small, className)}>{icon}{children}</Link>;
}
export function IconButton({ label, children, className, ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { label: string }) {
  return <button type="button" {...rest} className={`iconb ${className ?? ""}`} aria-label={label} title={rest.title ?? label}>{children}</button>;
}

// Top bar: glyph, seven words, search and command, person, theme.
import { Link, useLocation } from "react-router-dom";
import { Moon, Search, Sun } from "lucide-react";
import { setSession, useSession } from "../api";
import { Glyph, IconButton } from "../ui";
import { ActingAs } from "./ActingAs";
import { isAt, places } from "./places";

export function TopBar({ onSearch }: { onSearch: () => void }) {
  const path = useLocation().pathname;
  const { theme } = useSession();
  const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  return (
    <header className="top">
      <Link className="brand" to="/" aria-label="Braid, home"><Glyph />Braid</Link>
      <nav className="nav" aria-label="Main">{places.map((p) => <Link key={p.to} to={p.to} aria-current={isAt(path, p.to) ? "page" : undefined}>{p.word}</Link>)}</nav>
      <button type="button" className="omni" onClick={onSearch} title="Find or do anything" aria-keyshortcuts="Control+K"><Search className="i s" /><span>Find or do anything</span><kbd aria-hidden="true">Ctrl K</kbd></button>
      <ActingAs />
      <IconButton className="theme" label={dark ? "Light theme" : "Dark theme"} onClick={() => setSession({ theme: dark ? "light" : "dark" })}>{dark ? <Moon className="i" /> : <Sun className="i" />}</IconButton>
    </header>
  );
}

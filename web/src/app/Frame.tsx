// The frame of every page: top bar, page, Same as, bottom bar; keys that work everywhere; the palette.
import { useEffect, useRef, useState } from "react";
import { Link, Outlet, ScrollRestoration, useLocation, useNavigate } from "react-router-dom";
import { useSession } from "../api";
import { Toasts, TooltipProvider, copyText, enableLetterKeys, inText, toast, turnCharts, useKeys } from "../ui";
import { KeyTable } from "./KeyTable";
import { Palette } from "./Palette";
import { SameAsDrawer } from "./SameAsDrawer";
import { StatusBar } from "./StatusBar";
import { TopBar } from "./TopBar";
import { isAt, places } from "./places";

export function Frame() {
  const [palette, setPalette] = useState<string | null>(null);
  const [keys, setKeys] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const navigate = useNavigate();
  const location = useLocation();
  const session = useSession();
  const main = useRef<HTMLElement>(null);
  const afterG = useRef(0);

  useEffect(() => enableLetterKeys(session.keys), [session.keys]);
  // Another page: reading begins at its top, also for those who hear it.
  const path = location.pathname;
  const first = useRef(true);
  useEffect(() => {
    if (first.current) { first.current = false; return; }
    if (!location.hash) main.current?.focus({ preventScroll: true });
  }, [path, location.hash]);

  useKeys({
    "ctrl+k": () => setPalette(palette === null ? "" : null),
    "?": () => setKeys(true),
    "`": () => setDrawer(!drawer),
    y: () => { void copyText(window.location.href).then((done) => done && toast("Link to this state copied.")); },
    "/": () => {
      const here = document.querySelector<HTMLInputElement>("[data-search], main [data-filter]");
      if (here) { here.focus(); here.select(); } else navigate("/explore");
    },
    t: () => (afterG.current && Date.now() - afterG.current < 1500 ? false : turnCharts()),
    g: () => { afterG.current = Date.now(); },
  });
  useEffect(() => {
    const second = (e: KeyboardEvent) => {
      if (Date.now() - afterG.current > 1500 || e.key === "g" || inText(e.target) || e.ctrlKey || e.metaKey || !session.keys) return;
      const place = places.find((p) => p.key === e.key);
      afterG.current = 0;
      if (place) { e.preventDefault(); e.stopPropagation(); navigate(place.to); }
    };
    document.addEventListener("keydown", second, true);
    return () => document.removeEventListener("keydown", second, true);
  }, [navigate, session.keys]);

  return (
    <TooltipProvider>
      <a className="skip" href="#main">Skip to content</a>
      <TopBar onSearch={() => setPalette("")} />
      <main id="main" ref={main} tabIndex={-1}><Outlet /></main>
      {drawer && <SameAsDrawer onClose={() => setDrawer(false)} />}
      <StatusBar drawer={drawer} onDrawer={() => setDrawer(!drawer)} />
      <nav className="botnav" aria-label="Places">{places.filter((p) => p.narrow).map((p) => <Link key={p.to} to={p.to} aria-current={isAt(path, p.to) ? "page" : undefined}><p.icon className="i" />{p.word}</Link>)}</nav>
      {palette !== null && <Palette onClose={() => setPalette(null)} />}
      {keys && <KeyTable onClose={() => setKeys(false)} />}
      <Toasts />
      <ScrollRestoration />
    </TooltipProvider>
  );
}

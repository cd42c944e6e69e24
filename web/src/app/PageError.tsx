// A page that failed does not take the frame with it. A chunk that is gone (the node was updated) is loaded anew.
import { useEffect } from "react";
import { useRouteError } from "react-router-dom";
import { ErrorOf, PageHead, useTitle } from "../parts";
import { Button } from "../ui";

export function PageError({ bare }: { bare?: boolean }) {
  const error = useRouteError();
  useTitle("Error");
  const text = error instanceof Error ? error.message : String(error);
  const stale = /dynamically imported module|Importing a module script failed|error loading dynamically/i.test(text);
  useEffect(() => {
    if (!stale || sessionStorage.getItem("braid.reloaded") === window.location.href) return;
    sessionStorage.setItem("braid.reloaded", window.location.href);
    window.location.reload();
  }, [stale]);
  const body = <><PageHead title="This page failed" /><ErrorOf error={stale ? new Error("A part of this page could not be loaded: the node was updated or does not answer.") : error} actions={<Button small onClick={() => window.location.reload()}>Load the page again</Button>} /></>;
  return bare ? <main>{body}</main> : body;
}

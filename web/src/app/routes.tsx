// The map of the portal: every address and the page it opens. Pages are loaded when they are needed.
import { createBrowserRouter, Navigate, type LoaderFunction } from "react-router-dom";
import { Frame } from "./Frame";
import { PageError } from "./PageError";
import { NotFound } from "./NotFound";

interface Page { Component: () => React.ReactNode; loader?: LoaderFunction }
// A loader fills the cache for another page; a change of the same page's state (a filter, a letter typed) does not wait for it.
const page = (load: () => Promise<Page>) => ({ lazy: () => load().then((m) => ({ shouldRevalidate: ({ currentUrl, nextUrl }: { currentUrl: URL; nextUrl: URL }) => currentUrl.pathname !== nextUrl.pathname, ...m })), errorElement: <PageError /> });

export const router = createBrowserRouter([
  {
    path: "/",
    element: <Frame />,
    errorElement: <PageError bare />,
    children: [
      { index: true, ...page(() => import("../features/home/route")) },
      { path: "explore", ...page(() => import("../features/explore/route")) },
      { path: "products", element: <Navigate to="/explore?kind=product" replace /> },
      { path: "products/:name", ...page(() => import("../features/product/route")) },
      { path: "create/*", ...page(() => import("../features/create/route")) },
      { path: "publish/*", ...page(() => import("../features/publish/route")) },
      { path: "manage/*", ...page(() => import("../features/manage/route")) },
      { path: "operations/*", ...page(() => import("../features/operations/route")) },
      { path: "audit/*", ...page(() => import("../features/audit/route")) },
      { path: "me", ...page(() => import("../features/me/route")) },
      { path: "*", element: <NotFound /> },
    ],
  },
]);

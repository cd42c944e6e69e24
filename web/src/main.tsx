// Starts the portal: cache, streams, routes.
import { createRoot } from "react-dom/client";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "react-router-dom";
import { cache, startEvents, startLive } from "./api";
import { router } from "./app/routes";

declare const __MOCK__: boolean;

async function start() {
  if (__MOCK__) (await import("./mock/install")).installMock();
  startLive();
  startEvents();
  createRoot(document.getElementById("root")!).render(<QueryClientProvider client={cache}><RouterProvider router={router} future={{ v7_startTransition: true }} /></QueryClientProvider>);
}
void start();

// Puts the mock in the place of the node: fetch and EventSource of this page.
import { answer } from "./server";
import { live } from "./observed";
import { mesh } from "./data";
import { moreStreams } from "./more";

export function installMock() {
  window.fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input), method = init?.method ?? "GET", headers = new Headers(init?.headers);
    const follow = /\/topics\/([^/]+)\/records\?.*follow=true/.exec(url);
    if (follow) {
      const text = new TextEncoder();
      const stream = new ReadableStream({ start(c) { const t = setInterval(() => { try { c.enqueue(text.encode(`${JSON.stringify(mesh.record(decodeURIComponent(follow[1]!), Date.now()))}\n`)); } catch { clearInterval(t); } }, 300); init?.signal?.addEventListener("abort", () => { clearInterval(t); c.error(new DOMException("stopped", "AbortError")); }); } });
      return new Response(stream, { status: 200 });
    }
    const going = moreStreams.find(([path]) => path.test(url));
    if (going) {
      const text = new TextEncoder(), body = JSON.parse(String(init?.body ?? "{}")) as { [k: string]: unknown };
      return new Response(new ReadableStream({ start(c) { const stop = going[1](body, (l) => { try { c.enqueue(text.encode(`${JSON.stringify(l)}\n`)); } catch { /* it was ended */ } }); init?.signal?.addEventListener("abort", () => { stop(); c.error(new DOMException("stopped", "AbortError")); }); } }), { status: 200 });
    }
    await new Promise((r) => setTimeout(r, 30));
    const a = answer(method, url, typeof init?.body === "string" ? JSON.parse(init.body) : undefined, headers.get("Braid-As"));
    return new Response(JSON.stringify(a.body), { status: a.status, headers: { "content-type": "application/json" } });
  };
  class MockSource extends EventTarget {
    onerror: (() => void) | null = null;
    onmessage: ((e: MessageEvent) => void) | null = null;
    timer: ReturnType<typeof setInterval> | undefined;
    constructor(url: string) {
      super();
      if (!url.startsWith("/api/v1/live")) return;
      const tick = () => this.dispatchEvent(new MessageEvent("tick", { data: JSON.stringify(live()) }));
      setTimeout(tick, 20);
      this.timer = setInterval(tick, 1000);
    }
    close() { clearInterval(this.timer); }
  }
  (window as unknown as { EventSource: unknown }).EventSource = MockSource;
}

// How fast it is, and that it stays usable under load. Time is printed and never decides; what decides is counted: bytes, requests, how often the page is painted.
import { equal, ok, until } from "./harness.mjs";

export async function run(t) {
  const node = t.node;
  await t.test("the first page: under 400 KB, few requests; the time to its first paint is printed", async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    // what the portal itself weighs: its document, scripts, styles and fonts; what the mesh has to say comes on top
    const own = new Set();
    let bytes = 0, data = 0, count = 0;
    session.on("Network.requestWillBeSent", (e) => { if (e.type === "Document" || new URL(e.request.url).pathname.startsWith("/assets/")) own.add(e.requestId); });
    session.on("Network.loadingFinished", (e) => { count++; if (own.has(e.requestId)) bytes += e.encodedDataLength; else data += e.encodedDataLength; });
    await page.goto("/");
    await page.getByRole("group", { name: /^Map of the mesh/ }).waitFor();
    await until("it is painted", () => page.evaluate(() => performance.getEntriesByName("first-contentful-paint").length > 0));
    const paint = await page.evaluate(() => { const [nav] = performance.getEntriesByType("navigation"), p = Object.fromEntries(performance.getEntriesByType("paint").map((e) => [e.name, e.startTime])); return { first: p["first-contentful-paint"], document: nav.responseEnd, ready: nav.domContentLoadedEventEnd }; });
    console.log(`      first contentful paint ${Math.round(paint.first)} ms, document ${Math.round(paint.document)} ms, ready ${Math.round(paint.ready)} ms; ${count} requests, ${Math.round(bytes / 1000)} KB of portal and ${Math.round(data / 1000)} KB of answers over the wire`);
    ok(paint.first > 0, "it was painted");
    ok(bytes > 100_000 && bytes < 400_000, `${bytes} bytes were loaded`);
    const assets = await page.evaluate(() => performance.getEntriesByType("resource").filter((e) => e.name.includes("/assets/")).map((e) => e.encodedBodySize));
    ok(assets.length > 0 && assets.length < 30, `${assets.length} files`);
  });
  await t.test("1,000 records a second on a product page: painted a few times, whatever arrives", async (page) => {
    const topic = `flood_${Date.now() % 100_000}`;
    await node.api("POST", "/api/v1/topics", { name: topic, partitions: 1 });
    await node.api("POST", "/api/v1/products", { name: topic, domain: "analytics", owner: "@analytics-team", description: "A thousand records a second, to see what a page does" }, "tomas");
    const send = (from, n) => node.api("POST", `/api/v1/topics/${topic}/records`, { value_schema: "none", records: Array.from({ length: n }, (_, i) => ({ key: `k${(from + i) % 50}`, value: { n: from + i, price: ((from + i) * 37) % 1000, side: (from + i) % 2 ? "BUY" : "SELL" } })) }, "tomas");
    equal((await send(0, 10)).status, 200);
    await page.goto(`/products/${topic}`);
    const rows = page.getByRole("table", { name: `Records of ${topic}` });
    await rows.getByRole("button", { name: /^Record / }).first().waitFor();
    // one callback of an observer is one paint of the table, however many rows it changed; frames and long tasks are measured beside it
    await page.evaluate((name) => {
      window.seen = { paints: 0, frames: 0, long: 0, longest: 0, began: performance.now() };
      new MutationObserver(() => window.seen.paints++).observe(document.querySelector(`table[aria-label="${name}"] tbody`), { childList: true, subtree: true, characterData: true });
      const frame = () => { window.seen.frames++; requestAnimationFrame(frame); };
      requestAnimationFrame(frame);
      new PerformanceObserver((l) => { for (const e of l.getEntries()) { window.seen.long++; window.seen.longest = Math.max(window.seen.longest, e.duration); } }).observe({ entryTypes: ["longtask"] });
    }, `Records of ${topic}`);
    const total = 8_000, step = 200;
    const began = Date.now();
    for (let at = 10; at < total; at += step) equal((await send(at, Math.min(step, total - at))).status, 200, `batch at ${at}`);
    const wrote = Date.now() - began;
    // the newest one is on the page: nothing is behind
    await until("the last record is shown", async () => (await rows.locator("[data-record]").first().getAttribute("data-record")) === `0:${total - 1}`);
    const seen = await page.evaluate(() => ({ ...window.seen, ms: performance.now() - window.seen.began }));
    console.log(`      ${total} records in ${wrote} ms (${Math.round((total / wrote) * 1000)}/s): ${seen.paints} paints of the table, ${seen.frames} frames in ${Math.round(seen.ms)} ms, ${seen.long} long tasks, the longest ${Math.round(seen.longest)} ms`);
    ok(seen.paints > 0, "the table moved");
    // two paints a second and the last one; each paint is at most a few callbacks of the observer
    ok(seen.paints <= 8 * (seen.ms / 500 + 2), `${seen.paints} paints in ${Math.round(seen.ms)} ms`);
    ok(seen.paints < total / 20, `${seen.paints} paints for ${total} records`);
    equal(await rows.locator("[data-record]").count(), 12, "rows that are kept in the page");
    // and the page answers: pause holds the rows while records go on
    await page.getByRole("button", { name: "Pause" }).click();
    const held = await rows.locator("[data-record]").first().getAttribute("data-record");
    await send(total, 500);
    await page.getByText(/Paused, \d+ new/).waitFor();
    equal(await rows.locator("[data-record]").first().getAttribute("data-record"), held, "while paused");
  });
  await t.test("1,000 live ticks in a moment are one paint", async (page) => {
    // the stream of live numbers is played by the test: as fast as the browser takes it
    await page.addInitScript(() => {
      const Real = window.EventSource;
      window.EventSource = class extends Real { constructor(url, o) { super(url, o); if (String(url).includes("/api/v1/live")) (window.streams ??= []).push(this); } };
    });
    await page.goto("/");
    await page.getByRole("table", { name: "Products" }).waitFor();
    await until("the stream is there", () => page.evaluate(() => (window.streams ?? []).length > 0));
    const cell = page.getByRole("table", { name: "Products" }).getByRole("row", { name: /stocktrades/ }).getByRole("cell").nth(4);
    await until("a first tick", async () => /\d/.test(await cell.innerText()));
    const seen = await page.evaluate(async () => {
      const s = window.streams[window.streams.length - 1], snapshot = await (await fetch("/api/v1/live/snapshot")).json();
      s.close();   // what comes from now on is the test's
      let paints = 0;
      const watch = new MutationObserver(() => paints++);
      watch.observe(document.querySelector("main"), { childList: true, subtree: true, characterData: true, attributes: true });
      for (let i = 1; i <= 1000; i++) { for (const x of Object.values(snapshot.topics)) x.records_per_second = i; s.dispatchEvent(new MessageEvent("tick", { data: JSON.stringify(snapshot) })); }
      window.changes = () => paints;
      return { after: paints };
    });
    await until("the last tick is shown", async () => (await cell.innerText()).replace(/\D/g, "") === "1000");
    const paints = await page.evaluate(() => window.changes());
    console.log(`      1,000 ticks: ${seen.after} changes of the page while they came, ${paints} until the last one was shown`);
    ok(paints > 0 && paints <= 20, `${paints} changes of the page for 1,000 ticks`);
  });
}

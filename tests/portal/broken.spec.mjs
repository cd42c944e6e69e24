// Bad input and bad luck: odd names, HTML that must not run, undecodable and huge records, many fields, many products, a node that goes away, two people at once.
import { equal, ok, until, Node } from "./harness.mjs";
import { join } from "node:path";

export async function run(t) {
  const odd = { quotes: `"quoted" <b>name</b> & 'more'`, emoji: "🧵 threads 🐙", rtl: "مبيعات يومية", long: "customer_interaction_events_".repeat(11).slice(0, 250) };
  const node = t.node, seen = {};
  for (const [kind, description] of Object.entries(odd)) {
    const topic = `odd_${kind}`;
    await node.api("POST", "/api/v1/topics", { name: topic, partitions: 1 });
    for (const name of [description, topic]) {
      const r = await node.api("POST", "/api/v1/products", { name, domain: "analytics", owner: "@analytics-team", description: `${description} <img src=x onerror="document.title='broken'"><script>document.title='broken'</script>`, documentation: `# <script>document.title='broken'</script>\n[click](javascript:document.title='broken') **${description}**`, ports: [{ name: "records", kind: "topic", topic }] }, "tomas");
      if (r.status === 201) { seen[kind] = name; break; }
    }
  }
  await t.test("names with quotes, emoji, right-to-left, and very long ones are shown and can be opened", async (page) => {
    for (const [kind, name] of Object.entries(seen)) {
      await page.goto(`/products/${encodeURIComponent(name)}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      ok(!(await page.title()).includes("broken"), `${kind}: HTML of a description ran`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      ok(wide <= 0, `${kind}: ${wide} px too wide`);
    }
    ok(Object.keys(seen).length === 4, `products could be made for ${Object.keys(seen).join(", ")}`);
  });
  await t.test("HTML in a description is text everywhere", async (page) => {
    for (const path of ["/explore?q=odd", `/products/${encodeURIComponent(Object.values(seen)[0])}`]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
      await page.getByText(/onerror=/).first().waitFor();
      equal(await page.locator("main script, main img").count(), 0, path);
      ok((await page.title()) !== "broken", path);
    }
  });
  await t.test("the policy allows no inline script, no inline style", async (page) => {
    const r = await page.goto("/");
    const policy = r.headers()["content-security-policy"] ?? "";
    ok(/script-src 'self'|default-src 'self'/.test(policy) && !/unsafe-inline|unsafe-eval/.test(policy), policy);
    equal(await page.evaluate(() => { const s = document.createElement("script"); s.textContent = "window.ran = 1"; document.body.append(s); return window.ran ?? 0; }), 0);
    page.seen.length = 0;
  });
  await t.test("records of any kind: text, null, 1 MB, deeply nested, undecodable", async (page) => {
    const topic = "odd_quotes";
    let deep = "x";
    for (let i = 0; i < 60; i++) deep = { n: deep };
    const r = await node.api("POST", `/api/v1/topics/${topic}/records`, { value_schema: "none", records: [{ key: "a", value: { text: "<b>bold</b>", n: 1 } }, { key: "b", value: null }, { key: "c", value: { big: "x".repeat(900_000) } }, { key: "d", value: deep }, { key: "e", value: "just text" }] }, "tomas");
    equal(r.status, 200, JSON.stringify(r.body).slice(0, 300));
    await page.goto(`/products/${encodeURIComponent(seen.quotes)}`);
    const rows = page.getByRole("table", { name: `Records of ${topic}` }).getByRole("button", { name: /^Record / });
    await until("five records", async () => (await rows.count()) >= 5);
    await page.getByText(/this key has no value/).waitFor();
    await page.getByRole("row", { name: /x{20}/ }).getByRole("button").click();
    await page.getByRole("dialog").getByText(/more characters/).waitFor();
  });
  await t.test("two people change the same product: the second is told what changed", { as: "mira" }, async (page) => {
    await page.goto("/products/users");
    await page.getByRole("heading", { level: 1, name: /users/ }).waitFor();
    const r = await node.api("PATCH", "/api/v1/products/users", { documentation: "Changed meanwhile: **read this**." }, "mira");
    equal(r.status, 200);
    await page.getByText("read this").waitFor();                                     // the page follows by itself
    const late = await node.api("PATCH", "/api/v1/products/users", { description: "Late", revision: r.body.revision - 1 }, "mira");
    equal(late.status, 409);
    ok(late.body.changed_since.length > 0, "the answer says what changed");
  });
  await t.test("300 fields: searchable, all there, no wider than the window", async (page) => {
    const fields = Array.from({ length: 300 }, (_, i) => ({ name: `measure_${String(i).padStart(3, "0")}`, type: i % 3 ? "double" : "string" }));
    await node.api("POST", "/subjects/wide_table-value/versions", { schema: JSON.stringify({ type: "record", name: "Wide", fields }) });
    await node.api("POST", "/api/v1/topics", { name: "wide_table", partitions: 1 });
    await node.api("POST", "/api/v1/topics/wide_table/records", { records: Array.from({ length: 3 }, (_, k) => ({ key: `k${k}`, value: Object.fromEntries(fields.map((f, i) => [f.name, i % 3 ? i * 1.5 + k : `v${i}`])) })) }, "tomas");
    const r = await node.api("POST", "/api/v1/products", { name: "wide_table", domain: "analytics", owner: "@analytics-team", description: "Three hundred measures of one machine" }, "tomas");
    ok(r.status < 300, JSON.stringify(r.body).slice(0, 300));
    await page.goto("/products/wide_table");
    await page.getByRole("button", { name: "Show all 300 fields" }).click();
    equal(await page.getByRole("table", { name: "Fields" }).locator("tbody tr").count(), 300);
    await page.getByRole("searchbox", { name: "Find a field" }).fill("measure_123");
    equal(await page.getByRole("table", { name: "Fields" }).locator("tbody tr").count(), 1);
    await page.getByRole("button", { name: /All 300 columns/ }).click();
    ok((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0, "wider than the window");
  });
  await t.pages("product-wide", "/products/wide_table", (page) => page.getByRole("table", { name: "Fields" }).waitFor());

  // A node of its own, which is killed under the page.
  const other = await new Node(join(t.build, "braid")).start();
  try {
    await t.test("a node that goes away and comes back: the page says so, stays readable, and recovers by itself", { node: other, expectErrors: /Failed to load|ERR_|net::/ }, async (page) => {
      await page.goto("/products/stocktrades");
      await page.getByRole("table", { name: "Records of stocktrades" }).getByRole("button", { name: /^Record / }).first().waitFor();
      const before = (await other.api("GET", "/api/v1/products/stocktrades")).body.revision;
      await other.kill();
      await page.getByRole("contentinfo").getByText(/Node does not answer/).waitFor();
      await page.getByRole("heading", { level: 1, name: /stocktrades/ }).waitFor();
      await page.getByRole("button", { name: "Register mine" }).waitFor();
      equal(await page.getByRole("button", { name: "Register mine" }).getAttribute("aria-disabled"), "true", "actions are disabled");
      await page.screenshot({ path: join(t.pictures, "node-away.png") });
      await other.start();
      await page.getByRole("contentinfo").getByText(/Node does not answer/).waitFor({ state: "hidden" });
      equal((await other.api("GET", "/api/v1/products/stocktrades")).body.revision, before, "everything is still there");
      const top = () => page.locator("[data-record]").first().getAttribute("data-record"), first = await top();
      await until("records go on", async () => (await top()) !== first);
    });
    // 1,000 products in 12 domains
    const paula = "paula", domains = Array.from({ length: 12 }, (_, i) => `domain_${String.fromCharCode(97 + i)}`);
    for (const d of domains) { await other.api("PUT", `/api/v1/domains/${d}`, { title: d }, paula); await other.api("PUT", `/api/v1/teams/@${d}-team`, { domain: d }, paula); }
    equal((await other.api("PUT", "/api/v1/people/maker", { full_name: "Many Maker", teams: domains.map((d) => `@${d}-team`) }, paula)).status, 201);
    const many = Array.from({ length: 1000 }, (_, i) => i);
    let made = 0;
    for (let at = 0; at < many.length; at += 25) made += (await Promise.all(many.slice(at, at + 25).map((i) => { const d = domains[(i * i + i) % 12]; return other.api("POST", "/api/v1/topics", { name: `shared_${i}`, partitions: 1 }, "maker").then(() => other.api("POST", "/api/v1/products", { name: `product_${String(i).padStart(4, "0")}`, domain: d, owner: `@${d}-team`, description: `Product number ${i} of many`, quality: ["raw", "curated", "authoritative"][i % 3], ports: [`shared_${i}`] }, "maker")); }))).filter((r) => r.status < 300).length;
    await t.test("1,000 products: the map opens at the level of domains, the table scrolls all of them", { node: other }, async (page) => {
      ok(made === 1000, `${made} of 1000 products were made`);
      await page.goto("/");
      const map = page.getByRole("group", { name: /^Map of \d+ domains/ });
      await map.waitFor();
      await map.getByRole("button", { name: /^domain_a/ }).click();
      await page.waitForURL(/domain=domain_a/);
      const table = page.getByRole("table", { name: "Products" });
      ok(Number(await table.getAttribute("aria-rowcount")) >= 1000, "all rows are counted");
      ok((await table.locator("tbody tr").count()) < 120, "few rows are drawn");
      await page.getByRole("searchbox", { name: "Filter products" }).fill("product_0777");
      await table.getByRole("link", { name: "product_0777" }).waitFor();
    });
    await t.pages("home-large", "/", (page) => page.getByRole("table", { name: "Products" }).waitFor(), { node: other, looks: 1 });
  } finally {
    await other.close();
  }
}

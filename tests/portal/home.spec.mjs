// The mesh: map, list, what is new, what needs attention; the same for those who do not see it.
import { equal, ok, until } from "./harness.mjs";

export async function run(t) {
  await t.test("the map shows three domains with their products, and each card leads to its product", { path: "/" }, async (page) => {
    const map = page.getByRole("group", { name: /^Map of the mesh/ });
    for (const [domain, product] of [["edge", "pageviews"], ["execution", "stocktrades"], ["membership", "users"]]) await map.getByRole("region", { name: domain }).getByRole("link", { name: new RegExp(`^${product}`) }).waitFor();
    await map.getByRole("link", { name: /^stocktrades/ }).click();
    await page.waitForURL(/\/products\/stocktrades$/);
    await page.goBack();
    await map.waitFor();
  });
  await t.test("the list says the same, is in the address, and comes back with Back", { path: "/" }, async (page) => {
    await page.getByRole("group", { name: "Show as" }).getByRole("button", { name: "List" }).click();
    await page.waitForURL(/view=list/);
    await page.getByRole("region", { name: "execution" }).getByRole("link", { name: "stocktrades" }).waitFor();
    await page.goBack();
    await page.getByRole("group", { name: /^Map of the mesh/ }).waitFor();
  });
  await t.test("arrow keys walk the map", { path: "/" }, async (page) => {
    const first = page.locator("[data-node]").first();
    await first.focus();
    await page.keyboard.press("ArrowDown");
    ok((await page.evaluate(() => document.activeElement?.getAttribute("data-node"))) !== (await first.getAttribute("data-node")), "the focus moved to another node");
  });
  await t.test("products sort by header and open by Enter", { path: "/" }, async (page) => {
    const table = page.getByRole("table", { name: "Products" });
    const shown = () => table.locator("tbody tr td:first-child").allInnerTexts();
    await table.getByRole("button", { name: "Name" }).click();
    const upwards = await until("sorted by name", async () => { const names = await shown(); return names.indexOf("pageviews") < names.indexOf("users") && names; });
    await table.getByRole("button", { name: "Name" }).click();
    equal(await table.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort"), "descending");
    const names = await until("names from z to a", async () => { const now = await shown(); return JSON.stringify(now) === JSON.stringify([...upwards].reverse()) && now; });
    await table.locator("tbody tr").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL((u) => decodeURIComponent(u.pathname).startsWith(`/products/${names[1].split("…")[0]}`));
  });
  await t.test("what is new follows what others do, without a reload", { path: "/" }, async (page, node) => {
    await page.getByRole("heading", { name: "New in the mesh" }).waitFor();
    const r = await node.api("PATCH", "/api/v1/products/pageviews", { tags: ["web", `news-${Date.now() % 1000}`] }, "jonas.weber");
    equal(r.status, 200, JSON.stringify(r.body));
    await page.getByText(/Changed tags/).first().waitFor();
    await node.api("PATCH", "/api/v1/products/pageviews", { tags: ["web"] }, "jonas.weber");
  });
  const live = (await t.node.api("GET", "/api/v1/live/snapshot")).status === 200;
  if (live) await t.test("rates move, and what is shown is what the node measures", { path: "/" }, async (page, node) => {
    const cell = page.getByRole("table", { name: "Products" }).getByRole("row", { name: /stocktrades/ }).getByRole("cell").nth(4);
    const shown = await until("a rate", async () => { const v = Number.parseFloat(await cell.innerText()); return v > 0 ? v : null; });
    const measured = (await node.api("GET", "/api/v1/live/snapshot")).body.topics.stocktrades.records_per_second;
    ok(Math.abs(shown - measured) < Math.max(3, measured * 0.8), `shown ${shown}, measured ${measured}`);
  });
  await t.pages("home", "/", (page) => page.getByRole("table", { name: "Products" }).waitFor());
}

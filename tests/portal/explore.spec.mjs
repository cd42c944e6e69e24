// Explore: search as one types, tolerant of errors, facets, why it matched, peek, keyboard.
import { equal, until } from "./harness.mjs";

export async function run(t) {
  await t.test("pagevews finds pageviews, says so, and says why", { path: "/explore" }, async (page) => {
    await page.getByRole("searchbox", { name: "Search the mesh" }).fill("pagevews");
    await page.getByText("Nothing is called pagevews. Showing pageviews").waitFor();
    const first = page.getByRole("list", { name: "Results" }).getByRole("listitem").first();
    await first.getByRole("link", { name: "pageviews" }).waitFor();
    await first.getByText(/close to pagevews/).waitFor();
    equal(new URL(page.url()).searchParams.get("q"), "pagevews", "the question is in the address");
  });
  await t.test("typing replaces the entry: Back leaves the page, not a letter", { path: "/me" }, async (page) => {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Explore" }).click();
    await page.getByRole("searchbox", { name: "Search the mesh" }).pressSequentially("trades");
    await page.waitForURL(/q=trades/);
    await page.goBack();
    await page.waitForURL(/\/me$/);
  });
  await t.test("facets narrow, are in the address, and Back takes them away", { path: "/explore" }, async (page) => {
    const filters = page.getByRole("complementary", { name: "Filters" });
    await filters.getByRole("checkbox", { name: /^execution/ }).click();
    await page.waitForURL(/domain=execution/);
    await filters.getByRole("checkbox", { name: /Data product/ }).click();
    await page.waitForURL(/kind=product/);
    const names = page.getByRole("list", { name: "Results" }).getByRole("listitem");
    await names.first().getByRole("link", { name: "stocktrades" }).waitFor();
    await until("one result", async () => (await names.count()) === 1);
    await page.goBack();
    await page.waitForURL((u) => !u.search.includes("kind"));
  });
  await t.test("arrows walk the results, the peek follows, Enter opens", { path: "/explore?kind=product" }, async (page) => {
    const peek = page.getByRole("complementary", { name: "Selected result" });
    await page.getByRole("searchbox", { name: "Search the mesh" }).focus();
    const before = await peek.getByRole("heading", { level: 2 }).innerText();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.waitForURL(/sel=/);
    const now = await until(`the peek moves on from ${before}`, async () => { const h = await peek.getByRole("heading", { level: 2 }).innerText(); return h !== before && h; });
    await page.keyboard.press("Enter");
    await page.waitForURL((u) => decodeURIComponent(u.pathname).startsWith(`/products/${now.split("…")[0]}`));   // long names are cut in the middle
  });
  await t.test("nothing found says so, with a way back", { path: "/explore?q=zzzzqqqq&quality=raw" }, async (page) => {
    await page.getByText(/Nothing is called/).waitFor();
    await page.getByRole("button", { name: "Search without filters" }).click();
    await page.waitForURL((u) => !u.search.includes("quality"));
  });
  await t.pages("explore", "/explore?q=pagevews", (page) => page.getByRole("list", { name: "Results" }).waitFor());
}

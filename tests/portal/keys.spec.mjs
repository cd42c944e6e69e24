// By keyboard: what is reached is seen, dialogs keep the focus and give it back, t turns charts into tables, columns are chosen per person.
import { equal, ok, until } from "./harness.mjs";

const focused = (page) => page.evaluate(() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect(); return { tag: e.tagName, name: (e.getAttribute("aria-label") ?? e.textContent ?? "").trim().slice(0, 60), ring: (s.outlineStyle !== "none" && Number.parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none" || Boolean(e.closest(":focus-within") && getComputedStyle(e.parentElement).outlineStyle !== "none"), seen: r.width > 0 && r.height > 0, bottom: r.bottom, top: r.top }; });
export async function run(t) {
  await t.test("Tab reaches the parts of a page, each with a ring that is seen and not covered by a bar", async (page) => {
    for (const [path, ready] of [["/", (p) => p.getByRole("group", { name: /^Map of the mesh/ })], ["/products/stocktrades", (p) => p.getByRole("table", { name: "Records of stocktrades" })], ["/operations/queries", (p) => p.getByRole("heading", { level: 1 })]]) {
      await page.goto(path);
      await ready(page).waitFor();
      const names = new Set();
      for (let i = 0; i < 45; i++) {
        await page.keyboard.press("Tab");
        const f = await focused(page);
        if (f.tag === "BODY") break;
        ok(f.ring, `${path}: no ring on ${f.tag} ${f.name}`);
        if (f.seen && i > 0) ok(f.bottom > 0 && f.top < 900, `${path}: ${f.tag} ${f.name} is out of sight`);
        names.add(`${f.tag} ${f.name}`);
      }
      ok(names.size >= 20 || path !== "/", `${path}: ${names.size} stops`);
    }
  });
  await t.test("a dialog takes the focus, keeps it, and gives it back", { as: "mira" }, async (page) => {
    await page.goto("/products/users");
    const more = page.getByRole("button", { name: "More", exact: true });
    await more.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Change" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await until("an item is lit", async () => (await page.locator("[data-highlighted]").count()) === 1);
    while (!/^Change/.test(await page.locator("[data-highlighted]").innerText())) await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Description").waitFor();
    const inside = () => page.evaluate(() => document.querySelector("dialog[open]")?.contains(document.activeElement) ?? false);
    await until("the focus is in the dialog", inside);
    for (let i = 0; i < 40; i++) { await page.keyboard.press("Tab"); const out = await page.evaluate(() => document.activeElement !== document.body && !document.querySelector("dialog[open]").contains(document.activeElement)); ok(!out, `after ${i + 1} times Tab the focus is behind the dialog`); }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await until("the focus is back where it was", () => more.evaluate((e) => e === document.activeElement));
  });
  await t.test("t shows the table behind each chart, and the chart again", async (page) => {
    await page.goto("/");
    const map = page.getByRole("group", { name: /^Map of the mesh/ });
    await map.waitFor();
    await page.keyboard.press("t");
    const table = page.getByRole("table", { name: "Threads of the mesh" });
    await table.getByRole("link", { name: "stocktrades" }).first().waitFor();
    await t.axe(page, "home as tables");
    await page.keyboard.press("t");
    await map.waitFor();
    await page.goto("/products/stocktrades");
    await page.getByRole("group", { name: "Lineage graph" }).waitFor();
    await page.keyboard.press("t");
    for (const name of ["Threads of the lineage", "Promises and what was measured"]) await page.getByRole("table", { name }).waitFor();
    await page.getByRole("button", { name: "Threads of the lineage: show the chart" }).click();
    await page.getByRole("group", { name: "Lineage graph" }).waitFor();
    await page.getByRole("table", { name: "Promises and what was measured" }).waitFor();
    // g then t goes nowhere and turns nothing; letters in a field are letters
    await page.getByRole("searchbox", { name: "Filter the sample" }).fill("t");
    await page.getByRole("table", { name: "Promises and what was measured" }).waitFor();
  });
  await t.test("columns are chosen per person and stay after a reload", async (page) => {
    await page.goto("/operations/topics");
    const table = page.getByRole("table", { name: "Topics" });
    await table.getByRole("columnheader", { name: "Partitions" }).waitFor();
    await page.getByRole("button", { name: "Choose the columns of Topics" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitemcheckbox", { name: "Partitions" }).click();
    await table.getByRole("columnheader", { name: "Partitions" }).waitFor({ state: "detached" });
    await page.getByRole("menuitemcheckbox", { name: "Schema" }).click();
    await page.keyboard.press("Escape");
    await page.reload();
    await table.getByRole("columnheader", { name: "Records", exact: true }).waitFor();
    equal(await table.getByRole("columnheader", { name: "Partitions" }).count(), 0, "after a reload");
    await page.getByRole("button", { name: "Choose the columns of Topics" }).click();
    await page.getByRole("menuitem", { name: "Show all columns" }).click();
    await table.getByRole("columnheader", { name: "Partitions" }).waitFor();
    equal(await page.evaluate(() => localStorage.getItem("braid.columns")), "{}");
  });
  await t.test("single letters can be turned off for good", async (page) => {
    await page.goto("/me");
    await page.getByRole("checkbox", { name: /Single letters do things/ }).uncheck();
    await page.goto("/");
    await page.getByRole("group", { name: /^Map of the mesh/ }).waitFor();
    await page.keyboard.press("t");
    await page.keyboard.press("?");
    equal(await page.getByRole("dialog").count(), 0);
    equal(await page.getByRole("table", { name: "Threads of the mesh" }).count(), 0);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find or do anything" }).waitFor();
  });
}

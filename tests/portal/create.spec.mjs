// Create: write SQL, see what it does, save it. Calls that this node does not offer yet are said to be so; with them, the whole of it is walked.
import { equal, ok, until } from "./harness.mjs";

const editor = (page) => page.getByRole("textbox", { name: "SQL statement" });
export const write = async (page, sql) => { await editor(page).click(); await page.keyboard.press("Control+a"); await page.keyboard.insertText(sql); };
export const text = (page) => page.locator(".cm-content").evaluate((e) => [...e.querySelectorAll(".cm-line")].map((l) => [...l.childNodes].filter((n) => !n.classList?.contains("cm-hint") && !n.classList?.contains("cm-widgetBuffer")).map((n) => n.textContent).join("")).join("\n"));

export async function run(t) {
  const offered = (await t.node.api("GET", "/api/v1/sql/words")).status !== 404;
  await t.pages("create", "/create", async (page) => { await editor(page).waitFor(); });
  await t.pages("create-statement", `/create?sql=${encodeURIComponent("-- Trades above 5.00 $\nCREATE STREAM dear_trades AS\nSELECT side, quantity, symbol, price, userid\nFROM stocktrades\nWHERE price > 500\nEMIT CHANGES;")}`, async (page) => {
    await until("the statement is in the editor", async () => (await text(page)).includes("dear_trades"));
    if (offered) await page.getByRole("region", { name: "Preview rows" }).locator("tbody tr").nth(3).waitFor();
  });
  await t.test("what one types stays in the editor: letters and spaces are no keys of the page", async (page) => {
    await page.goto("/create");
    await editor(page).click();
    await page.keyboard.type("go e m ? t y / `x`", { delay: 5 });
    equal((await text(page)).replace(/\s+/g, " "), "go e m ? t y / `x`");
    equal(new URL(page.url()).pathname, "/create");
    equal(await page.getByRole("dialog").count(), 0);
  });
  await t.test("the statement is in the address, packed; a reload and the back button bring it back", async (page) => {
    const sql = `SELECT '🧵 مبيعات "quoted" <b>' AS x, ${"price, ".repeat(40)}symbol FROM stocktrades EMIT CHANGES;`;
    await page.goto("/create");
    await write(page, sql);
    await page.waitForURL(/sql=z/);
    ok(page.url().length < sql.length + 120, `the address has ${page.url().length} characters for ${sql.length}`);
    await page.reload();
    await until("it is there again", async () => (await text(page)) === sql);
    await page.getByRole("link", { name: "Manage", exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name: /analytics/i }).waitFor();
    await page.goBack();
    await until("it is there after going back", async () => (await text(page)) === sql);
  });
  await t.test("an error of the node is shown in full, with its hint, and nothing is saved", async (page, node) => {
    await page.goto("/create");
    await write(page, "CREATE STREAM wrong_one AS SELECT PRCE FROM stocktrades EMIT CHANGES;");
    if (offered) {
      await page.getByText(/Line 1:.*PRCE/).first().waitFor();
      await page.locator(".cm-lintRange-error", { hasText: "PRCE" }).waitFor();
      await page.getByRole("button", { name: "Save and run" }).and(page.locator('[aria-disabled="true"]')).waitFor();
    } else {
      await page.getByText(/does not check statements/).waitFor();
      await page.getByRole("button", { name: "Save and run" }).click();
      await page.getByRole("alert").getByText(/PRCE/).waitFor();
    }
    const r = await node.sql("SHOW STREAMS;");
    ok(!JSON.stringify(r.body).includes("WRONG_ONE"), "it was not saved");
  });
  await t.test("a statement is saved, runs, and can be published", async (page, node) => {
    await node.sql("DROP STREAM IF EXISTS dear_trades;");   // of a first try
    await page.goto("/create");
    await write(page, "CREATE STREAM dear_trades WITH (kafka_topic = 'dear_trades') AS\nSELECT * FROM stocktrades WHERE price > 500 EMIT CHANGES;");
    const save = page.getByRole("button", { name: "Save and run" });
    await until("it can be saved", async () => (await save.getAttribute("aria-disabled")) !== "true");
    await save.click();
    await page.getByText(/CSAS_DEAR_TRADES_\d+ runs\./).waitFor();
    await until("the topic has records", async () => (await node.api("GET", "/api/v1/topics/dear_trades")).body.records > 0);
    if (offered) await page.getByRole("link", { name: /^Publish/ }).and(page.locator(".btn")).click(); else await page.goto("/publish/dear_trades");
    await page.getByRole("heading", { level: 1, name: "Publish dear_trades" }).waitFor();
  });
  await t.test("the borders between the panes move by keyboard and stay", async (page) => {
    await page.goto("/create");
    const border = page.getByRole("separator", { name: "Width of the plan" });
    const before = Number(await border.getAttribute("aria-valuenow"));
    await border.focus();
    await page.keyboard.press("ArrowLeft");
    equal(Number(await border.getAttribute("aria-valuenow")), before + 16);
    await page.reload();
    equal(Number(await border.getAttribute("aria-valuenow")), before + 16, "after a reload");
  });
  if (!offered) return;
  // Chromium's own editing keeps the look of deleted text by a style attribute, which the policy refuses and CodeMirror does not need.
  await t.test("completion: columns after a dot, streams after FROM", { expectErrors: /^Applying inline style violates/ }, async (page) => {
    await page.goto("/create");
    await write(page, "SELECT t. FROM stocktrades t EMIT CHANGES;");
    for (let i = 0; i < " FROM stocktrades t EMIT CHANGES;".length; i++) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Control+Space");
    await page.getByRole("option", { name: /price/ }).click();
    ok((await text(page)).includes("t.price"), await text(page));
    await write(page, "SELECT * FROM ");
    await page.keyboard.press("Control+Space");
    await page.getByRole("option", { name: /pageviews/ }).first().waitFor();
  });
  await t.test("the preview shows rows, counts at the line, and the plan, before anything is saved", async (page, node) => {
    await page.goto("/create");
    await write(page, "CREATE STREAM never_saved AS\nSELECT side, price\nFROM stocktrades\nWHERE price > 500\nEMIT CHANGES;");
    await page.getByRole("region", { name: "Preview rows" }).locator("tbody tr").nth(2).waitFor();
    await page.locator(".cm-line", { hasText: "WHERE" }).locator(".cm-hint", { hasText: /keeps \d/ }).waitFor();
    await page.getByRole("list", { name: "Steps of the plan" }).getByText(/of .* pass/).waitFor();
    equal(JSON.stringify((await node.sql("SHOW STREAMS;")).body).includes("NEVER_SAVED"), false, "nothing was saved");
    await page.getByRole("button", { name: "Pause preview" }).click();
    await page.getByText("Paused", { exact: true }).waitFor();
  });
  await t.test("a filter that lets nothing through: what came closest", async (page) => {
    await page.goto("/create");
    await write(page, "SELECT * FROM stocktrades WHERE price > 5000 EMIT CHANGES;");
    await page.getByRole("table", { name: "What came closest" }).locator("tbody tr").first().waitFor();
    await page.locator(".cm-hint.bad", { hasText: "keeps none" }).waitFor();
  });
  await t.test("a use case is a starting point", async (page) => {
    await page.goto("/create");
    await page.getByRole("heading", { name: "Start from" }).waitFor();
    await page.locator('h2:has-text("Start from") + ul').getByRole("button").first().click();
    await until("its statement is in the editor", async () => /CREATE (STREAM|TABLE)/.test(await text(page)));
    await page.getByRole("list", { name: "Steps of the plan" }).getByRole("listitem").first().waitFor();
  });
  await t.test("a saved query pauses, goes on, and names who reads before it ends", async (page, node) => {
    await node.sql("CREATE STREAM to_end AS SELECT * FROM stocktrades EMIT CHANGES;");
    const id = (await node.api("GET", "/api/v1/queries")).body.find((q) => q.stream === "TO_END").id;
    await page.goto(`/create/${id}`);
    const box = page.getByRole("group", { name: `Query ${id}` });
    await box.getByRole("button", { name: "Pause" }).click();
    await box.getByText("Paused").waitFor();
    await box.getByRole("button", { name: "Resume" }).click();
    await box.getByText("Running").waitFor();
    await box.getByRole("button", { name: "Terminate" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: /^Terminate/ }).click();
    await until("it is gone", async () => { if (await dialog.isVisible()) await dialog.getByRole("button", { name: /^Terminate/ }).click({ timeout: 500 }).catch(() => undefined); return !(await node.api("GET", "/api/v1/queries")).body.some((q) => q.id === id); });
  });
}

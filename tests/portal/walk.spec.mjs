// The walk of the data mesh course in one browser, on a node of its own: provision, explore, create, publish, another team finds and uses it, its owner
// deprecates it. Each step begins where a person would go on from the one before.
import { equal, ok, until, Node } from "./harness.mjs";
import { join } from "node:path";
import { write } from "./create.spec.mjs";

export async function run(t) {
  const node = await new Node(join(t.build, "braid")).start();
  try { await steps(t, node); } finally { await node.close(); }
}
const acting = async (page, person, name) => {
  await page.getByRole("button", { name: /^Acting as/ }).click();
  await page.getByRole("menuitemradio", { name: new RegExp(person) }).or(page.getByRole("button", { name: new RegExp(`^${person}`) })).first().click();
  await page.getByRole("button", { name: new RegExp(name) }).first().waitFor();
};
async function steps(t, node) {
  const product = "dear_trades", sql = "-- Trades above 5.00 $ a share, with the region of who traded\nCREATE STREAM dear_trades WITH (kafka_topic = 'dear_trades', value_format = 'AVRO') AS\nSELECT u.id AS userid, u.regionid AS region, t.side AS side, t.symbol AS symbol, t.price AS price\nFROM stocktrades t INNER JOIN users u ON t.userid = u.id\nWHERE t.price > 500\nEMIT CHANGES;";
  await t.test("walk: provision, explore, create, publish, found and used by another team, deprecated by its owner", { node, as: null }, async (page) => {
    // 1 provision: the demo's three products of three domains are there and alive
    await page.goto("/");
    const map = page.getByRole("group", { name: /^Map of the mesh/ });
    for (const [domain, name] of [["edge", "pageviews"], ["execution", "stocktrades"], ["membership", "users"]]) await map.getByRole("region", { name: domain }).getByRole("link", { name: new RegExp(`^${name}`) }).waitFor();
    await acting(page, "Tomás Silva", "Tomás Silva");

    // 2 explore: mistyped, found, understood
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Explore" }).click();
    await page.getByRole("searchbox", { name: "Search the mesh" }).fill("stoktrades");
    await page.getByText(/Nothing is called stoktrades/).waitFor();
    await page.getByRole("list", { name: "Results" }).getByRole("link", { name: "stocktrades" }).first().click();
    await page.getByRole("heading", { level: 1, name: /stocktrades/ }).waitFor();
    await page.getByRole("region", { name: "Owner" }).getByText("Priya Raman").waitFor();
    await page.getByRole("table", { name: "Records of stocktrades" }).getByRole("button", { name: /^Record / }).first().waitFor();

    // 3 create: tried on real records before anything is saved
    await page.getByRole("link", { name: "Query it" }).click();
    await page.getByRole("textbox", { name: "SQL statement" }).waitFor();
    await write(page, sql);
    await page.getByRole("region", { name: "Preview rows" }).locator("tbody tr").nth(1).waitFor();
    await page.getByRole("list", { name: "Steps of the plan" }).getByText(/found a match/).waitFor();
    const save = page.getByRole("button", { name: "Save and run" });
    await until("it can be saved", async () => (await save.getAttribute("aria-disabled")) !== "true");
    await save.click();
    await page.getByText(/CSAS_DEAR_TRADES_\d+ runs\./).waitFor();

    // 4 publish: what can be derived is there, what is missing is said, a promise is its own
    await page.getByRole("link", { name: "Publish dear_trades" }).click();
    await page.getByRole("heading", { level: 1, name: "Publish dear_trades" }).waitFor();
    const publish = page.getByRole("button", { name: "Publish 1.0.0" });
    equal(await publish.getAttribute("aria-disabled"), "true", "without a description");
    await page.getByLabel("What is one record, and what is it good for?").fill("Trades above 5.00 $ a share, with the region of who traded.");
    await page.getByLabel("A record at least every").fill("120");
    await until("it can be published", async () => (await publish.getAttribute("aria-disabled")) !== "true");
    await publish.click();
    await page.getByRole("link", { name: "Open the product page" }).click();
    await page.getByRole("heading", { level: 1, name: /dear_trades/ }).waitFor();
    const made = (await node.api("GET", `/api/v1/products/${product}`)).body;
    equal([made.state, made.domain, made.promises.freshness_s], ["published", "analytics", 120]);
    await page.getByText(/a record at least every 2 min/).first().waitFor();
    await page.getByRole("group", { name: "Lineage graph" }).getByRole("link", { name: /^stocktrades/ }).waitFor();

    // 5 another team finds it and uses it
    await acting(page, "Lena Fischer", "Lena Fischer");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find or do anything" }).fill("dear trades");
    await page.getByRole("option", { name: /dear_trades/ }).first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Register mine" }).click();
    const dialog = page.getByRole("dialog", { name: /Register a consumer/ });
    await dialog.getByLabel("Purpose").fill("Check settlements over 5.00 $");
    await dialog.getByLabel(/Application/).fill("settlement-check");
    await dialog.getByRole("button", { name: "Register", exact: true }).click();
    await page.getByRole("table", { name: "Consumers" }).getByText("settlement-check").waitFor();
    const curl = await (async () => { const read = page.getByRole("region", { name: "Read it" }); await read.getByRole("tab", { name: "curl" }).click(); return read.getByLabel("Read it with curl").innerText(); })();
    const first = await until("a record by the address of the snippet", async () => { const r = await fetch(/'(http[^'?]+)/.exec(curl)[1] + "?from=-1", { headers: { accept: "application/json" } }); return (await r.json()).records?.[0]?.value; });
    ok(JSON.stringify(first).match(/Region_\d/), JSON.stringify(first));
    equal(await page.getByRole("button", { name: "More", exact: true }).count(), 1);

    // 6 the picture of the mesh has it, braided of two domains, owned by a third
    await page.getByRole("link", { name: "Braid, home" }).click();
    await map.getByRole("region", { name: "analytics" }).getByRole("link", { name: /^dear_trades/ }).waitFor();
    await map.getByRole("link", { name: /^query CSAS_DEAR_TRADES/ }).waitFor();

    // 7 its owner deprecates it: the consumer is named before, told after
    await acting(page, "Tomás Silva", "Tomás Silva");
    await map.getByRole("link", { name: /^dear_trades/ }).click();
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Deprecate" }).click();
    const end = page.getByRole("dialog");
    await end.getByRole("table", { name: "Affected" }).getByText("settlement-check").waitFor();
    await end.getByLabel("What its users are told").fill("Use priced_trades.");
    await end.getByLabel("Type the product's name to confirm").fill(product);
    await end.getByRole("button", { name: "Deprecate, tell 1 consumer" }).click();
    await end.waitFor({ state: "hidden" });
    await page.getByText(/It goes on working until/).waitFor();

    // 8 everything that happened is in the audit, by whom
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Audit" }).click();
    await page.getByRole("searchbox", { name: "Words in the audit" }).fill(product);
    const audit = page.getByRole("table", { name: "Audit entries" });
    for (const [who, did] of [["Tomás Silva", "Deprecated"], ["Lena Fischer", "Registered"], ["Tomás Silva", "Published"]]) await audit.getByRole("row", { name: new RegExp(`${who}.*${did}`) }).first().waitFor();
    await t.picture(page, "walk-audit");
  });
}

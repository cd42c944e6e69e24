// Manage: what is mine, by state; menus; a draft is changed and removed; a new version.
import { equal, ok, until } from "./harness.mjs";

export async function run(t) {
  const node = t.node;
  await t.pages("manage", "/manage", async (page) => { await page.getByRole("heading", { level: 1, name: /analytics/i }).waitFor(); await page.getByRole("heading", { name: "Products", exact: true }).waitFor(); });
  await t.test("nobody of a domain chooses one; who has none is told so", { as: "paula" }, async (page) => {
    await page.goto("/manage");
    await page.getByRole("link", { name: /membership/i }).click();
    await page.getByRole("table", { name: "Products of the domain" }).getByRole("link", { name: "users" }).waitFor();
  });
  await t.test("a draft is listed, changed and removed", async (page) => {
    await node.api("POST", "/api/v1/topics", { name: "scratch_topic", partitions: 1 });
    const r = await node.api("POST", "/api/v1/products", { name: "scratch_topic", state: "draft" }, "tomas");
    equal(r.status, 201, JSON.stringify(r.body));
    await page.goto("/manage/analytics?state=draft&sel=scratch_topic");
    const table = page.getByRole("table", { name: "Products of the domain" });
    await table.getByText("scratch_topic").waitFor();
    await table.getByRole("button", { name: "Actions for scratch_topic" }).click();
    await page.getByRole("menuitem", { name: "Change", exact: true }).click();
    await page.getByRole("dialog").getByLabel("Description").fill("Nothing to see.");
    await page.getByRole("dialog").getByRole("button", { name: "Change", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    equal((await node.api("GET", "/api/v1/products/scratch_topic", undefined, "tomas")).body.description, "Nothing to see.");
    await page.getByRole("button", { name: "Remove the draft" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await until("it is gone", async () => (await node.api("GET", "/api/v1/products/scratch_topic", undefined, "tomas")).status === 404);
    equal((await node.api("GET", "/api/v1/topics/scratch_topic")).status, 200, "the topic stays");
  });
  await t.test("a new version, proposed by size, is asked for and recorded", async (page) => {
    await node.api("POST", "/api/v1/topics", { name: "versioned", partitions: 1 });
    const r = await node.api("POST", "/api/v1/products", { name: "versioned", owner: "@analytics-team", description: "One record is one test.", ports: [{ name: "records", kind: "topic", topic: "versioned" }] }, "tomas");
    equal(r.status, 201, JSON.stringify(r.body));
    await page.goto("/manage/analytics?sel=versioned");
    await page.getByRole("complementary", { name: "About the selected product" }).getByRole("button", { name: "New version" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Breaking: 2.0.0" }).click();
    await dialog.getByRole("button", { name: "Publish 2.0.0" }).click();
    await dialog.waitFor({ state: "hidden" });
    equal((await node.api("GET", "/api/v1/products/versioned")).body.version, "2.0.0");
  });
  await t.test("a domain that is not there says so", async (page) => {
    await page.goto("/manage/nowhere");
    await page.getByText(/There is no domain nowhere/).waitFor();
  });
  await t.test("the palette knows the actions, and who may", { as: "mira" }, async (page) => {
    await page.goto("/manage");
    await page.getByRole("heading", { level: 1, name: /membership/i }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find or do anything" }).fill("deprecate stocktrades");
    const option = page.getByRole("option", { name: /Deprecate stocktrades/ });
    await option.waitFor();
    equal(await option.getAttribute("aria-disabled"), "true");
    ok((await option.innerText()).includes("only execution may"), await option.innerText());
  });
}

// Audit: everything that happened, filtered, with before and after; deep links; what was refused.
import { ok, until } from "./harness.mjs";

export async function run(t) {
  const node = t.node;
  await node.api("POST", "/api/v1/topics", { name: "audited", partitions: 1 });
  await node.api("POST", "/api/v1/products", { name: "audited", owner: "@analytics-team", description: "Before.", ports: [{ name: "records", kind: "topic", topic: "audited" }] }, "tomas");
  await node.api("PATCH", "/api/v1/products/audited", { description: "After <b>it</b>." }, "tomas");
  await node.api("PATCH", "/api/v1/products/audited", { description: "Not mine." }, "mira");
  await t.pages("audit", "/audit", async (page) => { await page.getByRole("table", { name: "Audit entries" }).locator("tbody tr").nth(5).waitFor(); });
  await t.test("words and choices narrow it down, are in the address, and are the command below", async (page) => {
    await page.goto("/audit");
    await page.getByRole("searchbox", { name: "Words in the audit" }).fill("audited changed");
    await page.waitForURL(/q=audited\+changed/);
    const rows = page.getByRole("table", { name: "Audit entries" }).locator("tbody tr[data-id]");
    await until("only those that fit", async () => (await rows.count()) >= 1 && (await rows.allInnerTexts()).every((r) => r.includes("audited")));
    await page.getByRole("combobox", { name: "Who" }).selectOption("tomas");
    await page.waitForURL(/who=tomas/);
    await page.getByText(/\$ braid audit audited changed --who tomas/).waitFor();
    await page.getByRole("combobox", { name: "Who" }).selectOption("lena");
    await page.getByText("Nothing that happened fits this.").waitFor();
    await page.getByRole("button", { name: "Show everything" }).click();
    await until("everything is there", async () => (await rows.count()) > 5);
  });
  await t.test("an entry has before and after, and an address of its own", async (page) => {
    await page.goto("/audit?subject=audited&what=product.changed&outcome=done");
    const entry = page.getByRole("complementary", { name: "Entry" });
    await entry.getByText("description: Before.").waitFor();
    await entry.getByText("description: After <b>it</b>.").waitFor();
    await page.getByRole("table", { name: "Audit entries" }).locator("tbody tr[data-id]").first().click();
    await page.waitForURL(/\/audit\/[^?]+/);
    await page.goto(new URL(page.url()).pathname);
    await entry.getByText("description: Before.").waitFor();
    await page.goBack();
  });
  await t.test("what was refused is there too", async (page) => {
    await page.goto("/audit?outcome=refused");
    await page.getByRole("table", { name: "Audit entries" }).getByText("Refused").first().waitFor();
    await page.getByRole("complementary", { name: "Entry" }).getByText(/Nothing changed|audited/).first().waitFor();
  });
  await t.test("rows are walked by keyboard", async (page) => {
    await page.goto("/audit");
    const rows = page.getByRole("table", { name: "Audit entries" }).locator("tbody tr[data-id]");
    await rows.nth(2).waitFor();
    await until("the first is chosen", async () => (await rows.first().getAttribute("aria-selected")) === "true");
    await page.keyboard.press("j");
    await until("the second is chosen", async () => (await rows.nth(1).getAttribute("aria-selected")) === "true");
    await page.keyboard.press("j");
    await until("the third is chosen", async () => (await rows.nth(2).getAttribute("aria-selected")) === "true");
    await page.keyboard.press("k");
    await until("the second is chosen again", async () => (await rows.nth(1).getAttribute("aria-selected")) === "true");
    ok(/\/audit\//.test(page.url()), page.url());
  });
}

// The walk: a query's topic becomes a product; what is missing is said; another domain is refused; two people edit; it is deprecated in front of its consumers.
import { equal, ok, until } from "./harness.mjs";

export async function run(t) {
  const name = "walk_trades", node = t.node;
  await node.sql(`-- Trades above 5.00 $ a share\nCREATE STREAM ${name} WITH (kafka_topic = '${name}') AS SELECT * FROM stocktrades WHERE price > 500 EMIT CHANGES;`);
  await until("the topic is there", async () => (await node.api("GET", `/api/v1/topics/${name}`)).body.records > 0);
  await t.pages("publish", "/publish", async (page) => { await page.getByRole("link", { name: `Publish ${name}` }).waitFor(); });
  await t.pages("publish-guide", `/publish/${name}`, async (page) => { await page.getByLabel("What is one record, and what is it good for?").waitFor(); await page.getByText(/description is missing/i).first().waitFor(); });
  await t.test("what is missing is said by the node; the draft is kept in the node; then it is published", async (page) => {
    await page.goto("/publish");
    await page.getByRole("link", { name: `Publish ${name}` }).click();
    await page.getByText(/1 thing is missing: a description/).first().waitFor();
    equal(await page.getByRole("button", { name: "Publish 1.0.0" }).getAttribute("aria-disabled"), "true");
    await page.getByLabel("What is one record, and what is it good for?").fill("Trades above 5.00 $ a share, as they are made.");
    await page.getByRole("radio", { name: /Curated/ }).check();
    await page.getByText(/Draft kept in the node/).waitFor();
    const draft = (await node.api("GET", `/api/v1/products/${name}`)).body;
    equal([draft.state, draft.description, draft.quality, draft.domain], ["draft", "Trades above 5.00 $ a share, as they are made.", "curated", "analytics"]);
    await page.getByRole("complementary", { name: "As others will see it" }).getByText("Trades above 5.00 $ a share, as they are made.").waitFor();
    await page.reload();
    equal(await page.getByLabel("What is one record, and what is it good for?").inputValue(), "Trades above 5.00 $ a share, as they are made.", "after a reload");
    const publish = page.getByRole("button", { name: "Publish 1.0.0" });
    await until("it can be published", async () => (await publish.getAttribute("aria-disabled")) !== "true");
    await publish.click();
    await page.getByRole("link", { name: "Open the product page" }).waitFor();
    equal((await node.api("GET", `/api/v1/products/${name}`)).body.state, "published");
  });
  await t.test("another domain may not change it: controls say why, and the node refuses", { as: "mira" }, async (page) => {
    await page.goto(`/manage/analytics?sel=${name}`);
    const change = page.getByRole("complementary", { name: "About the selected product" }).getByRole("button", { name: "Deprecate" });
    await until("it is disabled", async () => (await change.getAttribute("aria-disabled")) === "true");
    await page.getByText(/Only analytics may change/).first().waitFor();
    await page.goto(`/manage/analytics?sel=${name}&do=change&product=${name}`);
    await page.getByLabel("Description").fill("Mine now.");
    await page.getByRole("dialog").getByRole("button", { name: "Change", exact: true }).click();
    await page.getByRole("alert").getByText(/analytics/).first().waitFor();
    ok((await node.api("GET", `/api/v1/products/${name}`)).body.description !== "Mine now.", "nothing was changed");
  });
  await t.test("two people edit: the second is told who changed what, and may take theirs or keep both in sight", async (page) => {
    await page.goto(`/manage/analytics?sel=${name}&do=change&product=${name}`);
    await page.getByLabel("Description").fill("What Tomás wrote.");
    const r = await node.api("PATCH", `/api/v1/products/${name}`, { description: "What Amina wrote." }, "amina");
    equal(r.status, 200, JSON.stringify(r.body));
    await page.getByRole("dialog").getByRole("button", { name: "Change", exact: true }).click();
    await page.getByText(/Amina Diallo/).waitFor();
    await page.getByText(/What you wrote is kept/).waitFor();
    await page.getByRole("button", { name: "Show both" }).click();
    const both = page.getByRole("table", { name: "Both versions" });
    await both.getByText("What Amina wrote.").waitFor();
    await both.getByText("What Tomás wrote.").waitFor();
    await page.getByRole("button", { name: "Take theirs" }).click();
    await until("theirs is in the form", async () => (await page.getByLabel("Description").inputValue()) === "What Amina wrote.");
  });
  await t.test("deprecating names the consumers first, asks for the name, and tells them", async (page) => {
    const c = await node.api("POST", `/api/v1/products/${name}/consumers`, { name: "settlement-check", purpose: "Check settlements over 5.00 $" }, "lena");
    ok(c.status < 300, JSON.stringify(c.body));
    await page.goto(`/manage/analytics?sel=${name}`);
    await page.getByRole("complementary", { name: "About the selected product" }).getByRole("button", { name: "Deprecate" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("table", { name: "Affected" }).getByText("settlement-check").waitFor();
    const go = dialog.getByRole("button", { name: "Deprecate, tell 1 consumer" });
    equal(await go.getAttribute("aria-disabled"), "true");
    await dialog.getByLabel("Sunset date").fill("2020-01-01");
    await dialog.getByText(/This day is over/).first().waitFor();
    await dialog.getByLabel("Sunset date").fill("2031-01-31");
    await dialog.getByLabel("What its users are told").fill("Use dear_trades.");
    await dialog.getByLabel("Type the product's name to confirm").fill(name);
    await go.click();
    await dialog.waitFor({ state: "hidden" });
    const p = (await node.api("GET", `/api/v1/products/${name}`)).body;
    equal([p.state, p.deprecation.notice, p.deprecation.sunset.slice(0, 10)], ["deprecated", "Use dear_trades.", "2031-01-31"]);
    await page.getByRole("table", { name: "Products of the domain" }).getByText(/Deprecated until 2031-01-31/).waitFor();
  });
  await t.test("a topic with an odd name is published under it; HTML in what one writes never runs", async (page) => {
    const topic = "Odd.Name-1_x";
    await node.api("POST", "/api/v1/topics", { name: topic, partitions: 1 });
    await page.goto(`/publish/${encodeURIComponent(topic)}`);
    await page.getByLabel("What is one record, and what is it good for?").fill(`<img src=x onerror="document.title='ran'"> "quotes" 🧵 مبيعات`);
    await page.getByLabel(/What someone of another team/).fill("# <script>document.title='ran'</script>");
    await page.getByText(/Draft kept in the node/).waitFor();
    equal(await page.locator("main img, main script").count(), 0);
    ok((await page.title()) !== "ran", "HTML ran");
    const shown = await page.getByRole("complementary", { name: "As others will see it" }).locator(".carddesc").innerText();
    ok(shown.includes("<img src=x"), shown);
  });
  await t.test("who acts as nobody is told in words of this page; choosing a person on the way makes their team the owner", { as: null }, async (page) => {
    const topic = `nobodys_${Date.now() % 100_000}`;
    await node.api("POST", "/api/v1/topics", { name: topic, partitions: 1 });
    await page.goto(`/publish/${topic}`);
    await page.getByText("You act as nobody yet. Choose a person at the top right.").first().waitFor();
    equal(await page.getByText(/Braid-As/).count(), 0, "words of the API");
    await page.getByLabel("What is one record, and what is it good for?").fill("One record is one test.");
    await page.getByRole("button", { name: /Act as/ }).click();
    await page.getByRole("button", { name: /Tomás Silva/ }).click();
    await until("their team owns it", async () => (await page.getByLabel("Team that answers for it").inputValue()) === "@analytics-team");
    const publish = page.getByRole("button", { name: "Publish 1.0.0" });
    await until("it can be published", async () => (await publish.getAttribute("aria-disabled")) !== "true");
    await publish.click();
    await page.getByRole("link", { name: "Open the product page" }).waitFor();
    const p = (await node.api("GET", `/api/v1/products/${topic}`)).body;
    equal([p.state, p.domain, p.owner], ["published", "analytics", "@analytics-team"]);
  });
}

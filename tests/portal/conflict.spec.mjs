// Two people at one product page: the second is told at once what changed, by field, and can go on; nothing that somebody wrote is lost.
import { equal, ok, until } from "./harness.mjs";

export async function run(t) {
  const node = t.node, name = `edited_${Date.now() % 100_000}`;
  await node.api("POST", "/api/v1/topics", { name, partitions: 1 });
  equal((await node.api("POST", "/api/v1/products", { name, domain: "analytics", owner: "@analytics-team", description: "One record is one edit", ports: [name] }, "tomas")).status, 201);
  const stored = async () => (await node.api("GET", `/api/v1/products/${name}`)).body;
  const change = (body) => node.api("PATCH", `/api/v1/products/${name}`, body, "amina");
  const open = async (page) => {
    await page.goto(`/products/${name}`);
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Change" }).click();
    const dialog = page.getByRole("dialog", { name: new RegExp(`^Change ${name}`) });
    await dialog.waitFor();
    return dialog;
  };
  await t.test("different fields: told at once, both stand", async (page) => {
    const dialog = await open(page), mine = `What Tomás wrote ${Date.now()}`;
    await dialog.getByLabel("Description").fill(mine);
    equal((await change({ tags: ["hers", `t${Date.now() % 1000}`] })).status, 200);
    await dialog.getByRole("alert").getByText(/Amina Diallo/).waitFor();
    await dialog.getByText(/it is about other fields, so both can stand/).waitFor();
    equal(await dialog.getByLabel("Description").inputValue(), mine, "what was typed is kept");
    await dialog.getByRole("button", { name: "Show both" }).click();
    const both = dialog.getByRole("table", { name: "Both versions" });
    await both.getByRole("row", { name: /^tags/ }).getByText(/hers/).waitFor();
    await both.getByRole("row", { name: /^description/ }).getByText(mine).waitFor();
    await dialog.getByRole("button", { name: "Save mine as well" }).click();
    await dialog.waitFor({ state: "hidden" });
    const now = await stored();
    equal([now.description, now.tags[0]], [mine, "hers"]);
    await page.getByText(mine).first().waitFor();
  });
  await t.test("the same field: theirs and mine side by side; mine over theirs leaves her other fields alone", async (page) => {
    const dialog = await open(page), mine = `Mine ${Date.now()}`, hers = `Hers ${Date.now()}`;
    await dialog.getByLabel("Description").fill(mine);
    equal((await change({ description: hers, documentation: `Read **${hers}**.` })).status, 200);
    await dialog.getByText(/What you wrote is kept/).waitFor();
    await dialog.getByRole("button", { name: "Show both" }).click();
    const row = dialog.getByRole("table", { name: "Both versions" }).getByRole("row", { name: /^description/ });
    await row.getByText(hers).waitFor();
    await row.getByText(mine).waitFor();
    await t.picture(page, "conflict");
    await dialog.getByRole("button", { name: "Keep mine over theirs" }).click();
    await dialog.waitFor({ state: "hidden" });
    const now = await stored();
    equal([now.description, now.documentation], [mine, `Read **${hers}**.`], "her documentation stands");
  });
  await t.test("theirs can be taken, and one goes on from there", async (page) => {
    const dialog = await open(page), hers = `Taken ${Date.now()}`;
    await dialog.getByLabel("Description").fill("Mine, to be given up");
    equal((await change({ description: hers })).status, 200);
    await dialog.getByRole("button", { name: "Take theirs" }).click();
    await until("theirs is in the form", async () => (await dialog.getByLabel("Description").inputValue()) === hers);
    await dialog.getByRole("radio", { name: /Raw/ }).check();
    await dialog.getByLabel("A record at least every").fill("90");
    await dialog.getByRole("button", { name: "Change", exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
    const now = await stored();
    equal([now.description, now.quality, now.promises.freshness_s], [hers, "raw", 90]);
    await page.getByText(/a record at least every 90 s|a record at least every 1.5 min/).first().waitFor();
  });
  await t.test("a promise that cannot be kept to is refused where it stands", async (page) => {
    const dialog = await open(page);
    await dialog.getByLabel("Can be written and read").fill("120");
    await dialog.getByRole("button", { name: "Change", exact: true }).click();
    await dialog.locator(".amount", { hasText: "Can be written and read" }).getByText(/availability must be/).waitFor();
    await dialog.getByLabel("Can be written and read").fill("many");
    await dialog.getByText(/A number, or nothing for what the tier says/).waitFor();
    const before = (await stored()).promises.availability;
    ok(before === null || before <= 1, "nothing was saved");
  });
  await t.test("who may not change it finds the reason in the menu", { as: "mira" }, async (page) => {
    await page.goto(`/products/${name}`);
    await page.getByRole("button", { name: "More", exact: true }).click();
    const item = page.getByRole("menuitem", { name: /^Change/ });
    equal(await item.getAttribute("aria-disabled"), "true");
    ok((await item.innerText()).includes("Only analytics may change"), await item.innerText());
  });
  await t.test("two people begin to publish the same topic: the second does not write over the first, is told, and both can stand", async (page) => {
    const topic = `begun_${Date.now() % 100_000}`;
    await node.api("POST", "/api/v1/topics", { name: topic, partitions: 1 });
    await page.goto(`/publish/${topic}`);
    await page.getByLabel("What is one record, and what is it good for?").waitFor();
    // she is faster: her draft is there in the moment in which his first one is sent
    let hers = null;
    await page.route((u) => u.pathname === "/api/v1/products" && !u.search.includes("dry_run"), async (r) => {
      if (r.request().method() === "POST" && hers === null) hers = (await node.api("POST", "/api/v1/products", { name: topic, domain: "analytics", owner: "@analytics-team", description: "Hers", tags: ["hers"], state: "draft", ports: [{ name: "records", kind: "topic", topic }] }, "amina")).status;
      await r.continue();
    });
    await page.getByLabel("What is one record, and what is it good for?").fill("His own words");
    await page.getByRole("alert").getByText(/Amina Diallo/).waitFor();
    equal((await node.api("GET", `/api/v1/products/${topic}`)).body.description, "Hers", "nothing was written over");
    equal([hers, await page.getByLabel("What is one record, and what is it good for?").inputValue()], [201, "His own words"], "what he typed stands");
    await page.getByRole("button", { name: "Keep mine over theirs" }).click();
    await until("his words are kept, her tags stand", async () => { const p = (await node.api("GET", `/api/v1/products/${topic}`)).body; return p.description === "His own words" && p.tags.includes("hers"); });
  });
}

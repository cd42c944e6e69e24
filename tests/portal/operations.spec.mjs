// Operations: the node, topics and their records, schemas side by side, groups, queries.
import { request } from "node:http";
import { equal, ok, until } from "./harness.mjs";

export async function run(t) {
  const node = t.node;
  await t.pages("operations", "/operations", async (page) => { await page.getByRole("heading", { level: 1, name: "Node" }).waitFor(); });
  await t.pages("topics", "/operations/topics", async (page) => { await page.getByRole("table", { name: "Topics" }).getByRole("link", { name: "stocktrades" }).waitFor(); });
  await t.pages("topic", "/operations/topics/stocktrades", async (page) => { await page.getByRole("table", { name: "Records" }).locator("tbody tr").nth(3).waitFor(); });
  await t.test("records by partition, from the start, by offset, by time, by key; the choice is in the address", async (page) => {
    await page.goto("/operations/topics/users");
    const part = (await node.api("GET", "/api/v1/topics/users")).body.bounds.find((b) => b.end > 3).partition;
    const rows = page.getByRole("table", { name: "Records" }).locator("tbody tr:not(.gap)");
    await rows.first().waitFor();
    await page.getByRole("combobox", { name: "Partition" }).selectOption(String(part));
    await page.getByRole("group", { name: "Read from" }).getByRole("button", { name: "Start" }).click();
    await until("the first record is on top", async () => (await rows.first().innerText()).includes(`${part}:0`));
    ok(/from=beginning/.test(page.url()) && new RegExp(`partition=${part}`).test(page.url()), page.url());
    await page.getByRole("group", { name: "Read from" }).getByRole("button", { name: "Offset" }).click();
    await page.getByRole("spinbutton", { name: "Offset" }).fill("2");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await until("offset 2 is on top", async () => (await rows.first().innerText()).includes(`${part}:2`));
    await rows.first().click();
    await page.getByRole("region", { name: /^Record \d+:2$/ }).getByText(/"regionid"/).waitFor();
    await page.reload();
    await page.getByRole("region", { name: /^Record \d+:2$/ }).waitFor();
    const first = (await node.api("GET", `/api/v1/topics/users/records?from=beginning&partition=${part}&limit=1`)).body.records[0];
    await page.goto(`/operations/topics/users?key=${encodeURIComponent(String(first.key))}&from=beginning`);
    await until("only that key", async () => { const all = await rows.allInnerTexts(); return all.length > 0 && all.every((r) => r.includes(String(first.key))); });
    await page.goto(`/operations/topics/users?from=${encodeURIComponent(new Date(Date.now() + 36e5).toISOString())}`);
    await page.getByText(/No record from here on/).waitFor();
  });
  await t.test("what cannot be decoded says why, with its bytes; a record of 1 MB opens cut", async (page) => {
    await node.api("POST", "/api/v1/topics", { name: "odd_records", partitions: 1, configs: { "max.message.bytes": "4000000" } });
    const broken = Buffer.concat([Buffer.from([0, 0, 0, 0x7f, 0x7f]), Buffer.from("not avro")]).toString("latin1");
    const r = await node.api("POST", "/api/v1/topics/odd_records/records", { value_schema: "none", records: [{ key: "big", value: { big: "x".repeat(1_000_000) } }, { key: "html", value: "<img src=x onerror=\"document.title='ran'\">" }, { key: "gone", value: null }, { key: "bin", value: broken }] });
    equal(r.status, 200, JSON.stringify(r.body).slice(0, 300));
    await page.goto("/operations/topics/odd_records?from=beginning");
    const rows = page.getByRole("table", { name: "Records" }).locator("tbody tr:not(.gap)");
    await until("four records", async () => (await rows.count()) === 4);
    await page.getByText("null, a tombstone").waitFor();
    await page.getByRole("row", { name: /big/ }).click();
    await page.getByRole("region", { name: /^Record/ }).getByText(/the first 20,000 are shown/).waitFor();
    ok((await page.title()) !== "ran", "HTML of a record ran");
    const bad = page.getByRole("row", { name: /\bbin\b/ });
    if ((await bad.innerText()).includes("cannot be decoded")) {
      await bad.click();
      await page.getByRole("region", { name: /^Record/ }).getByText("The value cannot be decoded.").waitFor();
      await page.getByLabel("Bytes of the value").getByText(/000000 {2}00 /).waitFor();
    }
    await page.getByRole("row", { name: /\bhtml\b/ }).click();
    await page.getByRole("region", { name: /^Record/ }).getByText(/<img src=x/).first().waitFor();
  });
  await t.test("two versions of a schema side by side", async (page) => {
    const subject = "sides-value", schema = (fields) => JSON.stringify({ type: "record", name: "S", fields });
    await new Promise((done, no) => { let left = 2; const send = (fields) => { const q = request(`${node.base}/subjects/${subject}/versions`, { method: "POST", headers: { "content-type": "application/vnd.schemaregistry.v1+json" } }, (a) => { a.resume(); a.on("end", () => { if (a.statusCode !== 200) return no(new Error(`registering: ${a.statusCode}`)); if (--left === 0) done(); else send([{ name: "a", type: "string" }, { name: "added", type: ["null", "int"], default: null }]); }); }); q.end(JSON.stringify({ schema: schema(fields) })); }; send([{ name: "a", type: "string" }, { name: "gone", type: "int" }]); });
    await page.goto("/operations/schemas");
    await page.getByRole("table", { name: "Schemas" }).getByRole("link", { name: subject }).click();
    const table = page.getByRole("table", { name: "Fields side by side" });
    await table.getByRole("row", { name: /gone removed/ }).waitFor();
    await table.getByRole("row", { name: /added added/ }).waitFor();
    await page.getByRole("button", { name: "Text" }).click();
    await page.getByLabel("Version 1").getByText(/"gone"/).waitFor();
  });
  await t.test("a schema of 300 fields is filtered by name, type and words, by keyboard too; one of few fields has no filter", async (page) => {
    const field = (i) => ({ name: `column_${String(i).padStart(3, "0")}`, type: i % 2 ? "string" : "double", ...(i === 142 ? { doc: "the colour of the parcel" } : {}) });
    const avro = (n, more = []) => ({ schema: JSON.stringify({ type: "record", name: "Wide", fields: [...Array.from({ length: n }, (_, i) => field(i)), ...more] }) });
    equal((await node.api("POST", "/subjects/wide_schema-value/versions", avro(300))).status, 200);
    equal((await node.api("POST", "/subjects/wide_schema-value/versions", avro(300, [{ name: "added", type: "int", default: 0 }]))).status, 200);
    await page.goto("/operations/schemas/wide_schema-value?from=2&to=2");
    const rows = page.getByRole("table", { name: "Fields side by side" }).locator("tbody tr"), filter = page.getByRole("searchbox", { name: "Filter fields" });
    await until("all are there", async () => (await rows.count()) === 301);
    await page.keyboard.press("/");
    await page.keyboard.type("colour");
    await until("found by its words", async () => (await rows.allInnerTexts()).length === 1 && /column_142/.test(await rows.first().innerText()));
    await page.getByText("1 of 301").waitFor();
    await filter.fill("nowhere");
    await page.getByText("No field here contains “nowhere”.").waitFor();
    await page.goto("/operations/schemas/wide_schema-value?from=1&to=2");
    await page.getByRole("group", { name: "Which fields" }).getByRole("button", { name: "Changed 1" }).click();
    await until("what changed alone", async () => (await rows.count()) === 1 && /added/.test(await rows.first().innerText()));
    await t.picture(page, "schema-wide");
    await page.goto("/operations/schemas/users-value");
    await rows.first().waitFor();
    equal(await filter.count(), 0, "a filter for four fields");
  });
  await t.test("what the node keeps for itself, with the log of what could not be processed, is no topic of the mesh; it is shown on demand", async (page) => {
    equal((await node.api("POST", "/api/v1/topics", { name: "default_ksql_processing_log", partitions: 1 })).status < 300, true, "made as the engine makes it");
    await page.goto("/operations/topics");
    const table = page.getByRole("table", { name: "Topics" });
    await table.getByRole("link", { name: "stocktrades" }).waitFor();
    equal(await table.getByText(/ksql_processing_log/).count(), 0);
    await page.getByRole("group", { name: "Show" }).getByRole("button", { name: "Also the node's own" }).click();
    await table.getByRole("row", { name: /default_ksql_processing_log.*the node/ }).waitFor();
  });
  await t.test("a topic, a schema, a group that is not there says so, and offers a way on", async (page) => {
    for (const [path, text] of [["/operations/topics/nowhere", /nowhere/], ["/operations/schemas/nowhere-value", /nowhere-value/]]) {
      await page.goto(path);
      await page.getByRole("alert").getByText(text).first().waitFor();
    }
  });
  const groups = (await node.api("GET", "/api/v1/groups")).status !== 404;
  await t.test("groups and queries are listed, or the page says that this node does not offer them", async (page) => {
    for (const [path, name] of [["/operations/groups", "Groups"], ["/operations/queries", "Queries"]]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1, name }).waitFor();
      if (groups) await page.getByRole("table", { name }).waitFor(); else await page.getByText(/This node does not list its/).waitFor();
    }
  });
}

// What is checked when records are written: said, set and counted, on the topic's page and on the product's.
import { spawn } from "node:child_process";
import { equal, ok, until } from "./harness.mjs";

const produce = (node, topic, key, text) => new Promise((done) => { const p = spawn("kcat", ["-b", `127.0.0.1:${node.ports.kafka}`, "-P", "-t", topic, "-k", key, "-X", "message.timeout.ms=8000"], { stdio: ["pipe", "ignore", "pipe"] }); let err = ""; p.stderr.on("data", (d) => { err += d; }); p.on("error", (e) => done({ status: -1, err: String(e) })); p.on("close", (status) => done({ status, err })); p.stdin.end(text); });

export async function run(t) {
  const node = t.node, topic = `gated_${Date.now() % 100_000}`;
  await node.api("POST", "/api/v1/topics", { name: topic, partitions: 1 });
  await node.api("POST", `/subjects/${topic}-value/versions`, { schema: JSON.stringify({ type: "record", name: "G", fields: [{ name: "n", type: "int" }] }) });
  equal((await node.api("POST", "/api/v1/products", { name: topic, domain: "analytics", owner: "@analytics-team", description: "One record is one number.", ports: [topic] }, "tomas")).status, 201);
  const contract = async () => (await node.api("GET", `/api/v1/topics/${topic}`)).body.contract;
  const panel = (page) => page.getByRole("region", { name: "Contract" });
  const set = async (page, button, action) => {
    await panel(page).getByRole("button", { name: button }).click();
    const dialog = page.getByRole("dialog", { name: /^What records of/ });
    if (action) await dialog.getByRole("radio", { name: action }).check();
    await dialog.getByText(new RegExp(`braid topics change ${topic} --config`)).waitFor();
    await t.picture(page, `contract-dialog-${action ? String(action).replace(/\W/g, "") : "first"}`);
    await dialog.getByRole("button", { name: "Set the contract" }).click();
    await dialog.waitFor({ state: "hidden" });
  };
  await t.test("nothing is checked at first; who sets it begins by counting, then refuses, then sets aside; each is counted with its reason", async (page) => {
    await page.goto(`/operations/topics/${topic}`);
    await panel(page).getByText(/Nothing is checked when records are written/).waitFor();
    await set(page, "Check records at write");
    equal([(await contract()).checks_values, (await contract()).action], [true, "count"]);
    await panel(page).getByText("Counted, let in").waitFor();
    equal((await produce(node, topic, "a", "no schema")).status, 0);
    await panel(page).getByText("1 let in all the same").waitFor();
    await panel(page).getByRole("list", { name: /Newest records/ }).getByText(/carries no schema id/).waitFor();
    await set(page, "Change what is checked", /^Refuse/);
    await panel(page).getByText("Refused at write").waitFor();
    ok((await produce(node, topic, "b", "no schema")).status !== 0, "the producer is told");
    await panel(page).getByText(/1 refused/).waitFor();
    equal((await node.api("GET", `/api/v1/topics/${topic}`)).body.records, 1, "what was refused is not there");
    await set(page, "Change what is checked", /^Set aside/);
    equal((await produce(node, topic, "c", "no schema")).status, 0);
    await panel(page).getByText(/1 set aside/).waitFor();
    await panel(page).getByRole("link", { name: `${topic}.dead-letters` }).click();
    await page.getByRole("heading", { level: 1, name: `${topic}.dead-letters` }).waitFor();
    await page.getByRole("table", { name: "Records" }).getByRole("row", { name: /no schema/ }).click();
    await page.getByRole("region", { name: /^Record/ }).getByText("__rule.exception").waitFor();
  });
  await t.test("the product's contract says the same", async (page) => {
    await page.goto(`/products/${topic}#contract`);
    await panel(page).getByText("Set aside at write").waitFor();
    const c = await contract();
    equal([c.counted, c.refused, c.diverted], [1, 1, 1]);
    await panel(page).getByText("1 refused, 1 set aside, 1 let in all the same").waitFor();
    await panel(page).getByRole("button", { name: "Full text" }).click();
    await page.getByRole("dialog", { name: "Contract" }).getByText(/kind: DataContract/).waitFor();
  });
  await t.test("another domain may not set it, and is told who can", { as: "mira" }, async (page) => {
    await page.goto(`/operations/topics/${topic}`);
    const button = panel(page).getByRole("button", { name: "Change what is checked" });
    await until("it is disabled", async () => (await button.getAttribute("aria-disabled")) === "true");
    ok(/Only analytics may change/.test((await button.getAttribute("title")) ?? ""), (await button.getAttribute("title")) ?? "no reason");
  });
  await t.pages("topic-contract", `/operations/topics/${topic}`, async (page) => { await panel(page).getByText("Set aside at write").waitFor(); });
}

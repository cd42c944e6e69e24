// What cannot be undone, and what is hard to show: retiring, setting offsets with a dry run, ending a query that others read; names of any kind on the
// pages of owners and operators; records that are large, deep or broken in the live sample.
import { execFileSync, spawn } from "node:child_process";
import { equal, ok, until } from "./harness.mjs";

const kcat = (node, args, input) => new Promise((done) => { const p = spawn("kcat", ["-b", `127.0.0.1:${node.ports.kafka}`, ...args], { stdio: ["pipe", "pipe", "pipe"] }); let out = "", err = ""; p.stdout.on("data", (d) => { out += d; }); p.stderr.on("data", (d) => { err += d; }); p.on("error", (e) => done({ out, err: String(e), status: -1 })); p.on("close", (status) => done({ out, err, status })); if (input !== undefined) p.stdin.end(input); });
const fits = async (page, what) => {
  const wide = await page.evaluate(() => {
    const by = document.documentElement.scrollWidth - document.documentElement.clientWidth, w = document.documentElement.clientWidth;
    const who = by <= 0 ? [] : [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > w + 1 && !e.closest(".scrollx,.scrollbox,.gpane")).slice(0, 3).map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 40)}`);
    return { by, who };
  });
  ok(wide.by <= 0, `${what}: ${wide.by} px wider than the window: ${wide.who.join(" | ")}`);
};

export async function run(t) {
  const node = t.node, stamp = Date.now() % 100_000;
  const product = async (name, more = {}) => { await node.api("POST", "/api/v1/topics", { name: more.topic ?? name, partitions: 1 }); const r = await node.api("POST", "/api/v1/products", { name, domain: "analytics", owner: "@analytics-team", description: "One record is one test.", ports: [{ name: "records", kind: "topic", topic: more.topic ?? name }] }, "tomas"); equal(r.status, 201, JSON.stringify(r.body).slice(0, 300)); };

  await t.test("a deprecated product is retired: it is asked first, then no longer offered, and its history stays", async (page) => {
    const name = `retired_${Date.now() % 100_000}`;
    await product(name);
    equal((await node.api("POST", `/api/v1/products/${name}/deprecate`, { sunset: "2031-01-31", notice: "Use another." }, "tomas")).status, 200);
    await page.goto(`/manage/analytics?sel=${name}`);
    await page.getByRole("button", { name: `Actions for ${name}` }).click();
    await page.getByRole("menuitem", { name: "Retire" }).click();
    const dialog = page.getByRole("dialog", { name: new RegExp(`^Retire ${name}`) });
    await dialog.getByText(/Its sunset is 31 Jan/).waitFor();
    await dialog.getByText("Nobody is registered as a consumer").waitFor();
    await dialog.getByRole("button", { name: "Retire", exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
    equal((await node.api("GET", `/api/v1/products/${name}`, undefined, "tomas")).body.state, "retired");
    await page.goto(`/manage/analytics?state=retired`);
    await page.getByRole("table", { name: "Products of the domain" }).getByRole("link", { name, exact: true }).waitFor();
    await page.goto("/");
    await page.getByRole("table", { name: "Products" }).getByRole("link", { name: "stocktrades" }).waitFor();
    equal(await page.getByRole("table", { name: "Products" }).getByRole("link", { name, exact: true }).count(), 0, "still offered");
    await page.goto(`/audit?q=${name}`);
    await page.getByRole("table", { name: "Audit entries" }).getByRole("row", { name: /Retired/ }).first().waitFor();
  });
  await t.test("one with a consumer is not retired behind its back: it is named, the name is typed, and it is told", async (page) => {
    const name = `retired_with_${Date.now() % 100_000}`;
    await product(name);
    equal((await node.api("POST", `/api/v1/products/${name}/consumers`, { name: "late-reader", purpose: "Read to the end" }, "lena")).status < 300, true);
    equal((await node.api("POST", `/api/v1/products/${name}/deprecate?force=true`, { sunset: "2031-01-31", notice: "Use another." }, "tomas")).status, 200);
    equal((await node.api("POST", `/api/v1/products/${name}/retire`, undefined, "tomas")).status, 409, "the node wants it confirmed");
    await page.goto(`/manage/analytics?sel=${name}&do=retire&product=${name}`);
    const dialog = page.getByRole("dialog", { name: new RegExp(`^Retire ${name}`) });
    await dialog.getByRole("table", { name: "Affected" }).getByText("late-reader").waitFor();
    await dialog.getByText("1 consumer is affected.").waitFor();
    const go = dialog.getByRole("button", { name: "Retire, tell 1 consumer" });
    equal(await go.getAttribute("aria-disabled"), "true", "before the name is typed");
    await dialog.getByLabel("Type the product's name to confirm").fill(name);
    await go.click();
    await dialog.waitFor({ state: "hidden" });
    equal((await node.api("GET", `/api/v1/products/${name}`, undefined, "tomas")).body.state, "retired");
  });

  await t.test("offsets of a group: disabled while somebody reads, dry run first, then set, then deleted", async (page) => {
    const group = `reset_me_${Date.now() % 100_000}`;
    await until("it has read ten", async () => (await kcat(node, ["-G", group, "-c", "10", "-X", "auto.offset.reset=earliest", "stocktrades"])).status === 0);
    const committed = async () => (await node.api("GET", `/api/v1/groups/${group}`)).body.offsets.reduce((n, o) => n + (o.committed ?? 0), 0);
    await until("what it read is committed", async () => (await committed()) >= 10);
    const before = await committed();
    await page.goto(`/operations/groups/${group}`);
    await page.getByRole("button", { name: "Set offsets" }).click();
    const dialog = page.getByRole("dialog", { name: /^Set offsets/ });
    const set = dialog.getByRole("button", { name: /^Set / });
    equal(await set.getAttribute("aria-disabled"), "true", "before the dry run");
    await dialog.getByRole("button", { name: "Dry run" }).click();
    await dialog.getByRole("table", { name: "What would change" }).getByRole("row").nth(1).waitFor();
    equal(await committed(), before, "a dry run changes nothing");
    // what stands in the bottom line does the same, as it stands there
    const line = (await page.getByRole("contentinfo", { name: "Status", includeHidden: true }).locator("code").first().textContent()).replace(/^\$ /, "");
    ok(/^braid groups reset .* --dry-run$/.test(line), line);
    const same = execFileSync("sh", ["-c", line], { env: { ...process.env, PATH: `${t.build}:${process.env.PATH}`, BRAID_URL: `http://127.0.0.1:${node.ports.http}`, BRAID_AS: "tomas" }, encoding: "utf8" });
    ok(/stocktrades/.test(same), same);
    equal(await committed(), before, "nor does its command");
    await t.picture(page, "group-dry-run");
    await dialog.getByRole("button", { name: /^Set \d+ offset/ }).click();
    await dialog.waitFor({ state: "hidden" });
    equal(await committed(), 0, "the first record");
    // while a member reads, the page says who
    const reader = spawn("kcat", ["-b", `127.0.0.1:${node.ports.kafka}`, "-G", group, "-X", "client.id=busy-reader", "stocktrades"], { stdio: "ignore" });
    try {
      await until("the member is there", async () => (await node.api("GET", `/api/v1/groups/${group}`)).body.members.length === 1);
      await page.reload();
      const button = page.getByRole("button", { name: "Set offsets" });
      await until("it is disabled", async () => (await button.getAttribute("aria-disabled")) === "true");
      ok(/busy-reader/.test((await button.getAttribute("title")) ?? ""), (await button.getAttribute("title")) ?? "no reason");
    } finally { const gone = new Promise((done) => reader.once("exit", done)); reader.kill("SIGTERM"); await gone; }
    await until("the member has left", async () => (await node.api("GET", `/api/v1/groups/${group}`)).body.members.length === 0);
    await page.reload();
    const remove = page.getByRole("button", { name: "Delete", exact: true });
    await until("it can be deleted", async () => (await remove.getAttribute("aria-disabled")) !== "true");
    await remove.click();
    await page.getByRole("dialog").getByRole("button", { name: /^Delete, forget/ }).click();
    await page.waitForURL((u) => u.pathname === "/operations/groups");
    await until("it is gone", async () => !(await node.api("GET", "/api/v1/groups")).body.some((g) => g.group === group));
  });

  await t.test("ending a query names who reads what it writes, and counts them on the button", async (page) => {
    const name = `ended_${Date.now() % 100_000}`;
    await node.sql(`CREATE STREAM ${name} WITH (kafka_topic = '${name}') AS SELECT * FROM stocktrades EMIT CHANGES;`);
    const id = (await node.api("GET", "/api/v1/queries")).body.find((q) => q.writes === name).id;
    await until("its topic is there", async () => (await node.api("GET", `/api/v1/topics/${name}`)).status === 200);
    equal((await node.api("POST", "/api/v1/products", { name, domain: "analytics", owner: "@analytics-team", description: "One record is one trade.", ports: [name] }, "tomas")).status, 201);
    equal((await node.api("POST", `/api/v1/products/${name}/consumers`, { name: "night-report", purpose: "Report every night" }, "lena")).status < 300, true);
    await node.sql(`CREATE STREAM ${name}_next AS SELECT * FROM ${name} EMIT CHANGES;`);
    await page.goto(`/operations/queries/${id}`);
    await page.getByRole("button", { name: "Terminate" }).click();
    const dialog = page.getByRole("dialog", { name: new RegExp(`^Terminate`) });
    await dialog.getByRole("button", { name: /^Terminate/ }).click();
    await dialog.getByRole("table", { name: "Affected" }).getByText("night-report").waitFor();
    await dialog.getByRole("table", { name: "Affected" }).getByText(new RegExp(`CSAS_${name}_NEXT`, "i")).waitFor();
    equal((await node.api("GET", `/api/v1/queries/${id}`)).body.state, "running", "it goes on while one is asked");
    await dialog.getByRole("button", { name: /2 readers stop getting records/ }).click();
    await page.waitForURL((u) => u.pathname === "/operations/queries");
    await until("it is gone", async () => (await node.api("GET", `/api/v1/queries/${id}`)).status === 404);
  });

  const odd = { quotes: `"q" <b>n</b> & 'm' ${stamp}`, emoji: `🧵🐙👩‍👩‍👧 threads ${stamp}`, rtl: `مبيعات يومية ${stamp}`, long: `${"customer_interaction_".repeat(20)}`.slice(0, 300) };
  await t.test("any name fits on Publish: typed, shown as it is, nothing wider than the window", async (page) => {
    const topic = `names_${stamp}`;
    await node.api("POST", "/api/v1/topics", { name: topic, partitions: 1 });
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`/publish/${topic}`);
      for (const [kind, text] of Object.entries(odd)) {
        await page.getByLabel("Name of the product").fill(text);
        await page.getByRole("complementary", { name: "As others will see it" }).locator("h3").waitFor();
        await fits(page, `${kind} at ${width}`);
      }
      equal(await page.locator("main b:text-is('n')").count(), 0, "no HTML of a name");
    }
  });
  const kept = [];
  for (const [kind, text] of Object.entries(odd)) {
    const topic = `odd_${kind}_${stamp}`;
    await node.api("POST", "/api/v1/topics", { name: topic, partitions: 1 });
    const r = await node.api("POST", "/api/v1/products", { name: text, domain: "analytics", owner: "@analytics-team", description: `${text} <img src=x onerror="document.title='ran'">`, ports: [{ name: "records", kind: "topic", topic }] }, "tomas");
    if (r.status === 201) kept.push(text); else ok(r.status === 400 && r.body.message, `${kind}: ${r.status} ${JSON.stringify(r.body).slice(0, 200)}`);
    await node.api("POST", `/subjects/${encodeURIComponent(`${text}-value`)}/versions`, { schema: JSON.stringify({ type: "record", name: "R", fields: [{ name: "a", type: "string", doc: text }] }) });
    await kcat(node, ["-G", text, "-c", "1", "-X", "auto.offset.reset=earliest", "stocktrades"]);
  }
  await node.api("POST", "/api/v1/topics", { name: "t".repeat(249), partitions: 1 });
  await t.test("any name fits on Manage and Operations, and leads to its page", async (page) => {
    ok(kept.length >= 3, `the node keeps ${kept.length} of the four names`);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const path of ["/manage/analytics", "/operations/topics", "/operations/schemas", "/operations/groups", "/audit", "/explore?q=threads", `/operations/topics/${"t".repeat(249)}`, ...Object.values(odd).flatMap((x) => [`/operations/groups/${encodeURIComponent(x)}`, `/operations/schemas/${encodeURIComponent(`${x}-value`)}`]), ...kept.map((x) => `/manage/analytics?sel=${encodeURIComponent(x)}&do=deprecate&product=${encodeURIComponent(x)}`)]) {
        await page.goto(path);
        await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
        if (path.includes("do=")) await page.getByRole("dialog").getByText(/It goes on working until/).waitFor();
        await until(`${path} has settled`, async () => (await page.locator("[aria-busy=true]").count()) === 0);
        await fits(page, `${path.slice(0, 90)} at ${width}`);
        ok((await page.title()) !== "ran", `${path}: HTML of a description ran`);
      }
    }
    page.seen = page.seen.filter((s) => !/404/.test(s));
  });

  await t.test("the live sample: 1 MB, sixty levels deep, undecodable; the page stays whole, each opens", async (page) => {
    const topic = `heavy_${Date.now() % 100_000}`;
    await node.api("POST", "/api/v1/topics", { name: topic, partitions: 1, configs: { "max.message.bytes": "4000000" } });
    await node.api("POST", `/subjects/${topic}-value/versions`, { schema: JSON.stringify({ type: "record", name: "H", fields: [{ name: "text", type: "string" }] }) });
    await product(`${topic}_p`, { topic });
    await page.goto(`/products/${topic}_p`);
    const rows = page.getByRole("table", { name: `Records of ${topic}` });
    await page.getByText(/No record yet/).first().waitFor();
    let deep = "x";
    for (let i = 0; i < 60; i++) deep = { n: deep };
    const r = await node.api("POST", `/api/v1/topics/${topic}/records`, { value_schema: "none", records: [{ key: "big", value: { text: "x".repeat(1_000_000) } }, { key: "deep", value: deep }] }, "tomas");
    equal(r.status, 200, JSON.stringify(r.body).slice(0, 300));
    // Avro by its first byte, of a schema that nobody registered
    const sent = await kcat(node, ["-P", "-t", topic, "-K", "|", "-D", "\n\n"], Buffer.concat([Buffer.from("broken|"), Buffer.from([0, 0, 0, 0x7f, 0x7f, 0x02, 0x41])]));
    ok(sent.status === 0, sent.err);
    await until("three records", async () => (await rows.locator("[data-record]").count()) === 3);
    await rows.getByText(/Cannot be decoded/).waitFor();
    await page.getByText(/1 of these 3 records cannot be decoded/).waitFor();
    await fits(page, "the product page");
    ok((await page.evaluate(() => document.body.innerText.length)) < 60_000, "a megabyte is not in the page");
    for (const key of ["big", "deep", "broken"]) {
      await rows.getByRole("row", { name: new RegExp(`\\b${key}\\b`) }).getByRole("button").first().click();
      const dialog = page.getByRole("dialog", { name: /^Record/ });
      await dialog.waitFor();
      if (key === "broken") { await dialog.getByText("The value cannot be decoded.").waitFor(); await dialog.getByLabel("Bytes of the value").getByText(/000000 {2}00 00 00 7f/).waitFor(); }
      if (key === "big") await dialog.getByText(/more characters/).waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
    }
  });
}

// Who may log in and who may do what; a node that asks who one is; a node where nobody is asked; a node with nothing in it.
import { equal, ok, until, Node } from "./harness.mjs";
import { join } from "node:path";

const quiet = /Failed to load resource.*(401|403|404|409)|net::ERR_/;
export async function run(t) {
  await t.test("where nobody is asked the page says so, and what turns it on", async (page) => {
    await page.goto("/operations/access");
    await page.getByText(/whoever reaches this node may do everything/).waitFor();
    await page.getByText("braid up --authentication required").waitFor();
    await page.getByText(/Nobody yet\. A user is the person/).waitFor();
  });
  await t.pages("access-open", "/operations/access", async (page) => { await page.getByRole("table", { name: "ACLs" }).waitFor(); });

  const node = await new Node(join(t.build, "braid"), 5, { args: ["--authentication", "required"] }).start();
  try {
    const admin = node.login, made = "a-password-that-nobody-shall-see", tomas = { username: "tomas", password: "password of tomas" };
    ok(admin?.username === "admin", "the first login");
    const as = (login, more = {}) => ({ node, login, as: null, expectErrors: quiet, ...more });
    const reads = async (login, topic) => (await node.api("GET", `/api/v1/topics/${topic}/records?limit=1`, undefined, null, login)).status;
    equal((await node.api("PUT", "/api/v1/users/tomas", { password: tomas.password })).status, 201);

    await t.test("a super user adds a user and allows something; it holds at once; the password is in no command and no log", as(admin), async (page) => {
      await node.api("DELETE", "/api/v1/users/lena");
      await page.goto("/operations/access");
      const users = page.getByRole("table", { name: "Users" });
      await users.getByRole("row", { name: /admin everything/ }).waitFor();
      await page.getByRole("button", { name: "Add a user" }).click();
      const add = page.getByRole("dialog", { name: "Add a user" });
      await add.getByLabel("Name").fill("lena");
      await add.getByText(/person of this name/).waitFor();
      const go = add.getByRole("button", { name: "Add the user" });
      await add.getByLabel("Password").fill("short");
      equal(await go.getAttribute("aria-disabled"), "true", "a short password");
      await add.getByLabel("Password").fill(made);
      await add.getByText("braid users add lena").waitFor();
      await go.click();
      await add.waitFor({ state: "hidden" });
      await users.getByRole("row", { name: /lena.*Lena Fischer/ }).waitFor();
      const lena = { username: "lena", password: made };
      equal(await reads(lena, "users"), 403, "before anything is allowed");
      await page.getByRole("button", { name: "Allow something to lena" }).click();
      const allow = page.getByRole("dialog", { name: "Allow something" });
      equal(await allow.getByLabel("Who", { exact: true }).inputValue(), "lena");
      await allow.getByLabel("Name", { exact: true }).fill("users");
      await allow.getByText("braid acls add lena read --topic users").waitFor();
      await allow.getByRole("button", { name: "Allow it" }).click();
      await allow.waitFor({ state: "hidden" });
      await page.getByRole("table", { name: "ACLs" }).getByRole("row", { name: /lena read topic users/ }).waitFor();
      await until("it holds", async () => (await reads(lena, "users")) === 200);
      await page.keyboard.press("`");
      await page.getByRole("button", { name: /calls of this visit/ }).click();
      await page.getByRole("region", { name: "Calls of this visit" }).getByText("/api/v1/users/lena").first().waitFor();
      ok(!(await page.locator("body").innerText()).includes(made), "the password is on the page");
      await page.keyboard.press("`");
      await page.getByRole("button", { name: /^Take back: lena, read/ }).click();
      const take = page.getByRole("dialog", { name: "Take it back?" });
      await take.getByText("braid acls remove lena read --topic users").waitFor();
      await take.getByRole("button", { name: "Take back 1 ACL" }).click();
      await take.waitFor({ state: "hidden" });
      await until("it is gone", async () => (await reads(lena, "users")) === 403);
      await page.getByRole("button", { name: "Remove lena" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Remove the user" }).click();
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      equal(await reads(lena, "users"), 401);
    });
    await t.test("a refusal of the node is shown: nobody removes oneself", as(admin), async (page) => {
      await page.goto("/operations/access");
      await page.getByRole("button", { name: "Remove admin" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Remove the user" }).click();
      await page.getByRole("dialog").getByRole("alert").waitFor();
      equal((await node.api("GET", "/api/v1/users")).body.users.some((u) => u.name === "admin"), true);
    });
    await t.test("a super user may act as a person, and be oneself again", as(admin), async (page) => {
      await page.goto("/");
      await page.getByRole("button", { name: /Logged in/ }).click();
      await page.getByText(/the audit then has both names/).waitFor();
      await page.getByRole("button", { name: /Tomás Silva/ }).click();
      await page.getByRole("button", { name: /Acting as Tomás Silva/ }).click();
      await page.getByRole("button", { name: "Be yourself" }).click();
      await page.getByRole("button", { name: /Logged in/ }).waitFor();
    });
    await t.test("who is logged in is shown, acting as is fixed and says why; one's own password can be changed", as(tomas), async (page) => {
      await page.goto("/");
      await page.getByRole("button", { name: /Logged in as .*Tomás Silva/ }).click();
      await page.getByText(/You are logged in as tomas/).waitFor();
      await page.getByText(/whom you act as is fixed: only super users act as others/).waitFor();
      equal(await page.getByRole("button", { name: /Mira Okafor/ }).count(), 0, "nobody can be chosen");
      await page.getByRole("link", { name: "My password" }).click();
      await page.getByText(/tomas may not see users and ACLs/).waitFor();
      await page.getByRole("button", { name: "Change my password" }).click();
      const dialog = page.getByRole("dialog", { name: "Change my password" });
      await dialog.getByLabel("Password").fill("another password of tomas");
      await dialog.getByRole("button", { name: "Set the password" }).click();
      await dialog.waitFor({ state: "hidden" });
      equal((await node.api("GET", "/api/v1/whoami", undefined, null, { username: "tomas", password: "another password of tomas" })).body.person, "tomas");
      equal((await node.api("PUT", "/api/v1/users/tomas", { password: tomas.password })).status, 200);
    });
    await t.test("whom one acted as before a login was wanted is forgotten, and the page works", as(tomas, { as: "mira" }), async (page) => {
      await page.goto("/products/stocktrades");
      await page.getByRole("button", { name: /Tomás Silva/ }).waitFor();
      await page.getByRole("heading", { level: 1, name: /stocktrades/ }).waitFor();
      equal(await page.evaluate(() => localStorage.getItem("braid.as")), null);
    });
    await t.test("what no ACL allows says so where it happens, with the command that would; snippets carry the login", as(tomas), async (page) => {
      await page.goto("/products/users");
      await page.getByRole("alert").getByText(/no ACL allows tomas to read the topic users/).waitFor();
      await page.getByRole("alert").getByText(/Whoever manages users can allow it, under Operations, Access or by/).waitFor();
      equal(await page.getByRole("region", { name: "Live sample" }).getByText("Live", { exact: true }).count(), 0, "live, although nothing may be read");
      await page.getByText(/braid acls add tomas read --topic users/).waitFor();
      await page.getByLabel("Read it with kcat").getByText(/sasl\.username=.?tomas/).waitFor();
      await page.getByRole("tab", { name: "curl" }).click();
      await page.getByLabel("Read it with curl").getByText(/-u .?tomas/).waitFor();
      ok(!(await page.locator("body").innerText()).includes(tomas.password), "a password is in a snippet");
      await page.getByText(/What is in the records is not shown: no ACL allows tomas to read the topic users/).waitFor();
      await page.getByRole("table", { name: "Fields" }).getByText("not shown").first().waitFor();
    });
    await t.pages("access", "/operations/access", async (page) => { await page.getByRole("table", { name: "Users" }).getByText("tomas").waitFor(); }, as(admin));
  } finally { await node.close(); }

  const empty = await new Node(join(t.build, "braid"), 0, { command: "up" }).start();
  try {
    await t.test("a node with nothing in it says what comes next, and follows what one does", { node: empty, as: null }, async (page) => {
      await page.goto("/");
      await page.getByRole("heading", { name: "Nobody shares anything yet" }).waitFor();
      await page.getByText("braid load file.csv").first().waitFor();
      await page.goto("/explore");
      await page.getByText(/Nothing is here to be found yet/).waitFor();
      await page.goto("/publish");
      await page.getByText(/There is no topic yet/).waitFor();
      equal((await empty.api("POST", "/api/v1/topics", { name: "first", partitions: 1 })).status, 201);
      await page.goto("/");
      await page.getByText("1 topic, no record yet").waitFor();
      equal((await empty.api("POST", "/api/v1/topics/first/records", { records: [{ value: "a" }] })).status, 200);
      await page.reload();
      await page.getByText("1 topic with records").waitFor();
    });
    await t.test("a topic that SQL does not know stands in Create, and gives the statement that makes a stream of it", { node: empty, as: null }, async (page) => {
      await page.goto("/create");
      const pane = page.getByRole("complementary", { name: "Streams, tables and queries" });
      await pane.getByRole("heading", { name: "Topics, not yet a stream" }).waitFor();
      await t.picture(page, "create-topics");
      await pane.getByRole("link", { name: /^first/ }).click();
      await until("the statement is there", async () => /CREATE STREAM first[^]*kafka_topic = 'first'/.test(await page.locator(".cm-content").innerText()));
      await page.getByRole("button", { name: "Save and run" }).click();
      await until("it is a stream now, and no longer offered", async () => (await pane.getByRole("link", { name: /^first/ }).count()) === 0 && (await pane.getByRole("button", { name: /first/ }).count()) === 1);
    });
    await t.pages("home-empty", "/", async (page) => { await page.getByRole("heading", { name: "Nobody shares anything yet" }).waitFor(); }, { node: empty, as: null });
  } finally { await empty.close(); }
}

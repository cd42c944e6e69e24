// What the specs share: a demo node on free ports, a browser, checks that tell what they saw. A spec exports `name` and `run(t)`;
// t.test("what holds", async (page) => ...) opens a fresh page as a person, and fails on any console error or refused resource.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const deadline = 20_000;   // a hang, not a measurement: waiting ends as soon as what is waited for is there

const freePort = () => new Promise((done) => { const s = createServer().listen(0, "127.0.0.1", () => { const { port } = s.address(); s.close(() => done(port)); }); });

// A node with the demo mesh; command "up" starts an empty one, args are more options. stop() ends it; kill() ends it at once; start() again goes on
// with the same data and ports. login: of the first user, where the node asks (authentication: required).
export class Node {
  constructor(binary, rate = 20, { command = "demo", args = [] } = {}) { this.binary = binary; this.command = command; this.args = args; this.rate = rate; this.login = null; this.data = mkdtempSync(join(tmpdir(), "braid-portal-")); }
  async start() {
    this.ports ??= { http: await freePort(), kafka: await freePort(), registry: await freePort(), ksql: await freePort() };
    const p = this.ports;
    this.base = `http://127.0.0.1:${p.http}`;
    this.log = "";
    this.process = spawn(this.binary, [this.command, "--data", this.data, "--http-port", p.http, "--kafka-port", p.kafka, "--registry-port", p.registry, "--ksql-port", p.ksql, ...(this.command === "demo" ? ["--rate", this.rate] : []), ...this.args].map(String), { stdio: ["ignore", "pipe", "pipe"] });
    for (const s of [this.process.stdout, this.process.stderr]) s.on("data", (d) => { this.log = (this.log + d).slice(-20_000); });
    const ended = new Promise((_, no) => this.process.once("exit", (code) => no(new Error(`the node ended with ${code}:\n${this.log.slice(-2000)}`))));
    ended.catch(() => undefined);
    await Promise.race([ended, until(this.command === "demo" ? "the demo mesh is served" : "the node is ready", async () => {
      const first = join(this.data, "first-login"), m = existsSync(first) ? /login (\S+) password (\S+)/.exec(readFileSync(first, "utf8")) : null;
      if (m) this.login ??= { username: m[1], password: m[2] };
      const r = await this.api("GET", "/api/v1/products").catch(() => null);
      return r?.status === 200 && (this.command !== "demo" || r.body.total >= 3);
    })]);
    if (process.env.PORTAL === "dist") await this.front();
    return this;
  }
  // PORTAL=dist: web/dist in front of the binary, for who works on the portal and has an older binary.
  async front() {
    const dist = new URL("../../web/dist/", import.meta.url).pathname;
    if (!existsSync(join(dist, "index.html"))) throw new Error("web/dist is not built: cd web && npm ci && npm run build");
    const node = this.base;
    this.proxy ??= createHttp((req, res) => {
      const file = join(dist, new URL(req.url, node).pathname), type = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" }[extname(file)];
      if (req.url.startsWith("/assets/") && existsSync(file)) { res.writeHead(200, { "content-type": type }); return res.end(readFileSync(file)); }
      if (req.method === "GET" && (req.headers.accept ?? "").includes("text/html")) { res.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'" }); return res.end(readFileSync(join(dist, "index.html"))); }
      const on = request(new URL(req.url, node), { method: req.method, headers: req.headers }, (a) => { res.writeHead(a.statusCode, a.headers); a.pipe(res); a.on("close", () => res.destroy()); });
      on.on("error", () => res.destroy());
      res.on("close", () => on.destroy());
      req.pipe(on);
    });
    if (!this.proxy.listening) await new Promise((done) => this.proxy.listen(0, "127.0.0.1", done));
    this.base = `http://127.0.0.1:${this.proxy.address().port}`;
  }
  async end(signal) { const p = this.process; if (!p || p.exitCode !== null) return; const gone = new Promise((done) => p.once("exit", done)); p.kill(signal); await gone; }
  stop() { return this.end("SIGTERM"); }
  kill() { return this.end("SIGKILL"); }
  async close() { await this.kill(); this.proxy?.closeAllConnections(); this.proxy?.close(); rmSync(this.data, { recursive: true, force: true }); }
  async api(method, path, body, as, login = this.login) {
    const r = await fetch(this.base + path, { method, headers: { accept: "application/json", ...(body ? { "content-type": "application/json" } : {}), ...(as ? { "braid-as": as } : {}), ...(login ? { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}` } : {}) }, body: body ? JSON.stringify(body) : undefined });
    const text = await r.text();
    return { status: r.status, body: text && /json/.test(r.headers.get("content-type") ?? "") ? JSON.parse(text) : text, headers: r.headers };
  }
  async sql(statement) { return this.api("POST", "/ksql", { ksql: statement, streamsProperties: { "auto.offset.reset": "earliest" } }); }
}

export async function until(what, check, ms = deadline) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try { last = await check(); if (last) return last; } catch (e) { last = e; }
    if (Date.now() > end) throw new Error(`waited for: ${what}; last seen: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}
export function equal(seen, wanted, what = "") { if (JSON.stringify(seen) !== JSON.stringify(wanted)) throw new Error(`${what} wanted ${JSON.stringify(wanted)}, saw ${JSON.stringify(seen)}`); }
export function ok(cond, what) { if (!cond) throw new Error(`not so: ${what}`); }

export class Suite {
  constructor(build) { this.build = build; this.passed = 0; this.failures = []; this.pictures = join(build, "portal-pictures"); mkdirSync(this.pictures, { recursive: true }); }
  async open() {
    this.node = await new Node(join(this.build, "braid")).start();
    this.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
  }
  async close() { await this.browser?.close(); await this.node?.close(); }

  // options: as (person or null), login (user and password that the browser gives when asked), theme, width, height, path, node, expectErrors (a pattern of console errors that the test provokes)
  async page(options = {}) {
    const node = options.node ?? this.node;
    const context = await this.browser.newContext({ viewport: { width: options.width ?? 1440, height: options.height ?? 900 }, colorScheme: options.theme ?? "light", reducedMotion: options.motion ?? "reduce", baseURL: node.base, hasTouch: (options.width ?? 1440) < 720, httpCredentials: options.login });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: node.base }).catch(() => undefined);
    const as = options.as === undefined ? "tomas" : options.as;
    if (as) await context.addInitScript((name) => { if (!localStorage.getItem("braid.as")) localStorage.setItem("braid.as", name); }, as);
    const page = await context.newPage();
    page.setDefaultTimeout(deadline);
    page.seen = [];
    page.on("console", (m) => { if (m.type() === "error" || /content security policy/i.test(m.text())) page.seen.push(m.text()); });
    page.on("pageerror", (e) => page.seen.push(String(e)));
    if (options.path) await page.goto(options.path);
    return page;
  }
  async test(what, options, body) {
    if (typeof options === "function") { body = options; options = {}; }
    if (process.env.ONLY_TEST && !what.includes(process.env.ONLY_TEST)) return;
    // Once more when it fails: the browser and the node share two cores with everything else. What fails twice has failed, and the first
    // reason is shown either way.
    if (!await this.attempt(what, options, body, true)) await this.attempt(what, options, body, false);
  }
  async attempt(what, options, body, again) {
    let page;
    try {
      page = await this.page(options);
      await body(page, options.node ?? this.node);
      const bad = page.seen.filter((s) => !(options.expectErrors ?? /^Failed to load resource.*(404|409|403|400)/).test(s) && !/^Failed to load resource.*404/.test(s));
      if (bad.length) throw new Error(`the browser complained: ${bad.slice(0, 3).join(" | ").slice(0, 600)}`);
      this.passed++;
      console.log(`ok    ${what}`);
      return true;
    } catch (e) {
      if (!again) this.failures.push(what);
      console.log(`${again ? "again" : "FAIL "}  ${what}\n      ${String(e?.message ?? e).split("\n").slice(0, 12).join("\n      ")}`);
      await page?.screenshot({ path: join(this.pictures, `failed-${this.failures.length}${again ? "-first" : ""}.png`) }).catch(() => undefined);
    } finally {
      await page?.context().close().catch(() => undefined);
    }
  }
  // axe in the page, without the inline script that the policy would refuse; serious and critical findings fail.
  async axe(page, where) {
    const found = await page.evaluate(async (source) => { if (!window.axe) (0, eval)(source); const r = await window.axe.run(document, { resultTypes: ["violations"] }); return r.violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.any?.[0]?.message ?? ""}`).join("; ")}`); }, axe).catch(async () => {
      // eval is refused by the policy, as it should be: hand the program to the debugger, which the policy does not concern
      const session = await page.context().newCDPSession(page);
      await session.send("Runtime.evaluate", { expression: axe });
      const r = await session.send("Runtime.evaluate", { awaitPromise: true, returnByValue: true, expression: `axe.run(document,{resultTypes:["violations"]}).then(r=>r.violations.filter(v=>["serious","critical"].includes(v.impact)).map(v=>v.id+": "+v.nodes.slice(0,3).map(n=>n.target.join(" ")+" "+((n.any[0]||{}).message||"")).join("; ")))` });
      return r.result.value ?? [JSON.stringify(r.exceptionDetails ?? r.result)];
    });
    page.seen = page.seen.filter((s) => !/unsafe-eval|'eval'|EvalError|evaluate a string/i.test(s));
    if (found.length) throw new Error(`axe on ${where}: ${found.join("\n")}`);
  }
  // The whole page, with its bars where they belong: the window is made as high as the page.
  async picture(page, name) {
    if (process.env.PICTURES === "0") return;
    const size = page.viewportSize(), height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width: size.width, height: Math.min(6000, Math.max(size.height, height)) });
    await new Promise((r) => setTimeout(r, 250));   // for the picture only; no check waits by the clock
    await page.screenshot({ path: join(this.pictures, `${name}.png`) });
    await page.setViewportSize(size);
  }
  // One page at 1440 light, 1440 dark and 390 (looks: 1 for the first alone, where axe takes a minute), each looked at by axe, each kept as a picture. ready(page) waits for what must be there.
  async pages(name, path, ready, options = {}) {
    for (const [suffix, look] of [["", { width: 1440, theme: "light" }], ["-dark", { width: 1440, theme: "dark" }], ["-390", { width: 390, height: 844, theme: "light" }]].slice(0, options.looks ?? 3))
      await this.test(`${name}${suffix}: nothing serious for axe, nothing wider than the window`, { ...options, ...look }, async (page) => {
        await page.goto(path);
        await ready(page);
        await page.evaluate(() => document.fonts.ready);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        await this.picture(page, `${name}${suffix}`);
        ok(wide <= 0, `the page is ${wide} px wider than the window`);
        await this.axe(page, `${name}${suffix}`);
      });
  }
}

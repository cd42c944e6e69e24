// How to read a product, pasted and run as it stands: curl, kcat, SQL, JavaScript (kafkajs), Python (confluent-kafka), Java. Clients come from their
// registries the first time and stay in BUILD/portal-clients; one that cannot be fetched is named and left out. Java is compiled against
// kafka-clients for an Avro product (its Avro deserializer is in no public Maven repository) and run for a product of plain text.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { equal, ok } from "./harness.mjs";

const hang = 90_000;   // a program that says nothing for so long says nothing at all; not a measurement
// Runs a program until what it says contains `sign`, then ends it and what it started.
function says(command, args, sign, options = {}) {
  return new Promise((done) => {
    const p = spawn(command, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let out = "", err = "", over = false;
    const end = () => { if (over) return; over = true; clearTimeout(timer); try { process.kill(-p.pid, "SIGKILL"); } catch { /* it has ended */ } done({ out, err }); };
    const timer = setTimeout(end, hang);
    p.stdout.on("data", (d) => { out += d; if (sign.test(out)) end(); });
    p.stderr.on("data", (d) => { err = (err + d).slice(-4000); });
    p.on("error", (e) => { err += String(e); end(); });
    p.on("close", end);
  });
}
const fetched = (what, command, args, cwd) => {
  const r = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 300_000 });
  if (r.status === 0) return true;
  console.log(`skip  ${what}: ${`${r.error ?? ""}${r.stderr ?? ""}${r.stdout ?? ""}`.trim().split("\n").slice(-2).join(" ").slice(0, 200)}`);
  return false;
};

export async function run(t) {
  const clients = join(t.build, "portal-clients"), node = t.node;
  mkdirSync(clients, { recursive: true });
  const snippetsOf = async (product) => {
    const page = await t.page({ path: `/products/${product}` });
    const read = page.getByRole("region", { name: "Read it" }), out = {};
    for (const tab of ["kcat", "SQL", "Java", "Python", "JS", "curl"]) { await read.getByRole("tab", { name: tab, exact: true }).click(); out[tab] = await read.getByLabel(`Read it with ${tab}`).innerText(); }
    await page.context().close();
    return out;
  };
  // a product of plain text beside the demo's Avro, with a name that shells and languages could trip over
  await node.api("POST", "/api/v1/topics", { name: "plain.notes-1_x", partitions: 1 });
  equal((await node.api("POST", "/api/v1/products", { name: "plain_notes", domain: "analytics", owner: "@analytics-team", description: "One line of text a record, as people write it", ports: [{ name: "records", kind: "topic", topic: "plain.notes-1_x" }] }, "tomas")).status, 201);
  const write = () => node.api("POST", "/api/v1/topics/plain.notes-1_x/records", { value_schema: "none", records: [{ key: "k", value: `it's a "note" at ${Date.now()}` }] }, "tomas");
  equal((await write()).status, 200);
  const avro = await snippetsOf("stocktrades"), plain = await snippetsOf("plain_notes");
  const trade = /User_\d/, note = /a "note" at|a \\"note\\" at/;

  await t.test("curl, as pasted", async () => {
    const a = await says("bash", ["-c", avro.curl], trade), b = await says("bash", ["-c", plain.curl], note);
    ok(trade.test(a.out), `${avro.curl}: ${a.out.slice(0, 200)} ${a.err}`);
    ok(note.test(b.out), `${plain.curl}: ${b.out.slice(0, 200)} ${b.err}`);
  });
  await t.test("kcat, as pasted", async () => {
    let a = await says("stdbuf", ["-oL", "bash", "-c", avro.kcat], trade);
    // Debian's kcat decodes no Avro: then the record's bytes are read, as the note below the snippet says
    const told = /lacks Avro|Avro.*not (supported|available)/i.test(a.err);
    if (told) a = await says("stdbuf", ["-oL", "bash", "-c", avro.kcat.replace(/\\\n\s*/g, " ").replace(/-s value=avro/, "").replace(/-r \S+/, "")], trade);
    ok(trade.test(a.out), `${avro.kcat}: ${a.out.slice(0, 200)} ${a.err}`);
    const b = await says("stdbuf", ["-oL", "bash", "-c", plain.kcat.replace("-o end", "-o beginning")], note);   // a terminal shows each line; a pipe would wait for many
    ok(note.test(b.out), `${plain.kcat}: ${b.err}`);
  });
  await t.test("SQL, as pasted into the course's API", async () => {
    for (const [what, sql, sign] of [["stocktrades", avro.SQL, /LMN456|ABC123|XYZ789/], ["plain_notes", plain.SQL, note]]) {
      const statements = sql.split(";").map((s) => s.trim()).filter(Boolean);
      for (const s of statements.filter((x) => !/^SELECT/i.test(x))) { const r = await node.sql(`${s};`); equal(r.status, 200, `${what}: ${s}: ${JSON.stringify(r.body).slice(0, 300)}`); }
      const select = statements.find((s) => /^SELECT/i.test(s));
      ok(select, `${what} has a SELECT: ${sql}`);
      const rows = await says("curl", ["-sN", `${node.base}/query-stream`, "-H", "Content-Type: application/json", "-d", JSON.stringify({ sql: `${select};`, properties: { "auto.offset.reset": "earliest" } })], sign);
      ok(sign.test(rows.out), `${select}: ${rows.out.slice(0, 300)}`);
    }
  });
  const js = join(clients, "js");
  mkdirSync(js, { recursive: true });
  if (existsSync(join(js, "node_modules/kafkajs")) || fetched("JavaScript: npm cannot fetch kafkajs", "npm", ["install", "--no-audit", "--no-fund", "--silent", "--prefix", js, "kafkajs", "@kafkajs/confluent-schema-registry"], js))
    await t.test("JavaScript (kafkajs), as pasted", async () => {
      writeFileSync(join(js, "avro.cjs"), avro.JS);
      const a = await says("node", ["avro.cjs"], trade, { cwd: js });
      ok(trade.test(a.out), `${a.out.slice(-300)} ${a.err.slice(-600)}`);
    });
  const py = join(clients, "py"), python = join(py, "bin/python");
  if (existsSync(join(py, "ready")) || (fetched("Python: no venv", "python3", ["-m", "venv", py]) && fetched("Python: pip cannot fetch confluent-kafka", join(py, "bin/pip"), ["install", "--quiet", "confluent-kafka[avro,schemaregistry]"]))) {
    writeFileSync(join(py, "ready"), "");
    await t.test("Python (confluent-kafka), as pasted", async () => {
      writeFileSync(join(py, "avro.py"), avro.Python);
      const a = await says(python, ["-u", join(py, "avro.py")], trade);
      ok(trade.test(a.out), `${a.out.slice(-300)} ${a.err.slice(-600)}`);
    });
  }
  const java = join(clients, "java"), lib = join(java, "lib");
  mkdirSync(java, { recursive: true });
  writeFileSync(join(java, "pom.xml"), `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-clients</artifactId><version>3.9.1</version></dependency></dependencies></project>\n`);
  if (spawnSync("javac", ["-version"]).status !== 0) console.log("skip  Java: there is no javac");
  else if (existsSync(lib) || fetched("Java: Maven cannot fetch kafka-clients", "mvn", ["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"], java))
    await t.test("Java: compiles for Avro, and runs for text", async () => {
      for (const [name, text] of [["avro", avro.Java], ["plain", plain.Java]]) {
        mkdirSync(join(java, name), { recursive: true });
        writeFileSync(join(java, name, "Read.java"), name === "plain" ? text.replace('"latest"', '"earliest"') : text);
        const r = spawnSync("javac", ["-Werror", "-cp", `${lib}/*`, "-d", join(java, name), join(java, name, "Read.java")], { encoding: "utf8" });
        equal(r.status, 0, `${name}: ${r.stderr}`);
      }
      const b = await says("java", ["-cp", `${lib}/*:${join(java, "plain")}`, "Read"], note);
      ok(note.test(b.out), `${b.out.slice(-300)} ${b.err.slice(-800)}`);
    });
}

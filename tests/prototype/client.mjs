// A client as the prototype's: explore, create, publish, manage, remove. Every decoder is strict: a missing or null field is a failure, as it was
// in the Elm client. The WebSocket and STOMP parts are written here, because Node 18 has neither.
//   node client.mjs http://127.0.0.1:8080 demo|up
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';

const base = new URL(process.argv[2]);
const demo = process.argv[3] === 'demo';
let passed = 0;
const failed = [];

const fail = (what) => { throw new Error(what); };
const check = (condition, what) => { if (!condition) fail(what); };

// ---- strict decoders ----
const string = (v, at) => (typeof v === 'string' ? v : fail(`${at} must be a string, is ${JSON.stringify(v)}`));
const integer = (v, at) => (Number.isInteger(v) ? v : fail(`${at} must be an integer, is ${JSON.stringify(v)}`));
const url = (v, at) => { new URL(string(v, at)); check(/^https?:\/\//.test(v), `${at} must be absolute, is ${v}`); return v; };
const list = (decode) => (v, at) => (Array.isArray(v) ? v.map((x, i) => decode(x, `${at}[${i}]`)) : fail(`${at} must be a list, is ${JSON.stringify(v)}`));
const fields = (shape) => (v, at) => {
  check(v !== null && typeof v === 'object' && !Array.isArray(v), `${at} must be an object, is ${JSON.stringify(v)}`);
  for (const [name, decode] of Object.entries(shape)) decode(v[name], `${at}.${name}`);
  return v;
};
const exactly = (text) => (v, at) => (v === text ? v : fail(`${at} must be ${text}, is ${JSON.stringify(v)}`));
const urls = fields({ schemaUrl: url, portUrl: url, lineageUrl: url, exportUrl: url });
const dataProduct = fields({
  '@type': exactly('DataProduct'), name: string, qualifiedName: string, description: string, owner: string, domain: string, sla: string, quality: string, urls,
  schema: fields({ subject: string, version: integer, id: integer, schema: string }),
});
const topic = fields({ '@type': exactly('Topic'), name: string, qualifiedName: string });
const manageable = (v, at) => (v && v['@type'] === 'Topic' ? topic(v, at) : dataProduct(v, at));
const useCase = fields({ name: string, title: string, description: string, inputs: string, ksqlDbCommand: string, outputTopic: string, ksqlDbLaunchUrl: url });
const info = fields({ mode: string, domain: string, team: string, git: fields({ commit: fields({ id: string }) }) });
const auditMessage = fields({ message: string, commands: list(string) });
const springError = fields({ timestamp: string, status: integer, error: string, message: string, path: string });

// ---- HTTP ----
function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, base), { method, headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers } }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(pieces).toString() }));
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
async function get(path, decode) {
  const answer = await call('GET', path);
  check(answer.status === 200, `GET ${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
  return decode(JSON.parse(answer.text), path);
}
async function refused(status, method, path, body) {
  const answer = await call(method, path, body);
  check(answer.status === status, `${method} ${path}: expected ${status}, got ${answer.status} ${answer.text.slice(0, 300)}`);
  return springError(JSON.parse(answer.text), path);
}

// ---- WebSocket and STOMP ----
class Stomp {
  constructor() { this.messages = []; this.waiting = []; this.buffer = Buffer.alloc(0); this.closed = null; }
  open(origin) {
    return new Promise((resolve, reject) => {
      const key = randomBytes(16).toString('base64');
      this.socket = net.connect(Number(base.port), base.hostname, () => {
        this.socket.write(`GET /priv/socket HTTP/1.1\r\nHost: ${base.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
          `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: v12.stomp\r\n${origin ? `Origin: ${origin}\r\n` : ''}\r\n`);
      });
      this.socket.on('error', reject);
      this.socket.on('close', () => { this.closed ??= 1006; this.wake(); reject(new Error('the socket closed during its handshake')); });
      this.socket.on('data', (piece) => {
        this.buffer = Buffer.concat([this.buffer, piece]);
        if (!this.opened) {
          const end = this.buffer.indexOf('\r\n\r\n');
          if (end < 0) return;
          const head = this.buffer.subarray(0, end).toString();
          this.buffer = this.buffer.subarray(end + 4);
          const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
          if (!head.startsWith('HTTP/1.1 101 ')) return reject(new Error(head.split('\r\n')[0]));
          check(head.includes(`Sec-WebSocket-Accept: ${accept}`) && head.includes('Sec-WebSocket-Protocol: v12.stomp'), head);
          this.opened = true;
          resolve(this);
        }
        this.frames();
      });
    });
  }
  frames() {
    for (;;) {
      if (this.buffer.length < 2) return;
      let length = this.buffer[1] & 0x7f, at = 2;
      check(!(this.buffer[1] & 0x80), 'a server must not mask');
      if (length === 126) { if (this.buffer.length < 4) return; length = this.buffer.readUInt16BE(2); at = 4; }
      if (length === 127) { if (this.buffer.length < 10) return; length = Number(this.buffer.readBigUInt64BE(2)); at = 10; }
      if (this.buffer.length < at + length) return;
      const opcode = this.buffer[0] & 15, payload = this.buffer.subarray(at, at + length);
      this.buffer = this.buffer.subarray(at + length);
      if (opcode === 8) { this.closed = payload.length >= 2 ? payload.readUInt16BE(0) : 1005; this.frame(8, payload); this.wake(); }
      if (opcode === 9) this.frame(10, payload);
      if (opcode === 1) { this.messages.push(payload.toString()); this.wake(); }
    }
  }
  frame(opcode, payload) {
    const mask = randomBytes(4), body = Buffer.from(payload).map((b, i) => b ^ mask[i & 3]);
    const head = body.length < 126 ? Buffer.from([0x80 | opcode, 0x80 | body.length]) : Buffer.from([0x80 | opcode, 0xfe, body.length >> 8, body.length & 255]);
    this.socket.write(Buffer.concat([head, mask, body]));
  }
  send(command, headers, body = '') {
    this.frame(1, Buffer.from(`${command}\n${Object.entries(headers).map(([k, v]) => `${k}:${v}\n`).join('')}\n${body}\0`));
  }
  wake() { for (const f of this.waiting.splice(0)) f(); }
  async next(what, accept = () => true) {
    const until = Date.now() + 20_000;
    for (;;) {
      while (this.messages.length) {
        const text = this.messages.shift();
        const [head, ...rest] = text.split('\n\n');
        const [command, ...lines] = head.split('\n');
        const frame = { command, headers: Object.fromEntries(lines.map((l) => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 1)])), body: rest.join('\n\n').replace(/\0$/, '') };
        if (accept(frame)) return frame;
      }
      if (this.closed) fail(`the socket was closed (${this.closed}) before ${what}`);
      if (Date.now() > until) fail(`${what} did not come within 20 s`);
      await new Promise((resolve) => { this.waiting.push(resolve); setTimeout(resolve, 200); });
    }
  }
  // The audit log's entry with this message.
  async said(message) {
    const frame = await this.next(`the audit message "${message}"`, (f) => f.command === 'MESSAGE' && JSON.parse(f.body).message === message);
    check(frame.headers.destination === '/topic/audit-log' && frame.headers.subscription === 'sub-0' && frame.headers['message-id'], JSON.stringify(frame.headers));
    return auditMessage(JSON.parse(frame.body), 'message');
  }
}
async function connected() {
  const stomp = await new Stomp().open(base.origin);
  stomp.send('CONNECT', { login: '', passcode: '', host: '/', 'accept-version': '1.2' });
  const answer = await stomp.next('CONNECTED');
  check(answer.command === 'CONNECTED' && answer.headers.version === '1.2', JSON.stringify(answer));
  stomp.send('SUBSCRIBE', { id: 'sub-0', destination: '/topic/audit-log', ack: 'auto' });
  return stomp;
}
async function eventually(what, probe) {
  const until = Date.now() + 30_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > until) fail(`${what}: not within 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
async function step(name, body) {
  try {
    await body();
    passed += 1;
    console.log(`  ok      ${process.argv[3]}: ${name}`);
  } catch (error) {
    failed.push(name);
    console.log(`  FAILED  ${process.argv[3]}: ${name}\n          ${error.stack.split('\n').slice(0, 4).join('\n          ')}`);
  }
}

// ---- the walk ----
const stomp = await connected();
const name = 'high_value_stock_trades', qualified = `lsrc-braid:.:${name}`;
const one = (q) => `/priv/data-products/${encodeURIComponent(q)}`;
const publication = (more = {}) => ({
  '@type': 'TOPIC', qualifiedName: qualified,
  dataProductBusinessMetadata: { owner: '@analytics-team', description: 'Trades of "high" value 📈', quality: 'curated', sla: 'tier-2', ...more },
});

await step('the frame: info, health, deep links', async () => {
  const said = await get('/actuator/info', info);
  check(said.mode === 'local' && said.domain === 'analytics', JSON.stringify(said));
  check((await get('/actuator/health', fields({ status: exactly('UP') }))).status === 'UP', 'health');
  for (const path of ['/urls/cc', '/urls/cc/environment', '/urls/cc/environment/cluster', '/urls/cc/environment/cluster/ksql', '/urls/cc/environment/schema-registry',
    '/urls/cc/environment/schema-registry/schema/users-value', '/urls/cc/environment/cluster/topics/users', '/urls/cc/environment/cluster/lineage/users', '/urls/cc/environment/cluster/connectors']) {
    const answer = await call('GET', path);
    check(answer.status === 200 && answer.headers['content-type'].startsWith('text/plain'), `${path}: ${answer.status}`);
    url(answer.text, path);
    check(answer.text.startsWith(base.origin), answer.text);
  }
  await get(`/urls/data-product/${encodeURIComponent('lsrc-x:.:users')}`, urls);
});

await step('explore', async () => {
  const all = await get('/priv/data-products', list(dataProduct));
  const entry = await stomp.said("Get all Topics from Confluent Data Catalog with tag 'ProdDP'");
  check(entry.commands.length > 0, 'commands');
  if (!demo) return check(all.length === 0, JSON.stringify(all));
  check(JSON.stringify(all.map((p) => p.name).sort()) === '["pageviews","stocktrades","users"]', JSON.stringify(all.map((p) => p.name)));
  const users = await get(one('lsrc-x:.:users'), dataProduct);
  check(users.owner === '@membership-team' && users.domain === 'membership' && users.sla === 'tier-1' && users.quality === 'authoritative', JSON.stringify(users));
  check(JSON.parse(users.schema.schema).name === 'users', users.schema.schema);
  const topics = await get('/priv/topics?includeTag=ProdDP', fields({ entities: list(fields({ entity: fields({ typeName: exactly('kafka_topic') }) })), auditLogEntry: auditMessage }));
  check(topics.entities.length === 3, String(topics.entities.length));
  const others = await get('/priv/topics?excludeTag=ProdDP', fields({ entities: list(fields({})) }));
  check(others.entities.every((e) => !['users', 'pageviews', 'stocktrades'].includes(e.entity.attributes.name)), JSON.stringify(others).slice(0, 300));
});
await step('what is not there', async () => {
  await refused(404, 'GET', one('lsrc-x:.:nothing'));
  await refused(400, 'POST', '/ksqldb/execute-use-case/nothing');
  await refused(400, 'POST', '/priv/data-products', { ...publication(), '@type': 'S3' });
});

if (demo) {
  await step('create', async () => {
    const cases = await get('/priv/use-cases', list(useCase));
    check(JSON.stringify(cases.map((c) => c.name)) === '["trending_stocks","high_value_stock_trades","us_enriched_stock_trades"]', JSON.stringify(cases.map((c) => c.name)));
    check(cases[1].inputs === 'stocktrades, users', cases[1].inputs);
    for (const c of cases) {
      const answer = await call('POST', `/ksqldb/execute-use-case/${c.name}`);
      check(answer.status === 200 && answer.text === '', `${c.name}: ${answer.status} ${answer.text}`);
      const entry = await stomp.said('Use ksqlDB SDK to execute statement');
      check(entry.commands[0].includes(c.outputTopic), entry.commands[0]);
    }
    // The course's own third statement never emits a row; ours does.
    await eventually('rows of the US', async () => JSON.parse((await call('GET', '/api/v1/topics/us_enriched_stock_trades')).text).records > 0);
  });
  await step('manage: what is not published yet is a topic', async () => {
    const all = await get('/priv/data-products/manage', list(manageable));
    await stomp.said('Get all Topics from Confluent Data Catalog');
    const mine = all.find((e) => e.name === name);
    check(mine && mine['@type'] === 'Topic' && mine.qualifiedName.endsWith(`:${name}`), JSON.stringify(mine));
    check(all.filter((e) => e['@type'] === 'DataProduct').length === 3, 'three products');
  });
  await step('publish is refused with 401 and the real reason', async () => {
    const cases = [[{ owner: '@nobody' }, '@nobody'], [{ owner: '@accounting-team' }, 'accounting'], [{ owner: '@edge-team' }, 'edge'], [{ sla: 'tier-9' }, 'tier-9'], [{ quality: 'best' }, 'best'],
      [{ domain: 'edge' }, 'edge']];
    for (const [change, reason] of cases) {
      const error = await refused(401, 'POST', '/priv/data-products', publication(change));
      check(error.message.includes(reason) && error.error === 'Unauthorized', JSON.stringify(error));
    }
    const error = await refused(401, 'POST', '/priv/data-products', { ...publication(), qualifiedName: 'lsrc-x:.:no_such_topic' });
    check(error.message.includes('no_such_topic-value'), error.message);
  });
  await step('publish', async () => {
    const answer = await call('POST', '/priv/data-products', publication({ domain: ' ' }));
    check(answer.status === 200, `${answer.status} ${answer.text}`);
    const product = dataProduct(JSON.parse(answer.text), 'product');
    check(product.domain === 'analytics' && product.owner === '@analytics-team' && product.description === 'Trades of "high" value 📈', answer.text);
    const entry = await stomp.said(`BusinessMetadata entity '${qualified}' as 'DataProduct'`);
    check(entry.commands.some((c) => c.includes('📈')), JSON.stringify(entry));
    const listed = await get('/priv/data-products', list(dataProduct));
    check(listed.some((p) => p.name === name), 'it is listed');
    const changed = JSON.parse((await call('POST', '/priv/data-products', publication({ description: 'changed' }))).text);
    check(changed.description === 'changed', JSON.stringify(changed));
    const audit = JSON.parse((await call('GET', `/api/v1/audit?subject=${name}&what=product`)).text);
    check(audit.entries.some((e) => e.what === 'product.published' && e.who === 'tomas'), JSON.stringify(audit).slice(0, 400));
  });
  await step('remove', async () => {
    const foreign = await refused(401, 'DELETE', one('lsrc-x:.:users'));
    check(foreign.message.includes('membership'), foreign.message);
    const answer = await call('DELETE', one(qualified));
    check(answer.status === 200 && answer.text === '', `${answer.status} ${answer.text}`);
    await stomp.said(`Delete DataProduct Business Metadata from entity '${qualified}'`);
    const all = await get('/priv/data-products/manage', list(manageable));
    check(all.find((e) => e.name === name)['@type'] === 'Topic', 'the topic stays');
    await refused(404, 'DELETE', one(qualified));
  });
} else {
  await step('a plain node has no use cases, and manages its topics', async () => {
    check((await get('/priv/use-cases', list(useCase))).length === 0, 'none');
    await call('POST', '/api/v1/topics', { name: 'orders' });
    const all = await get('/priv/data-products/manage', list(manageable));
    check(all.length === 1 && all[0].name === 'orders', JSON.stringify(all));
    await refused(401, 'POST', '/priv/data-products', { ...publication(), qualifiedName: 'lsrc-x:.:orders' });
  });
}
await step('the socket: what is no STOMP is refused, strangers are kept out, leaving is orderly', async () => {
  stomp.send('DISCONNECT', { receipt: 'bye' });
  check((await stomp.next('RECEIPT', (f) => f.command === 'RECEIPT')).headers['receipt-id'] === 'bye', 'receipt');
  const rude = await new Stomp().open();
  rude.send('SEND', { destination: '/topic/audit-log' }, 'I was here');
  check((await rude.next('ERROR')).command === 'ERROR', 'ERROR');
  let stranger = '';
  await new Stomp().open('http://evil.example').catch((e) => { stranger = e.message; });
  check(stranger.includes('403'), `a page of another site got ${stranger || 'in'}`);
});

console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length ? 1 : 0);

// kafkajs and @platformatic/kafka against a running broker: node clients.mjs HOST:PORT. One line per case: "pass NAME" or "fail NAME: why".
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';
const require = createRequire(process.env.KAFKA_CLIENTS + '/');
const { Kafka, CompressionTypes, logLevel, ConfigResourceTypes } = require('kafkajs');
const platformatic = await import(require.resolve('@platformatic/kafka'));
const broker = process.argv[2];
const unique = `${process.pid}-${Date.now()}`;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const within = (ms, promise, what) => {
  let timer;
  const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error(`${what} took more than ${ms} ms`)), ms); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

const kafka = new Kafka({ clientId: 'conformance', brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 3 } });
const admin = kafka.admin();
await admin.connect();
const fresh = async (name, numPartitions = 1, configEntries = []) => {
  const topic = `${name}-${unique}`;
  await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true });
  return topic;
};
const produce = async (topic, messages, options = {}) => {
  const producer = kafka.producer({ allowAutoTopicCreation: false, ...options.producer });
  await producer.connect();
  try { return await producer.send({ topic, messages, ...options.send }); } finally { await producer.disconnect(); }
};
// Reads until `count` messages have come; calls each(message) for all.
const consume = async (topic, count, options = {}) => {
  const consumer = kafka.consumer({ groupId: options.groupId ?? `g-${topic}`, sessionTimeout: 6000, rebalanceTimeout: 6000, heartbeatInterval: 500, maxWaitTimeInMs: 200, ...options.consumer });
  const got = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await within(20000, new Promise((done, no) => {
    consumer.on(consumer.events.CRASH, (e) => no(e.payload.error));
    consumer.run({ autoCommit: options.autoCommit ?? true, eachMessage: async ({ partition, message }) => { got.push({ partition, ...message }); if (got.length >= count) done(); } }).catch(no);
    if (count === 0) setTimeout(done, options.idle ?? 1500);
  }), 'consuming').finally(() => consumer.disconnect());
  return got;
};
const numbers = (n) => Array.from({ length: n }, (_, i) => ({ key: `k${i % 7}`, value: `v${i}` }));

const cases = {
  'kafkajs/metadata of the cluster': async () => {
    const cluster = await admin.describeCluster();
    assert.equal(cluster.brokers.length, 1);
    assert.equal(cluster.controller, cluster.brokers[0].nodeId);
    assert.ok(cluster.clusterId.length > 10);
  },
  'kafkajs/produce and consume with keys, headers, timestamps': async () => {
    const topic = await fresh('kjs-roundtrip', 3);
    await produce(topic, [{ key: 'a', value: 'one', headers: { h: 'x' }, timestamp: '1700000000000' }, { key: 'b', value: null }, { value: 'three' }]);
    const got = await consume(topic, 3);
    const byValue = Object.fromEntries(got.map((m) => [String(m.value), m]));
    assert.equal(String(byValue.one.headers.h), 'x');
    assert.equal(byValue.one.timestamp, '1700000000000');
    assert.equal(byValue.null.value, null);
    assert.equal(byValue.three.key, null);
  },
  'kafkajs/gzip': async () => {
    const topic = await fresh('kjs-gzip');
    await produce(topic, numbers(500), { send: { compression: CompressionTypes.GZIP } });
    assert.deepEqual((await consume(topic, 500)).map((m) => String(m.value)), numbers(500).map((m) => m.value));
  },
  'kafkajs/idempotent producer': async () => {
    const topic = await fresh('kjs-idempotent');
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (let i = 0; i < 20; ++i) await producer.send({ topic, messages: [{ value: `v${i}` }] });
    await producer.disconnect();
    assert.deepEqual((await consume(topic, 20)).map((m) => String(m.value)), Array.from({ length: 20 }, (_, i) => `v${i}`));
  },
  'kafkajs/transactions: committed or not at all': async () => {
    const topic = await fresh('kjs-txn', 2);
    const producer = kafka.producer({ transactionalId: `tx-${unique}`, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    try {
      const kept = await producer.transaction();
      await kept.send({ topic, messages: [{ key: 'a', value: 'kept-1', partition: 0 }, { key: 'b', value: 'kept-2', partition: 1 }] });
      await kept.commit();
      const dropped = await producer.transaction();
      await dropped.send({ topic, messages: [{ value: 'dropped', partition: 0 }] });
      await dropped.abort();
      const open = await producer.transaction();
      await open.send({ topic, messages: [{ value: 'open', partition: 1 }] });
      assert.deepEqual((await consume(topic, 2, { groupId: `txn-a-${unique}` })).map((m) => String(m.value)).sort(), ['kept-1', 'kept-2']);
      assert.deepEqual((await consume(topic, 4, { groupId: `txn-b-${unique}`, consumer: { readUncommitted: true } })).map((m) => String(m.value)).sort(), ['dropped', 'kept-1', 'kept-2', 'open']);
      await open.commit();
      assert.deepEqual((await consume(topic, 3, { groupId: `txn-c-${unique}` })).map((m) => String(m.value)).sort(), ['kept-1', 'kept-2', 'open']);
    } finally { await producer.disconnect(); }
  },
  'kafkajs/transactions: offsets belong to them': async () => {
    const topic = await fresh('kjs-txn-offsets');
    const consumerGroupId = `txn-offsets-${unique}`;
    const producer = kafka.producer({ transactionalId: `txo-${unique}`, idempotent: true, maxInFlightRequests: 1 });
    const committed = async () => (await admin.fetchOffsets({ groupId: consumerGroupId, topics: [topic] }))[0].partitions[0]?.offset ?? '-1';
    await producer.connect();
    try {
      for (const [offset, commit] of [['3', false], ['5', true], ['9', false]]) {
        const t = await producer.transaction();
        await t.sendOffsets({ consumerGroupId, topics: [{ topic, partitions: [{ partition: 0, offset }] }] });
        await (commit ? t.commit() : t.abort());
        assert.equal(await committed(), offset === '3' ? '-1' : '5');
      }
    } finally { await producer.disconnect(); }
  },
  'kafkajs/transactions: a second instance fences the first': async () => {
    const topic = await fresh('kjs-fence');
    const instance = () => kafka.producer({ transactionalId: `fence-${unique}`, idempotent: true, maxInFlightRequests: 1, retry: { retries: 1 } });
    const first = instance(), second = instance();
    await first.connect(); await second.connect();
    try {
      const zombie = await first.transaction();
      await zombie.send({ topic, messages: [{ value: 'zombie' }] });
      const t = await second.transaction();
      await t.send({ topic, messages: [{ value: 'new' }] });
      await t.commit();
      await assert.rejects(within(15000, zombie.commit(), 'the refusal'), /epoch|fenced|newer/i);
      assert.deepEqual((await consume(topic, 1)).map((m) => String(m.value)), ['new']);
    } finally { await first.disconnect().catch(() => {}); await second.disconnect(); }
  },
  'kafkajs/auto-create on produce': async () => {
    const topic = `kjs-auto-${unique}`;
    const producer = kafka.producer({ allowAutoTopicCreation: true });
    await producer.connect();
    const [answer] = await producer.send({ topic, messages: [{ value: 'x' }] });
    await producer.disconnect();
    assert.equal(answer.errorCode, 0);
  },
  'kafkajs/no auto-create when the client forbids it': async () => {
    await assert.rejects(produce(`kjs-absent-${unique}`, [{ value: 'x' }]), /does not host this topic-partition/);
  },
  'kafkajs/offsets: latest, earliest, by timestamp': async () => {
    const topic = await fresh('kjs-offsets');
    await produce(topic, [{ value: 'a', timestamp: '1000' }, { value: 'b', timestamp: '2000' }, { value: 'c', timestamp: '3000' }]);
    const [o] = await admin.fetchTopicOffsets(topic);
    assert.deepEqual([o.low, o.high], ['0', '3']);
    assert.equal((await admin.fetchTopicOffsetsByTimestamp(topic, 1500))[0].offset, '1');
    assert.equal((await admin.fetchTopicOffsetsByTimestamp(topic, 2000))[0].offset, '1');
    assert.equal((await admin.fetchTopicOffsetsByTimestamp(topic, 9000))[0].offset, '3');   // kafkajs turns "none" into the end
  },
  'kafkajs/committed offsets survive the consumer': async () => {
    const topic = await fresh('kjs-commit');
    await produce(topic, numbers(10));
    await consume(topic, 10, { groupId: `commit-${unique}` });
    const [{ partitions }] = await admin.fetchOffsets({ groupId: `commit-${unique}`, topics: [topic] });
    assert.equal(partitions[0].offset, '10');
    await produce(topic, [{ value: 'new' }]);
    const got = await consume(topic, 1, { groupId: `commit-${unique}` });
    assert.equal(String(got[0].value), 'new');
  },
  'kafkajs/two members share the partitions, one leaves': async () => {
    const topic = await fresh('kjs-share', 4);
    const groupId = `share-${unique}`;
    const member = (name) => {
      const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, rebalanceTimeout: 8000, heartbeatInterval: 300, maxWaitTimeInMs: 200 });
      const state = { consumer, partitions: 0, name };
      consumer.on(consumer.events.GROUP_JOIN, (e) => { state.partitions = (e.payload.memberAssignment[topic] ?? []).length; });
      return state;
    };
    const until = async (what, check) => { for (let i = 0; i < 150; ++i) { if (check()) return; await sleep(100); } throw new Error(`never: ${what}`); };
    const a = member('a'), b = member('b');
    try {
      for (const m of [a, b]) { await m.consumer.connect(); await m.consumer.subscribe({ topic }); await m.consumer.run({ eachMessage: async () => {} }); }
      await until('two and two', () => a.partitions === 2 && b.partitions === 2);
      const { groups: [group] } = await admin.describeGroups([groupId]);
      assert.equal(group.state, 'Stable');
      assert.equal(group.members.length, 2);
      await b.consumer.disconnect();
      await until('all four', () => a.partitions === 4);
    } finally { await a.consumer.disconnect(); await b.consumer.disconnect(); }
    const { groups: [group] } = await admin.describeGroups([groupId]);
    assert.equal(group.state, 'Empty');
    await admin.deleteGroups([groupId]);
    assert.ok(!(await admin.listGroups()).groups.some((g) => g.groupId === groupId));
  },
  'kafkajs/create topics: errors have their codes': async () => {
    const topic = await fresh('kjs-exists');
    const type = async (spec) => admin.createTopics({ topics: [spec] }).then((made) => String(made), (e) => e.errors ? e.errors[0].type : e.type);
    assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }), false);
    assert.equal(await type({ topic: 'bad name!', numPartitions: 1 }), 'INVALID_TOPIC_EXCEPTION');
    assert.equal(await type({ topic: `zero-${unique}`, numPartitions: 0 }), 'INVALID_PARTITIONS');
    assert.equal(await type({ topic: `cfg-${unique}`, numPartitions: 1, configEntries: [{ name: 'no.such.setting', value: '1' }] }), 'INVALID_CONFIG');
  },
  'kafkajs/delete a topic and make it again': async () => {
    const topic = await fresh('kjs-again');
    await produce(topic, numbers(5));
    await admin.deleteTopics({ topics: [topic] });
    assert.ok(!(await admin.listTopics()).includes(topic));
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    const [o] = await admin.fetchTopicOffsets(topic);
    assert.deepEqual([o.low, o.high], ['0', '0']);
  },
  'kafkajs/create partitions': async () => {
    const topic = await fresh('kjs-grow', 1);
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    assert.equal((await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length, 3);
    await assert.rejects(admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] }));
  },
  'kafkajs/delete records': async () => {
    const topic = await fresh('kjs-trim');
    await produce(topic, numbers(10));
    await admin.fetchTopicOffsets(topic);   // kafkajs looks for the leader in metadata that it has only after such a call
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
    assert.equal((await admin.fetchTopicOffsets(topic))[0].low, '4');
    assert.equal((await consume(topic, 6))[0].offset, '4');
  },
  'kafkajs/describe and alter configs': async () => {
    const topic = await fresh('kjs-config', 1, [{ name: 'retention.ms', value: '3600000' }]);
    const get = async (name) => (await admin.describeConfigs({ includeSynonyms: true, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }] })).resources[0].configEntries[0];
    assert.equal((await get('retention.ms')).configValue, '3600000');
    assert.equal((await get('cleanup.policy')).configValue, 'delete');
    await admin.alterConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'retention.bytes', value: '1000000' }] }] });
    assert.equal((await get('retention.bytes')).configValue, '1000000');
    assert.equal((await get('retention.ms')).configValue, '604800000');   // the old call replaces the whole set
  },
  'kafkajs/delete committed offsets by seek and reset': async () => {
    const topic = await fresh('kjs-reset');
    const groupId = `reset-${unique}`;
    await produce(topic, numbers(3));
    await consume(topic, 3, { groupId });
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] });
    assert.equal((await consume(topic, 2, { groupId }))[0].offset, '1');
  },
  'kafkajs/large messages up to the limit and beyond': async () => {
    const topic = await fresh('kjs-large');
    await produce(topic, [{ value: Buffer.alloc(1_000_000, 'x') }]);
    await assert.rejects(produce(topic, [{ value: Buffer.alloc(1_100_000, 'x') }]), /larger|too large|max/i);
    assert.equal((await consume(topic, 1))[0].value.length, 1_000_000);
  },
  'kafkajs/static member comes back': async () => {
    const topic = await fresh('kjs-static', 2);
    await produce(topic, numbers(4));
    const groupId = `static-${unique}`;
    assert.equal((await consume(topic, 4, { groupId, consumer: { groupInstanceId: 'one' } })).length, 4);
    await produce(topic, numbers(4));
    assert.equal((await consume(topic, 4, { groupId, consumer: { groupInstanceId: 'one' } })).length, 4);
  },

  'platformatic/admin: create, list, describe, delete': async () => {
    const a = new platformatic.Admin({ clientId: 'pt', bootstrapBrokers: [broker] });
    try {
      const topic = `pt-admin-${unique}`;
      const [made] = await a.createTopics({ topics: [topic], partitions: 2, replicas: 1 });
      assert.equal(made.partitions, 2);
      assert.match(made.id, /^[0-9a-f-]{36}$/);
      assert.ok((await a.listTopics()).includes(topic));
      const metadata = await a.metadata({ topics: [topic] });
      assert.equal(metadata.topics.get(topic).partitionsCount, 2);
      await a.deleteTopics({ topics: [topic] });
      assert.ok(!(await a.listTopics()).includes(topic));
    } finally { await a.close(); }
  },
  'platformatic/produce and consume in a group': async () => {
    const topic = await fresh('pt-roundtrip', 2);
    const producer = new platformatic.Producer({ clientId: 'pt', bootstrapBrokers: [broker], serializers: platformatic.stringSerializers });
    const sent = await producer.send({ messages: Array.from({ length: 100 }, (_, i) => ({ topic, key: `k${i}`, value: `v${i}`, headers: { n: String(i) } })), acks: -1 });
    assert.ok(sent.offsets.length >= 1);
    await producer.close();
    const consumer = new platformatic.Consumer({ groupId: `pt-${unique}`, clientId: 'pt', bootstrapBrokers: [broker], deserializers: platformatic.stringDeserializers, sessionTimeout: 10000, heartbeatInterval: 500, maxWaitTime: 200 });
    const got = new Set();
    try {
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: true });
      await within(20000, (async () => { for await (const m of stream) { got.add(`${m.key}=${m.value}=${m.headers.get('n')}`); if (got.size === 100) break; } })(), 'consuming');
    } finally { await consumer.close(true); }
    assert.ok(got.has('k42=v42=42'));
  },
  'platformatic/idempotent, with each codec': async () => {
    const topic = await fresh('pt-codecs');
    const producer = new platformatic.Producer({ clientId: 'pt', bootstrapBrokers: [broker], serializers: platformatic.stringSerializers, idempotent: true });
    const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].filter((c) => c !== 'zstd' || typeof require('node:zlib').zstdCompressSync === 'function');
    try {
      for (const compression of codecs) await producer.send({ messages: Array.from({ length: 50 }, (_, i) => ({ topic, value: `${compression}-${i}` })), compression });
    } finally { await producer.close(); }
    const [o] = await admin.fetchTopicOffsets(topic);
    assert.equal(o.high, String(50 * codecs.length));
    const consumer = new platformatic.Consumer({ groupId: `ptc-${unique}`, clientId: 'pt', bootstrapBrokers: [broker], deserializers: platformatic.stringDeserializers, maxWaitTime: 200 });
    let n = 0;
    try {
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
      await within(20000, (async () => { for await (const m of stream) { assert.ok(m.value.includes('-')); if (++n === 50 * codecs.length) break; } })(), 'consuming');
    } finally { await consumer.close(true); }
  },
  'platformatic/transactions: committed or not at all': async () => {
    const topic = await fresh('pt-txn');
    const producer = new platformatic.Producer({ clientId: 'pt', bootstrapBrokers: [broker], serializers: platformatic.stringSerializers, idempotent: true, transactionalId: `ptx-${unique}` });
    const a = new platformatic.Admin({ clientId: 'pt', bootstrapBrokers: [broker] });
    try {
      const kept = await producer.beginTransaction();
      await kept.send({ messages: [{ topic, value: 'kept' }] });
      await kept.commit();
      const dropped = await producer.beginTransaction();
      await dropped.send({ messages: [{ topic, value: 'dropped' }] });
      await dropped.abort();
      const last = await producer.beginTransaction();
      await last.send({ messages: [{ topic, value: 'last' }] });
      await last.commit();
    } finally { await producer.close(); await a.close(); }
    assert.deepEqual((await consume(topic, 2)).map((m) => String(m.value)), ['kept', 'last']);
  },
  'platformatic/groups: list, describe, committed offsets': async () => {
    const topic = await fresh('pt-groups');
    await produce(topic, numbers(5));
    const groupId = `ptg-${unique}`;
    const consumer = new platformatic.Consumer({ groupId, clientId: 'pt', bootstrapBrokers: [broker], deserializers: platformatic.stringDeserializers, maxWaitTime: 200 });
    const a = new platformatic.Admin({ clientId: 'pt', bootstrapBrokers: [broker] });
    try {
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
      await within(20000, (async () => { let n = 0; for await (const m of stream) { await m.commit(); if (++n === 5) break; } })(), 'consuming');
      const offsets = await consumer.listCommittedOffsets({ topics: [{ topic, partitions: [0] }] });
      assert.equal(offsets.get(topic)[0], 5n);
      assert.ok((await a.listGroups()).has(groupId));
      const described = (await a.describeGroups({ groups: [groupId] })).get(groupId);
      assert.ok(['STABLE', 'EMPTY', 'Stable', 'Empty'].includes(described.state), described.state);
    } finally { await consumer.close(true); await a.close(); }
  },
  'platformatic/configs: describe and incremental alter': async () => {
    const topic = await fresh('pt-configs');
    const a = new platformatic.Admin({ clientId: 'pt', bootstrapBrokers: [broker] });
    const value = async (name) => (await a.describeConfigs({ resources: [{ resourceType: 2, resourceName: topic, configurationKeys: [name] }] }))[0].configs[0].value;
    try {
      await a.incrementalAlterConfigs({ resources: [{ resourceType: 2, resourceName: topic, configs: [{ name: 'retention.ms', configOperation: 0, value: '5000' }] }] });
      assert.equal(await value('retention.ms'), '5000');
      await a.incrementalAlterConfigs({ resources: [{ resourceType: 2, resourceName: topic, configs: [{ name: 'cleanup.policy', configOperation: 2, value: 'compact' }] }] });
      assert.equal(await value('cleanup.policy'), 'delete,compact');
      assert.equal(await value('retention.ms'), '5000');
    } finally { await a.close(); }
  },
};

let failed = 0;
const only = process.argv[3];
for (const [name, run] of Object.entries(cases)) {
  if (only && !name.includes(only)) continue;
  try {
    await within(60000, run(), 'the case');
    console.log(`pass ${name}`);
  } catch (e) {
    ++failed;
    console.log(`fail ${name}: ${String(e?.message ?? e).split('\n')[0]}${e?.errors ? ' / ' + e.errors.map((x) => x.message).join('; ') : ''}`);
    if (process.env.VERBOSE) console.log(e);
  }
}
await admin.disconnect();
process.exit(failed ? 1 : 0);

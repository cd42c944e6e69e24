// kafkajs against a node with authentication: node kafkajs.mjs HOST:PORT USERS_AS_JSON. One line per case: "pass NAME" or "fail NAME: why".
// The topic "orders" is there; ana may write and read it and use the groups that begin with "ana"; bo may nothing; admin everything.
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';
const require = createRequire(process.env.KAFKA_CLIENTS + '/');
const { Kafka, logLevel, AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = require('kafkajs');
const [broker, users] = [process.argv[2], JSON.parse(process.argv[3])];
const as = (username, mechanism, password = users[username], more = {}) =>
  new Kafka({ clientId: 'security-test', brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 1, initialRetryTime: 50 }, sasl: { mechanism, username, password }, ...more });
const refused = async (what, type) => {
  try { await what(); } catch (error) {
    assert.match([error.type, error.name, error.message, error.errors?.map((e) => e.type), error.cause?.type].join(' '), type);
    return;
  }
  assert.fail(`expected ${type}, but it was done`);
};
const write = async (kafka, topic = 'orders') => {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try { return await producer.send({ topic, messages: [{ key: 'k', value: 'from kafkajs' }] }); } finally { await producer.disconnect(); }
};
const read = async (kafka, groupId, count) => {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, rebalanceTimeout: 6000, heartbeatInterval: 500, maxWaitTimeInMs: 200 });
  await consumer.connect();
  let got = 0;
  try {
    await consumer.subscribe({ topic: 'orders', fromBeginning: true });
    await new Promise((done, no) => {
      const end = setTimeout(() => no(new Error(`read ${got} of ${count} records`)), 30000);
      consumer.on(consumer.events.CRASH, (e) => { clearTimeout(end); no(e.payload.error); });
      consumer.run({ eachMessage: async () => { if (++got >= count) { clearTimeout(end); done(); } } }).catch(no);
    });
  } finally { await consumer.disconnect(); }
};

const cases = {
  async 'plain writes and reads'() { await write(as('ana', 'plain')); await read(as('ana', 'plain'), 'ana-plain', 1); },
  async 'scram-sha-256 writes and reads'() { await write(as('ana', 'scram-sha-256')); await read(as('ana', 'scram-sha-256'), 'ana-256', 2); },
  async 'scram-sha-512 writes'() { await write(as('ana', 'scram-sha-512')); },
  async 'a wrong password is told'() {
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) await refused(() => write(as('ana', mechanism, 'wrong password')), /SASL|[Aa]uthentication/);
  },
  async 'no login is no connection'() { await refused(() => write(new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 0 } })), /connection|Connection/); },
  async 'writing without an ACL is denied'() { await refused(() => write(as('bo', 'scram-sha-256')), /opic authorization failed|TOPIC_AUTHORIZATION_FAILED|authorized to access topics/); },
  async 'another group is denied'() { await refused(() => read(as('ana', 'plain'), 'others', 1), /GROUP_AUTHORIZATION_FAILED|uthorized to access group|roup authorization failed|GroupCoordinatorNotFound/); },
  async 'creating a topic is denied'() {
    const admin = as('ana', 'plain').admin();
    await admin.connect();
    try { await refused(() => admin.createTopics({ topics: [{ topic: 'mine' }] }), /TOPIC_AUTHORIZATION_FAILED|errors/); } finally { await admin.disconnect(); }
  },
  async 'acls over the admin client'() {
    const admin = as('admin', 'scram-sha-512').admin();
    await admin.connect();
    const acl = { resourceType: AclResourceTypes.TOPIC, resourceName: 'ord', resourcePatternType: ResourcePatternTypes.PREFIXED, principal: 'User:bo', host: '*',
                  operation: AclOperationTypes.WRITE, permissionType: AclPermissionTypes.ALLOW };
    try {
      await admin.createAcls({ acl: [acl] });
      const { resources } = await admin.describeAcls({ ...acl, resourceName: 'orders', resourcePatternType: ResourcePatternTypes.MATCH, principal: 'User:bo' });
      assert.equal(resources.length, 1);
      assert.equal(resources[0].resourceName, 'ord');
      assert.deepEqual(resources[0].acls, [{ principal: 'User:bo', host: '*', operation: AclOperationTypes.WRITE, permissionType: AclPermissionTypes.ALLOW }]);
      await write(as('bo', 'plain'));
      const { filterResponses } = await admin.deleteAcls({ filters: [acl] });
      assert.equal(filterResponses[0].matchingAcls.length, 1);
      await refused(() => write(as('bo', 'plain')), /opic authorization failed|TOPIC_AUTHORIZATION_FAILED|authorized to access topics/);
    } finally { await admin.disconnect(); }
  },
  async 'acls by somebody who may not'() {
    const admin = as('ana', 'plain').admin();
    await admin.connect();
    const filter = { resourceType: AclResourceTypes.TOPIC, resourcePatternType: ResourcePatternTypes.ANY, operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY };
    try { await refused(() => admin.describeAcls(filter), /CLUSTER_AUTHORIZATION_FAILED|luster authorization failed/); } finally { await admin.disconnect(); }
  },
};
let failed = 0;
for (const [name, run] of Object.entries(cases)) {
  try { await run(); console.log(`pass ${name}`); } catch (error) { failed++; console.log(`fail ${name}: ${String(error?.message ?? error).replaceAll('\n', ' ').slice(0, 300)}`); }
}
process.exit(failed ? 1 : 0);

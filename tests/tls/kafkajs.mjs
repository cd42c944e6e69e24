// kafkajs over TLS: node kafkajs.mjs HOST:PORT CA_FILE [CERTIFICATE KEY]. Produces, reads back with a group, prints how many came.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
const require = createRequire(process.env.KAFKA_CLIENTS + '/');
const { Kafka, logLevel } = require('kafkajs');
const [broker, ca, cert, key] = process.argv.slice(2);
const ssl = { ca: [readFileSync(ca)], ...(cert ? { cert: readFileSync(cert), key: readFileSync(key) } : {}) };
const kafka = new Kafka({ clientId: 'tls', brokers: [broker], ssl, logLevel: logLevel.NOTHING, retry: { retries: 3 } });
const topic = `kafkajs-${process.pid}`;
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] });
const producer = kafka.producer();
await producer.connect();
await producer.send({ topic, messages: Array.from({ length: 200 }, (_, i) => ({ key: `${i}`, value: 'x'.repeat(i * 100) })) });
await producer.disconnect();
const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 200 });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
let bytes = 0, count = 0;
await new Promise((done, no) => {
  setTimeout(() => no(new Error(`only ${count} came`)), 60000).unref();
  consumer.run({ eachMessage: async ({ message }) => { bytes += message.value.length; if (++count === 200) done(); } }).catch(no);
});
await consumer.disconnect();
await admin.disconnect();
console.log(`${count} records, ${bytes} bytes`);

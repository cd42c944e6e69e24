// How to read a product, in six ways that work when pasted. Pure; addresses come from the port. Each language has a group of its own: clients of
// different kinds share out partitions in different ways, and a group that mixes them is refused.
import type { Lang } from "../../ui";
import type { Port } from "./port";
export interface Snippet { key: string; label: string; lang: Lang; text: string; note?: string }

const q = (s: string) => `'${s.replace(/'/g, `'\\''`)}'`;
const json = JSON.stringify;
const text = (s: string) => `'${s.replace(/'/g, "''")}'`;
export function registryOf(port: Port, origin: string): string {
  const m = / -r (\S+)/.exec(port.read_with.kcat ?? "");
  return m?.[1] ?? origin;
}
export const streamName = (topic: string) => { const n = topic.replace(/[^A-Za-z0-9_]/g, "_").toUpperCase(); return /^\d/.test(n) ? `S_${n}` : n; };

// login: where the node asks who somebody is, the name that stands in the snippet; the password never does.
export function snippets(port: Port, origin: string, known: { stream: string | null; kind: "stream" | "table" } | null, login: string | null = null): Snippet[] {
  const protocol = origin.startsWith("https:") ? "SASL_SSL" : "SASL_PLAINTEXT", user = login ?? "";
  const t = port.topic, boot = port.bootstrap, registry = registryOf(port, origin), format = port.value_schema?.type ?? null, avro = format === "AVRO";
  const stream = known?.stream ?? streamName(t), valueFormat = format === "PROTOBUF" ? "PROTOBUF" : format === "JSON" ? "JSON_SR" : avro ? "AVRO" : "JSON";
  const out: Snippet[] = [];
  out.push({ key: "kcat", label: "kcat", lang: "shell", text: (port.read_with.kcat ?? `kcat -b ${boot} -t ${q(t)} -C -o end`).replace(/ -(C|o|s|r|t) /g, (m, f: string) => (f === "C" || f === "r" || (f === "t" && t.length > 16) ? ` \\\n  -${f} ` : m)) + (login ? ` \\\n  -X security.protocol=${protocol} -X sasl.mechanism=SCRAM-SHA-256 \\\n  -X sasl.username=${q(user)} -X sasl.password="$PASSWORD"` : ""), note: login ? `Your password is in $PASSWORD; a group of your own needs the ACL read.${avro ? " Decoding Avro needs a kcat that was built with it." : ""}` : avro ? "Decoding Avro needs a kcat that was built with it; Debian's is not: leave out -s and -r there, and see the bytes." : undefined });
  out.push({ key: "sql", label: "SQL", lang: "sql", text: known ? `SELECT * FROM ${stream} EMIT CHANGES LIMIT 10;` : format ? `CREATE STREAM IF NOT EXISTS ${stream}\n  WITH (kafka_topic = ${text(t)}, value_format = '${valueFormat}');\n\nSELECT * FROM ${stream} EMIT CHANGES LIMIT 10;` : `CREATE STREAM IF NOT EXISTS ${stream} (line STRING)\n  WITH (kafka_topic = ${text(t)}, value_format = 'KAFKA');\n\nSELECT line FROM ${stream} EMIT CHANGES LIMIT 10;`, note: `Paste into Create, or into braid sql.${format || known ? "" : " No schema is registered, so a record is one text; EXTRACTJSONFIELD(line, '$.name') reads a field of JSON."}` });
  out.push({ key: "java", label: "Java", lang: "java", text: `import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;

public class Read {
  public static void main(String[] args) {
    var props = new Properties();
    props.put("bootstrap.servers", ${json(boot)});
    props.put("group.id", ${json(`my-${t}-java`)});
    props.put("auto.offset.reset", "latest");${login ? `
    props.put("security.protocol", "${protocol}");
    props.put("sasl.mechanism", "SCRAM-SHA-256");
    props.put("sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required username=\\"${user}\\" password=\\"" + System.getenv("PASSWORD") + "\\";");` : ""}
    props.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    props.put("value.deserializer", "${avro ? "io.confluent.kafka.serializers.KafkaAvroDeserializer" : "org.apache.kafka.common.serialization.StringDeserializer"}");${avro ? `\n    props.put("schema.registry.url", ${json(registry)});${login ? `\n    props.put("basic.auth.credentials.source", "USER_INFO");\n    props.put("basic.auth.user.info", ${json(`${user}:`)} + System.getenv("PASSWORD"));` : ""}` : ""}
    try (var consumer = new KafkaConsumer<String, Object>(props)) {
      consumer.subscribe(List.of(${json(t)}));
      while (true)
        for (var record : consumer.poll(Duration.ofSeconds(1)))
          System.out.println(record.key() + " " + record.value());
    }
  }
}` , note: avro ? "kafka-clients and io.confluent:kafka-avro-serializer." : "kafka-clients." });
  out.push({ key: "python", label: "Python", lang: "python", text: avro ? `# pip install "confluent-kafka[avro,schemaregistry]"${login ? "\nimport os" : ""}
from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

topic = ${json(t)}
value = AvroDeserializer(SchemaRegistryClient({"url": ${json(registry)}${login ? `, "basic.auth.user.info": ${json(`${user}:`)} + os.environ["PASSWORD"]` : ""}}))
consumer = Consumer({"bootstrap.servers": ${json(boot)}, "group.id": ${json(`my-${t}-python`)}, "auto.offset.reset": "latest"${login ? `, "security.protocol": "${protocol}", "sasl.mechanism": "SCRAM-SHA-256", "sasl.username": ${json(user)}, "sasl.password": os.environ["PASSWORD"]` : ""}})
consumer.subscribe([topic])
while True:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if message.error():
        raise RuntimeError(message.error())
    print(message.key(), value(message.value(), SerializationContext(topic, MessageField.VALUE)))` : `# pip install confluent-kafka${login ? "\nimport os" : ""}
from confluent_kafka import Consumer

consumer = Consumer({"bootstrap.servers": ${json(boot)}, "group.id": ${json(`my-${t}-python`)}, "auto.offset.reset": "latest"${login ? `, "security.protocol": "${protocol}", "sasl.mechanism": "SCRAM-SHA-256", "sasl.username": ${json(user)}, "sasl.password": os.environ["PASSWORD"]` : ""}})
consumer.subscribe([${json(t)}])
while True:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if message.error():
        raise RuntimeError(message.error())
    print(message.key(), message.value())` });
  out.push({ key: "js", label: "JS", lang: "js", text: format ? `// npm install kafkajs @kafkajs/confluent-schema-registry
const { Kafka } = require("kafkajs");
const { SchemaRegistry } = require("@kafkajs/confluent-schema-registry");

const registry = new SchemaRegistry({ host: ${json(registry)}${login ? `, auth: { username: ${json(user)}, password: process.env.PASSWORD }` : ""} });
const consumer = new Kafka({ brokers: [${json(boot)}]${login ? `, ssl: ${origin.startsWith("https:")}, sasl: { mechanism: "scram-sha-256", username: ${json(user)}, password: process.env.PASSWORD }` : ""} }).consumer({ groupId: ${json(`my-${t}-js`)} });

(async () => {
  await consumer.connect();
  await consumer.subscribe({ topic: ${json(t)} });
  await consumer.run({
    eachMessage: async ({ message }) => console.log(String(message.key), await registry.decode(message.value)),
  });
})();` : `// npm install kafkajs
const { Kafka } = require("kafkajs");

const consumer = new Kafka({ brokers: [${json(boot)}]${login ? `, ssl: ${origin.startsWith("https:")}, sasl: { mechanism: "scram-sha-256", username: ${json(user)}, password: process.env.PASSWORD }` : ""} }).consumer({ groupId: ${json(`my-${t}-js`)} });

(async () => {
  await consumer.connect();
  await consumer.subscribe({ topic: ${json(t)} });
  await consumer.run({ eachMessage: async ({ message }) => console.log(String(message.key), String(message.value)) });
})();` });
  out.push({ key: "curl", label: "curl", lang: "shell", text: `curl -N ${login ? `-u ${q(user)} ` : ""}${q(`${port.records_url || `${origin}/api/v1/topics/${encodeURIComponent(t)}/records`}?from=-10&follow=true`)}`, note: "One JSON object a line, as they come; without follow=true the last ten." });
  return out;
}

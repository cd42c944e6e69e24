#!/usr/bin/env python3
"""confluent-kafka-python against a node: its registry client, its Avro, JSON Schema and Protobuf serializers through topics with a contract, and
how its producer shows which record of a batch was refused. Run by clients.sh in an environment that has the package."""
import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "walk"))
from node import Checks, Node  # noqa: E402

from confluent_kafka import Consumer, KafkaError, Producer  # noqa: E402
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient, SchemaRegistryError  # noqa: E402
from confluent_kafka.schema_registry import ConfigCompatibilityLevel, ServerConfig  # noqa: E402
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer  # noqa: E402
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer  # noqa: E402
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer  # noqa: E402
from confluent_kafka.serialization import MessageField, SerializationContext  # noqa: E402
from google.protobuf import struct_pb2  # noqa: E402

AVRO = json.dumps({"type": "record", "name": "Order", "namespace": "shop", "fields": [{"name": "id", "type": "long"}, {"name": "note", "type": ["null", "string"], "default": None},
                                                                                      {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}}]})
JSON = json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", "title": "Order", "type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})


def sent(node, topic, records, options=None):
    """What became of each record: None, or the error's name. `records`: (value, headers)."""
    producer = Producer({"bootstrap.servers": node.kafka, "linger.ms": 300, **(options or {})})
    became = [None] * len(records)

    def note(index):
        return lambda error, _: became.__setitem__(index, error.name() if error else "ok")
    for index, (value, headers) in enumerate(records):
        producer.produce(topic, value, headers=headers, on_delivery=note(index))
    producer.flush(30)
    return became


def received(node, topic, count):
    consumer = Consumer({"bootstrap.servers": node.kafka, "group.id": topic + "-reader", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    out = []
    for _ in range(300):
        message = consumer.poll(0.1)
        if message is not None and not message.error():
            out.append(message)
        if len(out) == count:
            break
    consumer.close()
    return out


def gated(node, topic, **configs):
    settings = {"confluent.value.schema.validation": "true", "braid.contract.payload": "true", **configs}
    node.call("POST", "/api/v1/topics", {"name": topic, "partitions": 1, "configs": settings})


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", default="build")
    checks = Checks()
    node = Node(arguments.parse_args().build, "up")
    try:
        node.start()
        steps(checks, node)
    finally:
        if checks.failed:
            print("  the node's log ends with:\n    " + "\n    ".join(node.log().splitlines()[-15:]))
        node.close()
    checks.end()


def steps(checks, node):
    client = SchemaRegistryClient({"url": node.registry})

    def registry_client():
        one = client.register_schema("plain-value", Schema(AVRO, "AVRO"))
        assert client.get_schema(one).schema_type == "AVRO" and json.loads(client.get_schema(one).schema_str) == json.loads(AVRO)
        assert client.lookup_schema("plain-value", Schema(AVRO, "AVRO")).version == 1
        assert client.get_latest_version("plain-value").schema_id == one and client.get_versions("plain-value") == [1]
        assert "plain-value" in client.get_subjects()
        broken = json.dumps({"type": "record", "name": "Order", "namespace": "shop", "fields": [{"name": "id", "type": "string"}]})
        assert client.test_compatibility("plain-value", Schema(AVRO, "AVRO")) and not client.test_compatibility("plain-value", Schema(broken, "AVRO"))
        try:
            client.register_schema("plain-value", Schema(broken, "AVRO"))
            raise AssertionError("an incompatible schema was registered")
        except SchemaRegistryError as e:
            assert e.http_status_code == 409, e
        client.set_config("plain-value", ServerConfig(compatibility=ConfigCompatibilityLevel.NONE))
        assert client.get_config("plain-value").compatibility_level == "NONE"
        assert client.register_schema("plain-value", Schema(broken, "AVRO")) != one
        assert client.delete_version("plain-value", 2) == 2
        assert client.delete_subject("plain-value") == [1]
        assert client.delete_subject("plain-value", permanent=True) == [1, 2]
        try:
            client.get_latest_version("nobody")
            raise AssertionError("a subject that nobody registered was found")
        except SchemaRegistryError as e:
            assert (e.http_status_code, e.error_code) == (404, 40401), e

    def both_ways(topic, serialize, deserialize, values, show=lambda v: v):
        context = SerializationContext(topic, MessageField.VALUE)
        records = [(serialize(value, context), None) for value in values]
        assert sent(node, topic, records) == ["ok"] * len(values)
        read = [show(deserialize(message.value(), context)) for message in received(node, topic, len(values))]
        assert read == [show(v) for v in values], read
        shown = node.get(f"/api/v1/topics/{topic}")["contract"]
        assert shown["checked"] == len(values) and shown["refused"] == 0, shown

    def avro():
        import decimal
        gated(node, "avro")
        values = [{"id": 1, "note": None, "price": decimal.Decimal("12.50")}, {"id": -(1 << 62), "note": "ä", "price": decimal.Decimal("-0.01")}]
        both_ways("avro", AvroSerializer(client, AVRO), AvroDeserializer(client), values)

    def json_schema():
        gated(node, "json")
        both_ways("json", JSONSerializer(JSON, client), JSONDeserializer(None, schema_registry_client=client), [{"n": 1}, {"n": 2, "more": ["x"]}])

    def protobuf():
        gated(node, "proto")
        values = []
        for n in (1.5, -2):
            value = struct_pb2.Struct()
            value.update({"n": n, "list": [True, "x"]})
            values.append(value)
        both_ways("proto", ProtobufSerializer(struct_pb2.Struct, client, {"use.deprecated.format": False}), ProtobufDeserializer(struct_pb2.Struct, {"use.deprecated.format": False}), values,
                  lambda v: v.SerializeToString(deterministic=True))

    def ids_in_headers():
        from confluent_kafka.schema_registry import header_schema_id_serializer
        gated(node, "headers")
        headers = []
        context = SerializationContext("headers", MessageField.VALUE, headers)
        value = AvroSerializer(client, AVRO, conf={"schema.id.serializer": header_schema_id_serializer})({"id": 7, "note": "h", "price": __import__("decimal").Decimal("1.00")}, context)
        assert headers and headers[0][0] == "__value_schema_id", headers
        assert sent(node, "headers", [(value, headers)]) == ["ok"]
        assert sent(node, "headers", [(value, None)]) == ["INVALID_RECORD"]                # the same bytes without their header
        changed = [(headers[0][0], headers[0][1][:-1] + bytes([headers[0][1][-1] ^ 1]))]
        assert sent(node, "headers", [(value, changed)]) == ["INVALID_RECORD"]

    def each_record_of_a_batch_has_its_own_error():
        gated(node, "named")
        good = JSONSerializer(JSON, client)({"n": 1}, SerializationContext("named", MessageField.VALUE))
        became = sent(node, "named", [(good, None), (b"\0\0\0\x63\x63{}", None), (good, None), (b"{}", None)])
        assert became == ["_INVALID_DIFFERENT_RECORD", "INVALID_RECORD"] * 2, became
        assert sent(node, "named", [(good, None)], {"enable.idempotence": True}) == ["ok"]

    for step in (registry_client, avro, json_schema, protobuf, ids_in_headers, each_record_of_a_batch_has_its_own_error):
        checks.step("confluent-kafka-python: " + step.__name__.replace("_", " "), step)
    assert KafkaError


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Topics with a contract, and a registry that runs elsewhere: what is refused, diverted, counted and shown, whichever way records come."""
import argparse
import json
import pathlib
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walk"))
from node import Checks, Failed, HttpError, Node, eventually  # noqa: E402

NUMBER = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
RULE = {"enableAt": "SERVER", "domainRules": [{"name": "positive", "kind": "CONDITION", "type": "CEL", "mode": "WRITE", "expr": "message.n > 0", "onFailure": "ERROR"}]}
AVRO = {"type": "record", "name": "O", "fields": [{"name": "n", "type": "int"}]}


def refused(status, call):
    try:
        call()
    except HttpError as e:
        assert e.status == status, f"expected {status}, got {e}"
        return e.json
    raise Failed(f"expected {status}, but it was done")


def register(base, node, subject, schema, kind="JSON", **more):
    return node.call("POST", f"/subjects/{subject}/versions", {"schemaType": kind, "schema": json.dumps(schema), **more}, base=base)["id"]


def framed(schema_id, value):
    return struct.pack(">bi", 0, schema_id) + (value if isinstance(value, bytes) else json.dumps(value).encode())


def produce(node, topic, records, *options):
    """One batch by kcat. Returns what it says on failure; empty when all were taken."""
    done = subprocess.run(["kcat", "-b", node.kafka, "-P", "-t", topic, "-D", "\x1e", "-X", "linger.ms=200", *options], input=b"\x1e".join(records), capture_output=True, timeout=60)
    said = done.stderr.decode(errors="replace")
    assert (done.returncode == 0) == (said.strip() == ""), (done.returncode, said)
    return said


def values(node, topic):
    out = subprocess.run(["kcat", "-b", node.kafka, "-C", "-t", topic, "-e", "-q", "-f", "%o|%h|%s\n"], capture_output=True, timeout=60).stdout
    return [(int(o), h.decode(), v[5:].decode()) for o, h, v in (line.split(b"|", 2) for line in out.splitlines())]


def gate(checks, node):
    number = register(node.registry, node, "orders-value", NUMBER, ruleSet=RULE)
    other = register(node.registry, node, "other-value", {"type": "string"})

    def off_by_default():
        node.cli("topics", "create", "free")
        assert produce(node, "free", [b"anything"]) == ""
        shown = node.get("/api/v1/topics/free")["contract"]
        assert shown["checks_values"] is False and shown["checked"] == 0, shown
        assert "only counted" not in node.cli("topics", "describe", "free")

    def wrong_settings():
        said = node.cli("topics", "create", "wrong", "--config", "braid.contract.action=drop", exit_code=1)
        assert "use refuse, divert or count" in said, said

    def refuses():
        node.cli("topics", "create", "orders", "--config", "confluent.value.schema.validation=true", "--config", "braid.contract.payload=true")
        assert produce(node, "orders", [framed(number, {"n": 1}), framed(number, {"n": 2})]) == ""
        for bad in (framed(99, {"n": 1}), framed(other, b'"x"'), framed(number, {"n": 0}), framed(number, {"m": 1}), b'{"n":1}'):
            assert "failed to validate record" in produce(node, "orders", [framed(number, {"n": 1}), bad]), bad
        assert [v for _, _, v in values(node, "orders")] == ['{"n": 1}', '{"n": 2}']

    def refuses_whatever_the_way():
        write = lambda n: node.call("POST", "/api/v1/topics/orders/records", {"records": [{"value": {"n": n}}], "value_schema": "latest"})  # noqa: E731
        write(3)
        assert "rule 'positive' does not hold: message.n > 0" in refused(400, lambda: write(-3))["message"]
        assert "carries no schema id" in refused(400, lambda: node.call("POST", "/api/v1/topics/orders/records", {"records": [{"value": {"n": 1}}], "value_schema": "none"}))["message"]
        node.statement("CREATE STREAM orders_in (n BIGINT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');")
        said = refused(400, lambda: node.statement("INSERT INTO orders_in (n) VALUES (4);"))
        assert "carries no schema id" in json.dumps(said), said
        assert len(values(node, "orders")) == 3

    def tells():
        shown = node.get("/api/v1/topics/orders")["contract"]
        assert shown["refused"] == 8 and shown["diverted"] == 0 and len(shown["newest"]) == 8, shown
        text = node.cli("topics", "describe", "orders")
        assert "refused, 0 diverted" in text and "schema id 99 does not exist in the registry" in text, text
        metrics = node.get("/metrics", raw=True).decode()
        assert 'braid_contract_records_broken_total{action="refused",topic="orders"} 8' in metrics
        eventually("the audit says so", lambda: [e for e in node.get("/api/v1/audit?what=contract.broken")["entries"] if e["subject"] == "orders"])

    def counts():
        node.cli("topics", "change", "orders", "--config", "braid.contract.action=count")
        assert produce(node, "orders", [framed(number, {"n": -1})]) == ""
        assert node.get("/api/v1/topics/orders")["contract"]["counted"] == 1

    def diverts():
        node.cli("topics", "change", "orders", "--config", "braid.contract.action=divert")
        before = len(values(node, "orders"))
        batch = [framed(number, {"n": 5}), framed(number, {"n": -5}), framed(77, {"n": 6}), framed(number, {"n": 7})]
        for options in ([], ["-X", "enable.idempotence=true"], ["-z", "lz4"]):
            assert produce(node, "orders", batch, *options) == ""
        assert produce(node, "orders", [framed(number, {"n": -8})], "-X", "enable.idempotence=true") == ""      # nothing is left of it
        assert produce(node, "orders", [framed(number, {"n": 9})]) == ""
        assert [v for _, _, v in values(node, "orders")][before:] == ['{"n": 5}', '{"n": 7}'] * 3 + ['{"n": 9}']
        letters = values(node, "orders.dead-letters")
        assert [v for _, _, v in letters] == ['{"n": -5}', '{"n": 6}'] * 3 + ['{"n": -8}'], letters
        headers = dict(h.split("=", 1) for h in letters[0][1].split(","))
        assert headers["__rule.topic"] == "orders" and headers["__rule.name"] == "positive" and headers["__braid.partition"] == "0" and headers["__braid.record"] == "1", headers
        assert "rule 'positive' does not hold" in headers["__rule.exception"], headers
        assert "schema id 77 does not exist" in letters[1][1], letters[1]

    def survives_a_kill():
        here, there = values(node, "orders"), values(node, "orders.dead-letters")
        node.kill()
        node.start()
        assert values(node, "orders") == here and values(node, "orders.dead-letters") == there
        node.cli("topics", "change", "orders", "--config", "braid.contract.action=refuse")
        assert "failed to validate record" in produce(node, "orders", [framed(99, {})])

    def registered_and_written_at_once():
        for version in range(10):
            fields = [{"name": f"f{i}", "type": "int", "default": 0} for i in range(version)]
            if version == 0:
                node.cli("topics", "create", "quick", "--config", "confluent.value.schema.validation=true")
            schema_id = register(node.registry, node, "quick-value", {"type": "record", "name": "Q", "fields": fields}, "AVRO")
            assert produce(node, "quick", [framed(schema_id, b"")]) == "", version

    for step in (off_by_default, wrong_settings, refuses, refuses_whatever_the_way, tells, counts, diverts, survives_a_kill, registered_and_written_at_once):
        checks.step("contract: " + step.__name__.replace("_", " "), step)


def elsewhere(checks, remote, node):
    def is_listed_from_there():
        assert "theirs-value" in node.cli("schemas", "list") and node.get("/subjects") == remote.get("/subjects")
        assert node.get("/subjects", base=node.registry) == remote.get("/subjects")

    def passes_on():
        schema_id = register(node.registry, node, "through-value", NUMBER)
        assert remote.get(f"/schemas/ids/{schema_id}")["schema"] == json.dumps(NUMBER, separators=(",", ":"))
        assert node.get("/subjects/through-value/versions/latest")["id"] == schema_id
        assert refused(404, lambda: node.get("/subjects/nobody/versions", base=node.registry)) == {"error_code": 40401, "message": "Subject 'nobody' not found."}
        assert node.call("DELETE", "/subjects/through-value", base=node.registry) == [1]
        assert "through-value" not in node.cli("schemas", "list")

    def statements_register_there():
        node.statement("CREATE STREAM o (id INT KEY, n INT) WITH (KAFKA_TOPIC='o', PARTITIONS=1, VALUE_FORMAT='AVRO');")
        node.statement("INSERT INTO o (id, n) VALUES (1, 42);")
        assert "o-value" in remote.get("/subjects")
        rows = node.query("SELECT id, n FROM o EMIT CHANGES LIMIT 1;")
        assert [r["N"] for r in rows] == [42], rows

    def records_show_what_was_registered_there():
        node.cli("topics", "create", "late", "--config", "confluent.value.schema.validation=true")
        schema_id = register(remote.registry, remote, "late-value", AVRO, "AVRO")
        assert produce(node, "late", [framed(schema_id, b"\x54")]) == ""
        assert node.get("/api/v1/topics/late/records?from=beginning")["records"][0]["value"] == {"n": 42}
        assert "failed to validate record" in produce(node, "late", [framed(4711, b"\x54")])

    def checks_say_what_breaks():
        path = pathlib.Path(node.folder.name) / "late-value.avsc"
        path.write_text(json.dumps({**AVRO, "fields": [{"name": "n", "type": "string"}]}))
        said = node.cli("schemas", "check", str(path), exit_code=4)
        assert "n" in said and "int" in said and "string" in said, said

    def a_registry_that_is_away_is_said_to_be():
        known = node.get("/subjects/late-value/versions/latest")["id"]
        remote.stop()
        assert "does not answer" in refused(503, lambda: node.get("/subjects", base=node.registry))["message"]
        assert json.loads(node.get(f"/schemas/ids/{known}", base=node.registry)["schema"]) == AVRO                 # an id never changes
        assert [r["N"] for r in node.query("SELECT id, n FROM o EMIT CHANGES LIMIT 1;")] == [42]
        said = refused(503, lambda: node.statement("CREATE STREAM p (id INT KEY, n INT) WITH (KAFKA_TOPIC='p', PARTITIONS=1, VALUE_FORMAT='AVRO');"))
        assert "does not answer" in json.dumps(said), said

    def and_used_again_when_it_is_back():
        remote.start()
        eventually("the registry is used again", lambda: node.get("/subjects", base=node.registry))
        node.statement("CREATE STREAM p (id INT KEY, n INT) WITH (KAFKA_TOPIC='p', PARTITIONS=1, VALUE_FORMAT='AVRO');")
        assert "p-value" in remote.get("/subjects")

    for step in (is_listed_from_there, passes_on, statements_register_there, records_show_what_was_registered_there, checks_say_what_breaks,
                 a_registry_that_is_away_is_said_to_be, and_used_again_when_it_is_back):
        checks.step("registry elsewhere: " + step.__name__.replace("_", " "), step)


def away_at_first(checks, remote, node):
    """A node whose registry is not there yet when it starts."""
    def starts_and_says_so():
        remote.stop()
        node.start()
        assert "does not answer" in refused(503, lambda: node.get("/subjects", base=node.registry))["message"]
        node.cli("topics", "create", "plain")
        assert produce(node, "plain", [b"needs no schema"]) == ""

    def and_uses_it_when_it_comes():
        remote.start()
        eventually("the registry is used", lambda: node.get("/subjects", base=node.registry))
        schema_id = register(node.registry, node, "first-value", AVRO, "AVRO")
        assert remote.get(f"/schemas/ids/{schema_id}")
        eventually("its subjects are in the catalog", lambda: "theirs-value" in node.get("/subjects"))

    for step in (starts_and_says_so, and_uses_it_when_it_comes):
        checks.step("registry away at first: " + step.__name__.replace("_", " "), step)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", default="build")
    build = arguments.parse_args().build
    if shutil.which("kcat") is None:
        print("skipped: there is no kcat")
        return
    checks = Checks()
    remote = Node(build, "up")
    nodes = [remote]
    try:
        remote.start()
        gate(checks, remote)
        register(remote.registry, remote, "theirs-value", AVRO, "AVRO")
        node = Node(build, "up", ["--schema-registry-url", f"http://braid:pass%20word@127.0.0.1:{remote.registry_port}"])
        nodes.append(node)
        node.start()
        elsewhere(checks, remote, node)
        late = Node(build, "up", ["--schema-registry-url", f"http://127.0.0.1:{remote.registry_port}"])
        nodes.append(late)
        away_at_first(checks, remote, late)
    finally:
        if checks.failed:
            for one in nodes:
                print("  a node's log ends with:\n    " + "\n    ".join(one.log().splitlines()[-15:]))
        for one in nodes:
            one.close()
    checks.end()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Logins, ACLs and who is seen to have done what: a node with authentication: required, asked by HTTP, command line and real Kafka clients."""
import argparse
import base64
import json
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walk"))
from node import Checks, Failed, HttpError, Node, eventually  # noqa: E402

here = pathlib.Path(__file__).resolve().parent
USERS = {"admin": "", "ana": "ana's pass:word", "bo": "bo's long password"}


def login(user, password=None):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{USERS[user] if password is None else password}".encode()).decode()}


def refused(status, call):
    try:
        call()
    except HttpError as e:
        assert e.status == status, f"expected {status}, got {e}"
        return e.json
    raise Failed(f"expected {status}, but it was done")


def cli(node, user, *arguments, exit_code=0, stdin=None, **more):
    """`braid ARGUMENTS` as a user; the password goes by environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BRAID_")}
    environment.update({"BRAID_URL": node.main, "HOME": node.folder.name})
    if user:
        environment.update({"BRAID_USER": user, "BRAID_PASSWORD": USERS[user]})
    environment.update(more)
    done = subprocess.run([node.program, *arguments], capture_output=True, text=True, env=environment, input=stdin, timeout=120)
    if done.returncode != exit_code:
        raise Failed(f"braid {' '.join(arguments)}: exit code {done.returncode}, expected {exit_code}\n{done.stdout[-600:]}\n{done.stderr[-1200:]}")
    return done.stdout if exit_code == 0 else done.stderr


def kcat(node, user, mechanism, *arguments, password=None, stdin=None):
    given = ["-X", "security.protocol=SASL_PLAINTEXT", "-X", f"sasl.mechanism={mechanism}", "-X", f"sasl.username={user}",
             "-X", f"sasl.password={USERS[user] if password is None else password}"] if user else []
    return subprocess.run(["kcat", "-b", node.kafka, *given, *arguments], capture_output=True, text=True, input=stdin, timeout=60)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", default="build")
    build = arguments.parse_args().build
    checks = Checks()
    node = Node(build, "up", ["--authentication", "required", "--threads", "2"])
    try:
        before_the_first_start(checks, node)
        node.start()
        steps(checks, node)
    finally:
        if checks.failed:
            print("  the node's log ends with:\n    " + "\n    ".join(node.log().splitlines()[-15:]))
        node.close()
    checks.end()


def before_the_first_start(checks, node):
    def refuses(*flags):
        return cli(node, None, "up", "--data", node.data + "-none", "--kafka-port", "0", "--http-port", "0", "--registry-port", "0", "--ksql-port", "0", *flags, exit_code=refuses.code)

    def settings():
        refuses.code = 1
        assert "none, required" in refuses("--authentication", "requird"), "the values are named"
        assert "super_users" in refuses("--super-users", " ,")
        refuses.code = 6
        text = refuses("--authentication", "required", "--event-log", "127.0.0.1:1")
        assert "Kafka cluster" in text and "hint" in text, text

    checks.step("what cannot be is refused with a way out", settings)


def steps(checks, node):
    first_login = pathlib.Path(node.data) / "first-login"

    def first_user():
        assert stat.S_IMODE(first_login.stat().st_mode) == 0o600
        USERS["admin"] = first_login.read_text().split()[-1]
        assert len(USERS["admin"]) >= 24 and USERS["admin"] not in node.log(), "the password is in the file, and in no log"
        assert "first-login" in node.log()
        listed = json.loads(cli(node, None, "users", "list", "--json", BRAID_NETRC=str(first_login)))
        assert listed["authentication"] == "required"
        assert [u["name"] for u in listed["users"]] == ["admin"] and listed["users"][0]["super"], listed
        assert {c["mechanism"] for c in listed["users"][0]["credentials"]} == {"SCRAM-SHA-256", "SCRAM-SHA-512"}

    def http_asks():
        for base, path in ((node.main, "/api/v1/topics"), (node.main, "/"), (node.main, "/catalog/v1/search/basic"), (node.main, "/openapi.json"), (node.main, "/metrics"),
                           (node.main, "/priv/data-products"), (node.registry, "/subjects"), (node.ksql, "/info")):
            for headers in ({}, login("admin", "not the password"), login("ana"), {"Authorization": "Bearer x"}, {"Braid-As": "admin"}):
                refused(401, lambda: node.get(path, base=base, headers=headers))
        request = socket.create_connection(("127.0.0.1", node.http_port), timeout=30)
        request.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: request.recv(65536), b""))
        assert b"401" in answer.split(b"\r\n")[0] and b'\r\nWWW-Authenticate: Basic realm="braid"' in answer, answer[:400]
        assert refused(401, lambda: node.get("/subjects", base=node.registry))["error_code"] == 401
        for base, path in ((node.main, "/healthz"), (node.main, "/readyz"), (node.ksql, "/healthcheck")):
            node.get(path, base=base)
        node.get("/api/v1/topics", headers=login("admin"))
        node.get("/subjects", base=node.registry, headers=login("admin"))
        node.get("/info", base=node.ksql, headers=login("admin"))
        refused(403, lambda: node.call("POST", "/api/v1/topics", {"name": "by-another-site"}, headers={**login("admin"), "Origin": "http://evil.example"}))

    def command_line_asks():
        text = cli(node, None, "topics", "list", exit_code=5)
        assert "--user" in text and "BRAID_USER" in text, text
        assert "wrong" in cli(node, "admin", "topics", "list", exit_code=5, BRAID_PASSWORD="nonsense")
        password = pathlib.Path(node.folder.name) / "password"
        password.write_text(USERS["admin"] + "\n")
        cli(node, None, "topics", "list", "--user", "admin", "--password-file", str(password))
        netrc = pathlib.Path(node.folder.name) / ".netrc"
        netrc.write_text(f"machine example.com login x password y\nmachine 127.0.0.1\n  login admin\n  password {USERS['admin']}\n")
        cli(node, None, "topics", "list")
        assert cli(node, None, "sql", "-e", "SHOW TOPICS;") is not None
        netrc.unlink()

    def users():
        cli(node, "admin", "users", "add", "ana", stdin=USERS["ana"] + "\n")
        generated = cli(node, "admin", "users", "add", "bo", "--generate").strip()
        assert len(generated) == 24
        assert "already" in cli(node, "admin", "users", "add", "bo", "--generate", exit_code=3)
        cli(node, "admin", "users", "password", "bo", stdin=USERS["bo"] + "\n")
        refused(401, lambda: node.get("/api/v1/topics", headers=login("bo", generated)))
        node.get("/api/v1/topics", headers=login("bo"))
        refused(400, lambda: node.call("PUT", "/api/v1/users/cy", {"password": "short"}, headers=login("admin")))
        refused(400, lambda: node.call("PUT", "/api/v1/users/cy", {"password": "long enough", "iterations": 10}, headers=login("admin")))
        refused(403, lambda: node.call("PUT", "/api/v1/users/cy", {"password": "long enough"}, headers=login("bo")))
        refused(403, lambda: node.get("/api/v1/users", headers=login("bo")))
        node.call("PUT", "/api/v1/users/bo", {"password": USERS["bo"]}, headers=login("bo"))   # one's own
        refused(409, lambda: node.call("DELETE", "/api/v1/users/admin", headers=login("admin")))
        assert cli(node, "admin", "names", "user").split() == ["admin", "ana", "bo"]
        old, USERS["admin"] = USERS["admin"], "the admin's own password"
        cli(node, "admin", "users", "password", "admin", stdin=USERS["admin"] + "\n", BRAID_PASSWORD=old)
        assert not first_login.exists(), "what it holds is worth nothing now"

    def acls():
        cli(node, "admin", "topics", "create", "orders")
        cli(node, "admin", "topics", "create", "secrets")
        assert "no ACLs" in cli(node, "admin", "acls", "list")
        out = cli(node, "admin", "acls", "add", "ana", "read,write", "--topic", "orders")
        assert "orders" in out and "write" in out, out
        assert "already" in cli(node, "admin", "acls", "add", "ana", "read", "--topic", "orders")
        cli(node, "admin", "acls", "add", "ana", "read", "--group", "ana", "--prefix")
        assert "did you mean" in cli(node, "admin", "acls", "add", "ana", "raed", "--topic", "orders", exit_code=1)
        cli(node, "admin", "acls", "add", "ana", "idempotent-write", "--topic", "orders", exit_code=1)
        cli(node, "ana", "acls", "list", exit_code=5)
        cli(node, "admin", "acls", "add", "*", "all", "--topic", "sec", "--prefix", "--deny")
        listed = json.loads(cli(node, "admin", "acls", "list", "--topic", "secrets", "--json"))
        assert [a["name"] for a in listed["acls"]] == ["sec"] and listed["enforced"], listed

    def kcat_clients():
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
            done = kcat(node, "ana", mechanism, "-P", "-t", "orders", stdin=f"by {mechanism}\n")
            assert done.returncode == 0, done.stderr
            wrong = kcat(node, "ana", mechanism, "-L", "-m", "5", password="wrong password")
            assert wrong.returncode != 0 and "uthentication" in wrong.stderr, wrong.stderr
        read = kcat(node, "ana", "SCRAM-SHA-256", "-C", "-t", "orders", "-o", "beginning", "-e", "-q")
        assert read.stdout.splitlines()[:3] == ["by PLAIN", "by SCRAM-SHA-256", "by SCRAM-SHA-512"], read.stdout + read.stderr
        assert kcat(node, None, None, "-L", "-m", "5").returncode != 0, "without a login there is nothing"
        seen = kcat(node, "bo", "PLAIN", "-L", "-J")
        assert json.loads(seen.stdout)["topics"] == [], seen.stdout
        denied = kcat(node, "bo", "PLAIN", "-P", "-t", "orders", "-X", "message.timeout.ms=5000", stdin="no\n")
        assert denied.returncode != 0 and "uthorization" in denied.stderr, denied.stderr
        denied = kcat(node, "ana", "PLAIN", "-C", "-t", "secrets", "-o", "beginning", "-e", "-q")
        assert denied.returncode != 0 and "uthorization" in denied.stderr, denied.stderr
        everything = kcat(node, "admin", "SCRAM-SHA-512", "-L", "-J")
        names = [t["topic"] for t in json.loads(everything.stdout)["topics"]]
        assert "secrets" in names and "__braid_security" not in names, names

    def kafkajs():
        done = subprocess.run(["node", str(here / "kafkajs.mjs"), node.kafka, json.dumps(USERS)], capture_output=True, text=True, timeout=300)
        print("\n".join("          " + line for line in done.stdout.splitlines()))
        assert done.returncode == 0 and "pass" in done.stdout, done.stdout + done.stderr[-800:]

    def confluent():
        from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, ResourcePatternType, ResourceType, ScramCredentialInfo,
                                           ScramMechanism, UserScramCredentialDeletion, UserScramCredentialUpsertion)
        from confluent_kafka import KafkaException

        def client(user, password=None, mechanism="SCRAM-SHA-256"):
            return AdminClient({"bootstrap.servers": node.kafka, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism, "sasl.username": user,
                                "sasl.password": password or USERS[user]})
        admin = client("admin")
        for future in admin.alter_user_scram_credentials([UserScramCredentialUpsertion("cy", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), b"cy's password")]).values():
            future.result(30)
        described = admin.describe_user_scram_credentials(["cy"])["cy"].result(30)
        assert [(i.mechanism, i.iterations) for i in described.scram_credential_infos] == [(ScramMechanism.SCRAM_SHA_256, 4096)]
        assert len(client("cy", "cy's password").list_topics(timeout=30).brokers) == 1
        USERS["cy"] = "cy's password"
        node.get("/api/v1/topics", headers=login("cy"))   # the same user over HTTP
        binding = AclBinding(ResourceType.TOPIC, "orders", ResourcePatternType.LITERAL, "User:cy", "*", AclOperation.READ, AclPermissionType.ALLOW)
        for future in admin.create_acls([binding]).values():
            future.result(30)
        found = admin.describe_acls(AclBindingFilter(ResourceType.TOPIC, "orders", ResourcePatternType.MATCH, "User:cy", None, AclOperation.ANY, AclPermissionType.ANY)).result(30)
        assert found == [binding], found
        assert "orders" in client("cy", "cy's password").list_topics(timeout=30).topics
        operations = admin.describe_cluster(include_authorized_operations=True).result(30).authorized_operations
        assert AclOperation.ALTER in operations, operations
        try:
            of_cy = client("cy", "cy's password")   # must live until its answer comes
            list(of_cy.create_acls([binding]).values())[0].result(30)
            raise Failed("cy made an ACL")
        except KafkaException as e:
            assert "CLUSTER_AUTHORIZATION_FAILED" in str(e), e
        for future in admin.alter_user_scram_credentials([UserScramCredentialDeletion("cy", ScramMechanism.SCRAM_SHA_256)]).values():
            future.result(30)
        refused(401, lambda: node.get("/api/v1/topics", headers=login("cy")))

    def http_and_sql_keep_the_acls():
        records = node.get("/api/v1/topics/orders/records?from=beginning", headers=login("ana"))["records"]
        assert len(records) >= 3
        refused(403, lambda: node.get("/api/v1/topics/orders/records?from=beginning", headers=login("bo")))
        refused(403, lambda: node.get("/api/v1/topics/secrets/records?from=beginning", headers=login("ana")))
        refused(403, lambda: node.call("POST", "/api/v1/topics/orders/records", {"records": [{"value": "x"}]}, headers=login("bo")))
        refused(404, lambda: node.get("/api/v1/topics/__braid_security", headers=login("admin")))
        refused(404, lambda: node.get("/api/v1/topics/__braid_security/records", headers=login("admin")))
        node.statement("CREATE STREAM orders (line STRING) WITH (kafka_topic='orders', value_format='KAFKA');", headers=login("admin"))
        select = {"sql": "SELECT * FROM orders EMIT CHANGES LIMIT 1;", "properties": {"auto.offset.reset": "earliest"}}
        assert b"by PLAIN" in node.call("POST", "/query-stream", select, raw=True, headers=login("ana"))
        for path, body in (("/query-stream", select), ("/api/v1/sql/preview", {"sql": select["sql"]}), ("/ksql", {"ksql": "CREATE STREAM copy AS SELECT * FROM orders;"}),
                           ("/ksql", {"ksql": "INSERT INTO orders VALUES ('x');"}), ("/query", {"ksql": "PRINT orders FROM BEGINNING LIMIT 1;"})):
            refused(403, lambda: node.call("POST", path, body, headers=login("bo")))

    def acting_as_somebody():
        node.call("PUT", "/api/v1/people/pat", {"platform": True, "full_name": "Pat"}, headers=login("admin"))
        assert node.get("/api/v1/whoami", headers={**login("admin"), "Braid-As": "pat"})["person"] == "pat"
        assert node.get("/api/v1/whoami?as=pat", headers=login("admin"))["person"] == "pat"
        refused(403, lambda: node.get("/api/v1/whoami", headers={**login("ana"), "Braid-As": "pat"}))
        refused(401, lambda: node.get("/api/v1/whoami", headers={**login("admin"), "Braid-As": "nobody"}))
        node.call("PUT", "/api/v1/people/ana", {"full_name": "Ana"}, headers={**login("admin"), "Braid-As": "pat"})
        assert node.get("/api/v1/whoami", headers=login("ana"))["person"] == "ana", "a user is the person of that name"
        refused(403, lambda: node.call("PUT", "/api/v1/domains/d", {"title": "D"}, headers=login("ana")))
        entry = [e for e in node.get("/api/v1/audit?limit=50", headers=login("admin"))["entries"] if e["subject"] == "ana" and e["kind"] == "person"][0]
        assert entry["who"] == "pat" and "login admin" in entry["client"], entry

    def the_audit_knows():
        entries = node.get("/api/v1/audit?limit=200", headers=login("admin"))["entries"]
        seen = {(e["what"], e["subject"], e["who"]) for e in entries}
        for one in (("user.created", "admin", "anonymous"), ("user.created", "ana", "admin"), ("user.password_changed", "bo", "admin"), ("user.password_changed", "bo", "bo"), ("acl.added", "ana", "admin")):
            assert one in seen, f"{one} is not in {sorted(seen)}"
        assert not any(USERS["ana"] in json.dumps(e) for e in entries)

    def lineage_knows():
        def told():
            text = cli(node, "admin", "lineage", "orders", "--json")
            return '"ana"' in text and "kafka" in text
        eventually("ana's reading and writing is in lineage", told)

    def after_a_kill():
        node.kill()
        node.start()
        assert cli(node, "admin", "names", "user").split()[:3] == ["admin", "ana", "bo"]
        assert kcat(node, "ana", "SCRAM-SHA-512", "-P", "-t", "orders", stdin="after a kill\n").returncode == 0
        assert kcat(node, "ana", "PLAIN", "-C", "-t", "secrets", "-e", "-q").returncode != 0
        assert not first_login.exists()

    def who_leaves():
        out = cli(node, "admin", "users", "remove", "ana")
        assert "ACLs still name" in out, out
        gone = cli(node, "admin", "acls", "remove", "ana", "--dry-run")
        assert "orders" in gone
        cli(node, "admin", "acls", "remove", "ana")
        assert "no such ACL" in cli(node, "admin", "acls", "remove", "ana")
        refused(401, lambda: node.get("/api/v1/topics", headers=login("ana")))
        assert kcat(node, "ana", "SCRAM-SHA-256", "-L", "-m", "5").returncode != 0
        assert "no user" in cli(node, "admin", "users", "remove", "nobody-here", exit_code=2)

    def another_super_user():
        assert node.stop() == 0
        arguments = [node.program, "up", "--data", node.data, "--authentication", "required", "--super-users", "root", "--kafka-port", "0", "--http-port", "0", "--registry-port", "0", "--ksql-port", "0"]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "super_users" in done.stderr and "admin, bo" in done.stderr, done.stderr[-600:]

    checks.step("the first user comes with the first start", first_user)
    checks.step("every HTTP API asks who it is, and health checks do not", http_asks)
    checks.step("the command line logs in by environment, file and netrc", command_line_asks)
    checks.step("users are added, given passwords, listed", users)
    checks.step("acls are added and listed", acls)
    if shutil.which("kcat"):
        checks.step("kcat: each mechanism, wrong passwords, denied topics", kcat_clients)
    else:
        print("  skipped kcat: it is not installed")
    if shutil.which("node") and (pathlib.Path(os.environ.get("KAFKA_CLIENTS", "/nowhere")) / "node_modules/kafkajs").exists():
        checks.step("kafkajs: logins, denials, ACLs by its admin client", kafkajs)
    else:
        print("  skipped kafkajs: it is not there")
    try:
        import confluent_kafka  # noqa: F401
        checks.step("confluent-kafka: SCRAM users and ACLs by its admin client", confluent)
    except ImportError:
        print("  skipped confluent-kafka: it is not there")
    checks.step("SQL and HTTP keep to the ACLs", http_and_sql_keep_the_acls)
    checks.step("super users act as others, nobody else does", acting_as_somebody)
    checks.step("the audit knows who changed what", the_audit_knows)
    checks.step("lineage knows who reads and writes", lineage_knows)
    checks.step("after kill -9 everything is as it was", after_a_kill)
    checks.step("who is removed is out", who_leaves)
    checks.step("a node that nobody could manage does not start", another_super_user)


main()

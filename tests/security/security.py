#!/usr/bin/env python3
"""Logins, ACLs and who is seen to have done what: a node with authentication: required, asked by HTTP, command line and real Kafka clients."""
import argparse
import base64
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import urllib.request

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


def over_tls(checks, build):
    """SASL_SSL with kcat: each mechanism, wrong passwords, sessions that are renewed."""
    if not shutil.which("kcat") or not shutil.which("openssl"):
        print("  skipped SASL_SSL: kcat or openssl is not installed")
        return
    with tempfile.TemporaryDirectory(prefix="braid-sasl-") as folder:
        crt, key = f"{folder}/node.crt", f"{folder}/node.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-keyout", key, "-out", crt, "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True, timeout=60)
        node = Node(build, "up", ["--authentication", "required", "--threads", "2", "--tls-certificate", crt, "--tls-key", key, "--kafka-session-seconds", "1"])
        node.main = f"https://localhost:{node.http_port}"
        node.kafka = f"localhost:{node.kafka_port}"
        urllib.request.install_opener(urllib.request.build_opener(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=crt))))

        def options(user, mechanism, password=None):
            return ["kcat", "-b", node.kafka, "-X", "security.protocol=SASL_SSL", "-X", f"ssl.ca.location={crt}", "-X", f"sasl.mechanism={mechanism}", "-X", f"sasl.username={user}",
                    "-X", f"sasl.password={password or USERS[user]}"]

        def run(user, mechanism, *arguments, password=None, stdin=None):
            return subprocess.run(options(user, mechanism, password) + list(arguments), capture_output=True, text=True, input=stdin, timeout=60)

        def mechanisms():
            USERS["admin"] = (pathlib.Path(node.data) / "first-login").read_text().split()[-1]
            node.call("PUT", "/api/v1/users/ana", {"password": USERS["ana"]}, headers=login("admin"))
            node.call("POST", "/api/v1/topics", {"name": "orders"}, headers=login("admin"))
            acls = [{"user": "ana", "operation": o, "resource": "topic", "name": "orders"} for o in ("read", "write")]
            node.call("POST", "/api/v1/acls", {"acls": acls}, headers=login("admin"))
            for mechanism in ("PLAIN", "SCRAM-SHA-512", "SCRAM-SHA-256"):
                done = run("ana", mechanism, "-P", "-t", "orders", stdin=f"by {mechanism}\n")
                assert done.returncode == 0, done.stderr
                wrong = run("ana", mechanism, "-L", "-m", "5", password="not the password")
                assert wrong.returncode != 0 and "uthentication" in wrong.stderr, wrong.stderr
            read = run("ana", "SCRAM-SHA-512", "-C", "-t", "orders", "-o", "beginning", "-e", "-q")
            assert read.stdout.split("\n")[:3] == ["by PLAIN", "by SCRAM-SHA-512", "by SCRAM-SHA-256"], read.stdout + read.stderr
            plain = subprocess.run(["kcat", "-b", node.kafka, "-L", "-m", "5"], capture_output=True, text=True, timeout=60)
            assert plain.returncode != 0, "without TLS there is nothing"
            unauthenticated = subprocess.run(["kcat", "-b", node.kafka, "-X", "security.protocol=SSL", "-X", f"ssl.ca.location={crt}", "-L", "-m", "5"], capture_output=True, text=True, timeout=60)
            assert unauthenticated.returncode != 0, "TLS without a login is not enough"

        def logins():
            for line in node.call("GET", "/metrics", raw=True, headers=login("admin")).decode().splitlines():
                if line.startswith("braid_logins_total "):
                    return float(line.split()[-1])
            raise Failed("no metric braid_logins_total")

        def sessions():
            from confluent_kafka import Consumer, TopicPartition
            follower = Consumer({"bootstrap.servers": node.kafka, "security.protocol": "SASL_SSL", "ssl.ca.location": crt, "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "ana",
                                 "sasl.password": USERS["ana"], "group.id": "none", "enable.auto.commit": False})
            try:
                follower.assign([TopicPartition("orders", 0, 0)])
                seen = []

                def read_on(text):
                    def probe():
                        message = follower.poll(0.2)   # errors on the way (a session's end) are the client's to get over
                        if message is not None and message.error() is None:
                            seen.append(message.value().decode())
                        return text in seen
                    node.call("POST", "/api/v1/topics/orders/records", {"records": [{"value": text}], "value_schema": "none"}, headers=login("admin"))
                    eventually(f"the follower reads {text}", probe, 60)
                read_on("in the first session")
                before = logins()

                def renewed():
                    follower.poll(0.2)
                    return logins() >= before + 3
                eventually("the follower has logged in three times more", renewed, 60)   # a session lasts a second
                read_on("in a later session")
                assert len(seen) == len(set(seen)), f"nothing came twice: {seen}"
            finally:
                follower.close()

        try:
            node.start()
            checks.step("SASL_SSL: PLAIN and SCRAM by kcat, wrong passwords, no way around TLS or login", mechanisms)
            try:
                import confluent_kafka  # noqa: F401
                checks.step("SASL_SSL: a client goes on from session to session", sessions)
            except ImportError:
                print("  skipped sessions: confluent-kafka is not there")
        finally:
            if checks.failed:
                print("  the TLS node's log ends with:\n    " + "\n    ".join(node.log().splitlines()[-15:]))
            node.close()
            urllib.request.install_opener(urllib.request.build_opener())


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
    over_tls(checks, build)
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

    def every_path_asks():
        described = node.get("/openapi.json", headers=login("admin"))["paths"]
        calls = [(node.main, method.upper(), re.sub(r"\{[^}]*\}", "x", path)) for path, methods in described.items() for method in methods if method in ("get", "post", "put", "patch", "delete")]
        assert len(calls) > 60, len(calls)
        calls += [(node.main, m, p) for m, p in (("GET", "/assets/x.js"), ("GET", "/products/x"), ("GET", "/subjects"), ("POST", "/subjects/x/versions"), ("PUT", "/config"), ("DELETE", "/subjects/x"), ("POST", "/ksql"),
                                                 ("POST", "/query-stream"), ("POST", "/inserts-stream"), ("POST", "/catalog/v1/entity/tags"), ("GET", "/priv/topics"), ("POST", "/priv/data-products"),
                                                 ("POST", "/ksqldb/execute-use-case/x"), ("GET", "/nothing/there"), ("GET", "/metrics"), ("OPTIONS", "/api/v1/topics"), ("GET", "/contexts/x/subjects"))]
        calls += [(node.registry, m, p) for m, p in (("GET", "/"), ("POST", "/subjects/x/versions"), ("GET", "/mode"), ("PUT", "/mode"), ("GET", "/catalog/v1/search/basic"), ("DELETE", "/contexts/x"))]
        calls += [(node.ksql, m, p) for m, p in (("GET", "/"), ("POST", "/ksql"), ("POST", "/query"), ("POST", "/close-query"), ("GET", "/clusterStatus"), ("GET", "/v1/metadata"), ("GET", "/ws/query"))]
        for base, method, path in calls:
            body = {} if method in ("POST", "PUT", "PATCH") else None
            try:
                node.call(method, path, body, base=base, raw=True)
                raise Failed(f"{method} {base}{path} was answered without a login")
            except HttpError as e:
                assert e.status == 401, f"{method} {base}{path}: {e}"

    def upgrades_and_pages_ask():
        def raw(text):
            with socket.create_connection(("127.0.0.1", node.http_port), timeout=30) as c:
                c.sendall(text.replace("\n", "\r\n").encode())
                answer = b""
                while b"\r\n\r\n" not in answer:
                    piece = c.recv(65536)
                    if not piece:
                        break
                    answer += piece
            return answer.split(b"\r\n\r\n")[0].decode()
        socket_request = "GET /priv/socket HTTP/1.1\nHost: 127.0.0.1\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\nSec-WebSocket-Protocol: v12.stomp\n"
        authorization = "Authorization: " + login("admin")["Authorization"] + "\n"
        asked = raw(socket_request + "\n")
        assert " 401 " in asked and 'WWW-Authenticate: Basic realm="braid"' in asked, asked
        assert " 101 " in raw(socket_request + authorization + "\n")
        assert " 403 " in raw(socket_request + authorization + "Origin: http://evil.example\n\n"), "the page of another site opens no websocket with the browser's password"
        for path in ("/api/v1/live", "/api/v1/events", "/api/v1/topics/x/records?follow=true"):
            assert " 401 " in raw(f"GET {path} HTTP/1.1\nHost: 127.0.0.1\n\n"), path
        assert " 200 " in raw(f"GET /api/v1/live HTTP/1.1\nHost: 127.0.0.1\n{authorization}\n")
        # What a browser does at the portal: it is asked, shows its dialog, and comes again.
        page = "GET / HTTP/1.1\nHost: 127.0.0.1\nAccept: text/html\n"
        asked = raw(page + "\n")
        assert " 401 " in asked and "WWW-Authenticate: Basic" in asked, asked
        shown = raw(page + authorization + "\n")
        assert " 200 " in shown and "text/html" in shown, shown
        h2c = raw("GET /api/v1/topics HTTP/1.1\nHost: 127.0.0.1\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__\n\n")
        assert " 200 " not in h2c, h2c

    def bodies_wait_for_the_login():
        def ask(port, fields, body=b"", path="/subjects/s/versions"):
            """The answer to a head; it has come before `body` is sent, and `body` is sent only to see what the connection does then."""
            c = socket.create_connection(("127.0.0.1", port), timeout=30)
            c.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{fields}\r\n".encode())
            answer = b""
            while True:
                head, _, rest = answer.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                if length and len(rest) >= int(length[1]):
                    break
                piece = c.recv(65536)
                if not piece:
                    break
                answer += piece
            if body is None:
                rest = b"".join(iter(lambda: c.recv(65536), b""))
                assert rest == b"", "and then the connection ends"
            return c, answer.decode()

        def small(c, length):
            authorization = "Authorization: " + login("admin")["Authorization"]
            c.sendall(b"x" * length + f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: c.recv(65536), b"")).decode()

        wrong = "Authorization: " + login("admin", "not the password")["Authorization"] + "\r\n"
        for port in (node.http_port, node.registry_port, node.ksql_port):
            for fields in ("Content-Length: 10000000\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 10000000\r\nExpect: 100-continue\r\n", "Content-Length: 10000000\r\n" + wrong):
                c, answer = ask(port, fields, None)
                assert answer.startswith("HTTP/1.1 401 ") and "\r\nConnection: close\r\n" in answer, answer[:300]
                c.close()
        c, answer = ask(node.http_port, "Content-Length: 2000\r\n")
        assert answer.startswith("HTTP/1.1 401 ") and "Connection: close" not in answer, answer[:300]
        assert small(c, 2000).startswith("HTTP/1.1 200 "), "the connection goes on behind the body of a refused call"
        c.close()
        # What may not be changed by this user is refused by the head too.
        stranger = "Authorization: " + login("admin")["Authorization"] + "\r\nOrigin: http://evil.example\r\n"
        c, answer = ask(node.http_port, "Content-Length: 10000000\r\n" + stranger, None)
        assert answer.startswith("HTTP/1.1 403 "), answer[:300]
        c.close()
        # And who may call is asked for the body.
        c = socket.create_connection(("127.0.0.1", node.http_port), timeout=30)
        text = json.dumps({"schema": '"string"'}).encode()
        c.sendall(f"POST /subjects/by-hand HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(text)}\r\nExpect: 100-continue\r\nAuthorization: {login('admin')['Authorization']}\r\nConnection: close\r\n\r\n".encode())
        asked = c.recv(65536)
        assert asked == b"HTTP/1.1 100 Continue\r\n\r\n", asked
        c.sendall(text)
        done = b"".join(iter(lambda: c.recv(65536), b"")).decode()
        assert done.startswith("HTTP/1.1 404 ") and "40401" in done, done

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

    def nothing_gets_around_the_acls():
        """Bo has a login and no ACL. Each of these would read, write or change what only ACLs allow."""
        node.call("POST", "/api/v1/topics", {"name": "cards"}, headers=login("admin"))
        node.call("POST", "/api/v1/topics/cards/records", {"records": [{"key": "k", "value": "4111-secret-number"}], "value_schema": "none"}, headers=login("admin"))
        node.statement("CREATE STREAM cards (line STRING) WITH (kafka_topic='cards', value_format='KAFKA');", headers=login("admin"))
        node.statement("CREATE STREAM cards_copy AS SELECT * FROM cards;", headers=login("admin"))
        query = [q["id"] for q in node.get("/api/v1/queries", headers=login("admin")) if q["writes"] == "CARDS_COPY"][0]
        kcat(node, "admin", "PLAIN", "-G", "settled", "-e", "-o", "beginning", "cards")
        schema = {"schema": json.dumps({"type": "record", "name": "C", "fields": [{"name": "a", "type": "string"}]})}
        node.call("POST", "/subjects/cards-value/versions", schema, headers=login("admin"))

        def sql(text, properties=None):
            return ("POST", "/ksql", {"ksql": text, "streamsProperties": properties or {}})

        def registry(method, path, body=None):
            return [(base, method, path, body) for base in (node.main, node.registry)]
        attempts = [(node.main, *a) for a in (
            sql("CREATE STREAM peek (line STRING) WITH (kafka_topic='cards', value_format='KAFKA');"),
            sql("CREATE STREAM fresh (line STRING) WITH (kafka_topic='fresh', value_format='KAFKA', partitions=1);"),
            sql("DROP STREAM cards_copy;"), sql("DROP STREAM cards DELETE TOPIC;"), sql("DROP STREAM cards;"), sql("ALTER STREAM cards ADD COLUMN x INT;"),
            sql("CREATE OR REPLACE STREAM cards (line STRING, x INT) WITH (kafka_topic='cards', value_format='KAFKA');"),
            sql("INSERT INTO cards VALUES ('x');"), sql(f"PAUSE {query};"), sql(f"TERMINATE {query};"), sql("TERMINATE ALL;"), sql("CREATE STREAM mine AS SELECT * FROM cards;"),
            ("POST", f"/api/v1/queries/{query}/pause", {}), ("POST", f"/api/v1/queries/{query}/terminate?force=true", {}),
            ("POST", "/query", {"ksql": "PRINT cards FROM BEGINNING LIMIT 1;"}), ("POST", "/query", {"ksql": "SELECT * FROM cards EMIT CHANGES LIMIT 1;"}),
            ("POST", "/api/v1/sql/preview", {"sql": "CREATE STREAM z AS SELECT * FROM cards;"}), ("GET", "/api/v1/topics/cards/records?from=beginning", None),
            ("GET", "/api/v1/topics/cards/records?follow=true", None), ("POST", "/api/v1/topics/cards/records", {"records": [{"value": "x"}]}), ("POST", "/api/v1/load?topic=cards&append=true", {"a": 1}),
            ("POST", "/api/v1/load?topic=loaded", {"a": 1}), ("POST", "/api/v1/topics", {"name": "mine"}), ("PATCH", "/api/v1/topics/cards", {"configs": {"retention.ms": "1"}}), ("DELETE", "/api/v1/topics/cards", None),
            ("POST", "/api/v1/groups/settled/offsets", {"topic": "cards", "to": "earliest"}), ("DELETE", "/api/v1/groups/settled", None), ("PUT", "/api/v1/users/eve", {"password": "long enough"}),
            ("POST", "/api/v1/acls", {"acls": [{"user": "bo", "operation": "read", "resource": "topic", "name": "cards"}]}), ("GET", "/api/v1/acls", None), ("DELETE", "/api/v1/users/ana", None),
            ("POST", "/catalog/v1/types/tagdefs", [{"name": "Secret"}]), ("PUT", "/catalog/v1/entity/tags", []))]
        for calls in (registry("POST", "/subjects/cards-value/versions", schema), registry("DELETE", "/subjects/cards-value"), registry("DELETE", "/subjects/cards-value/versions/1"),
                      registry("PUT", "/config", {"compatibility": "NONE"}), registry("PUT", "/config/cards-value", {"compatibility": "NONE"}), registry("PUT", "/mode", {"mode": "READONLY"}),
                      registry("POST", "/contexts/x/subjects/cards-value/versions", schema), registry("DELETE", "/contexts/x"), registry("PUT", "/mode/cards-value", {"mode": "READONLY"}),
                      registry("POST", "/subjects/:.x:cards-value/versions", schema), registry("POST", "/subjects/cards-value/versions/1/tags", {"tagsToAdd": []})):
            attempts += calls
        for base, method, path, body in attempts:
            for headers in (login("bo"), {**login("bo"), "Braid-Login": "admin", "X-Forwarded-User": "admin"}):
                try:
                    answer = node.call(method, path, body, base=base, headers=headers, raw=True)
                    raise Failed(f"{method} {path} {body}: {answer[:200]}")
                except HttpError as e:
                    assert e.status == 403, f"{method} {path} {body}: {e}"
        inserted = node.call("POST", "/inserts-stream", b'{"target":"CARDS"}\n{"LINE":"x"}\n', raw=True, headers=login("bo"))
        assert b'"error"' in inserted and b"no ACL allows bo" in inserted, inserted
        # The name of a topic does not come from the statement alone.
        cli(node, "admin", "acls", "add", "bo", "read", "--topic", "orders")
        cli(node, "admin", "acls", "add", "bo", "write,create", "--topic", "DS")
        refused(403, lambda: node.call("POST", "/ksql", {"ksql": "CREATE STREAM ds AS SELECT * FROM orders;", "streamsProperties": {"ksql.output.topic.name.prefix": "CAR"}}, headers=login("bo")))
        # An alias leads to another subject.
        cli(node, "admin", "acls", "add", "bo", "write,alter-configs", "--topic", "alias")
        node.call("PUT", "/config/alias-value", {"alias": "cards-value"}, base=node.registry, headers=login("bo"))
        refused(403, lambda: node.call("POST", "/subjects/alias-value/versions", schema, base=node.registry, headers=login("bo")))
        node.call("DELETE", "/config/alias-value", base=node.registry, headers=login("bo"))
        # What is said of a topic, without what is in it.
        hidden, shown = (node.get("/api/v1/topics/cards/profile", headers=login(who)) for who in ("bo", "admin"))
        assert "4111" in json.dumps(shown) and shown["values_hidden"] is None, shown
        assert "4111" not in json.dumps(hidden) and "no ACL allows bo" in hidden["values_hidden"] and hidden["records"] == shown["records"], hidden
        # Looking at schemas and asking whether one would fit is free.
        node.get("/subjects/cards-value/versions/latest", base=node.registry, headers=login("bo"))
        assert node.call("POST", "/compatibility/subjects/cards-value/versions/latest", schema, base=node.registry, headers=login("bo"))["is_compatible"]
        node.call("POST", "/subjects/cards-value", schema, base=node.registry, headers=login("bo"))
        # The right ACL, and it is allowed; a denial takes it back.
        cli(node, "admin", "acls", "add", "bo", "write", "--topic", "cards")
        node.call("POST", "/subjects/cards-value/versions", schema, base=node.registry, headers=login("bo"))
        node.call("POST", "/api/v1/topics/cards/records", {"records": [{"value": "x"}], "value_schema": "none"}, headers=login("bo"))
        refused(403, lambda: node.get("/api/v1/topics/cards/records?from=beginning", headers=login("bo")))
        cli(node, "admin", "acls", "add", "bo", "read", "--topic", "cards")
        assert len(node.get("/api/v1/topics/cards/records?from=beginning", headers=login("bo"))["records"]) == 2
        assert "4111" in json.dumps(node.get("/api/v1/topics/cards/profile", headers=login("bo")))
        cli(node, "admin", "acls", "add", "bo", "read", "--topic", "cards", "--deny")
        refused(403, lambda: node.get("/api/v1/topics/cards/records?from=beginning", headers=login("bo")))
        cli(node, "admin", "acls", "remove", "bo")
        node.statement(f"TERMINATE {query};", headers=login("admin"))

    def acting_as_somebody():
        node.call("PUT", "/api/v1/people/pat", {"platform": True, "full_name": "Pat"}, headers=login("admin"))
        assert node.get("/api/v1/whoami", headers={**login("admin"), "Braid-As": "pat"})["person"] == "pat"
        assert node.get("/api/v1/whoami?as=pat", headers=login("admin"))["person"] == "pat"
        refused(403, lambda: node.get("/api/v1/whoami", headers={**login("ana"), "Braid-As": "pat"}))
        refused(401, lambda: node.get("/api/v1/whoami", headers={**login("admin"), "Braid-As": "nobody"}))
        node.call("PUT", "/api/v1/people/ana", {"full_name": "Ana"}, headers={**login("admin"), "Braid-As": "pat"})
        assert node.get("/api/v1/whoami", headers=login("ana"))["person"] == "ana", "a user is the person of that name"
        refused(403, lambda: node.call("PUT", "/api/v1/domains/d", {"title": "D"}, headers=login("ana")))
        me = node.get("/api/v1/whoami", headers={**login("admin"), "Braid-As": "pat"})
        assert (me["by"], me["login"], me["super"], me["authentication"]) == ("super_user", "admin", True, "required") and "acting as pat" in me["means"], me
        me = node.get("/api/v1/whoami", headers=login("ana"))
        assert (me["by"], me["login"], me["super"]) == ("login", "ana", False), me
        me = node.get("/api/v1/whoami", headers={**login("bo"), "Braid-Login": "admin"})
        assert (me["person"], me["login"], me["super"]) == (None, "bo", False) and "no person of this mesh" in me["note"], me
        # However long the client's name is, and whatever it says, the audit knows who logged in.
        long = {"User-Agent": "Mozilla/5.0 " + "x" * 300 + " (login ana)"}
        refused(403, lambda: node.call("POST", "/api/v1/topics", {"name": "by-pat"}, headers={**login("admin"), "Braid-As": "pat", **long}))   # with pat's rights
        cli(node, "admin", "acls", "add", "pat", "create,delete", "--topic", "by-pat")
        node.call("POST", "/api/v1/topics", {"name": "by-pat"}, headers={**login("admin"), "Braid-As": "pat", **long})
        made = [e for e in node.get("/api/v1/audit?kind=topic&limit=50", headers=login("admin"))["entries"] if e["subject"] == "by-pat"][0]
        assert made["who"] == "pat" and made["client"].split(",")[0] == "127.0.0.1 (login admin)", made
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

    def declared_and_seen():
        """Who is declared and never seen, who is seen and not declared: with real clients, by client id, group and principal."""
        boss = login("admin")
        for path, body in (("/api/v1/domains/sales", {"title": "Sales"}), ("/api/v1/domains/risk", {"title": "Risk"}), ("/api/v1/teams/@sales-team", {"domain": "sales"}),
                           ("/api/v1/teams/@risk-team", {"domain": "risk"}), ("/api/v1/teams/@idle-team", {"domain": "risk"}), ("/api/v1/people/ana", {"teams": ["@sales-team"]}),
                           ("/api/v1/people/cleo", {"teams": ["@risk-team"], "service": True}), ("/api/v1/people/sam", {"teams": ["@sales-team"]})):
            node.call("PUT", path, body, headers=boss)
        for user in ("cleo", "sam"):
            USERS[user] = f"password of {user}"
            cli(node, "admin", "users", "add", user, stdin=USERS[user] + "\n")
        node.call("POST", "/api/v1/topics", {"name": "sold"}, headers=boss)
        for acl in (("ana", "write"), ("sam", "write"), ("bo", "write,read"), ("cleo", "read")):
            cli(node, "admin", "acls", "add", *acl, "--topic", "sold")
        for user in ("cleo", "bo"):
            cli(node, "admin", "acls", "add", user, "read", "--group", "*")
        node.call("POST", "/api/v1/products", {"name": "sold", "owner": "@sales-team", "description": "What was sold", "ports": ["sold"]}, headers=login("sam"))
        node.call("POST", "/api/v1/products/sold/consumers", {"team": "@risk-team", "purpose": "limits", "name": "risk-board"}, headers=login("cleo"))
        node.call("POST", "/api/v1/products/sold/consumers", {"team": "@risk-team", "purpose": "nobody does it", "name": "idle-board"}, headers=login("cleo"))
        assert kcat(node, "ana", "SCRAM-SHA-256", "-P", "-t", "sold", "-X", "client.id=till", stdin="one\n").returncode == 0
        assert kcat(node, "bo", "SCRAM-SHA-256", "-P", "-t", "sold", "-X", "client.id=stranger", stdin="two\n").returncode == 0
        read = ["-X", "auto.offset.reset=earliest", "-e", "-q"]
        assert kcat(node, "cleo", "PLAIN", *read, "-X", "client.id=board", "-G", "risk-board", "sold").stdout.split() == ["one", "two"]
        assert kcat(node, "bo", "PLAIN", *read, "-X", "client.id=curious", "-G", "curious-group", "sold").stdout.split() == ["one", "two"]

        def held_together():
            graph = node.get("/api/v1/lineage?of=topic:sold", headers=boss)
            nodes = {n["id"]: n for n in graph["nodes"]}
            edges = {(e["from"], e["to"]): e for e in graph["edges"]}
            seen = {}
            for (source, target), e in edges.items():
                other = nodes[target if source == "topic:sold" else source]
                seen[other["id"]] = (e["status"], e["kind"], other["principal"], other["client_id"], other["group"])
            wanted = {
                "client:kafka/ana/till": ("ok", "produces", "ana", "till", None),                                        # a member of the owning domain
                "client:kafka/bo/stranger": ("seen_not_declared", "produces", "bo", "stranger", None),
                "consumer:@risk-team/risk-board": ("ok", "consumes", "cleo", "board", "risk-board"),                     # the group has the registered name
                "group:curious-group": ("seen_not_declared", "consumes", "bo", "curious", "curious-group"),
                "consumer:@risk-team/idle-board": ("declared_never_seen", "consumes", None, None, None),
            }
            if seen == wanted and graph["summary"]["declared_never_seen"] == 1 and graph["summary"]["seen_not_declared"] == 2:
                return True
            raise Failed(json.dumps(seen))
        eventually("declared and seen are held together", held_together, 60)

    def after_a_kill():
        node.kill()
        node.start()
        assert cli(node, "admin", "names", "user").split()[:3] == ["admin", "ana", "bo"]
        assert kcat(node, "ana", "SCRAM-SHA-512", "-P", "-t", "orders", stdin="after a kill\n").returncode == 0
        assert kcat(node, "ana", "PLAIN", "-C", "-t", "secrets", "-e", "-q").returncode != 0
        assert not first_login.exists()

    def who_leaves():
        log = open(os.path.join(node.folder.name, "follower"), "w+")
        follower = subprocess.Popen(["kcat", "-b", node.kafka, "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=SCRAM-SHA-512", "-X", "sasl.username=ana", "-X", f"sasl.password={USERS['ana']}",
                                     "-C", "-t", "orders", "-o", "beginning", "-u"], stdout=log, stderr=subprocess.STDOUT) if shutil.which("kcat") else None

        def said(text):
            log.seek(0)
            return text in log.read()
        if follower:
            eventually("ana follows", lambda: said("by PLAIN"))
        out = cli(node, "admin", "users", "remove", "ana")
        if follower:
            eventually("ana's open connection ends, and there is no other", lambda: follower.poll() is not None or said("uthentication"), 60)
            node.call("POST", "/api/v1/topics/orders/records", {"records": [{"value": "after ana has gone"}], "value_schema": "none"}, headers=login("admin"))
            follower.kill()
            follower.wait()
            assert not said("after ana has gone")
        log.close()
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
    checks.step("every path of every port asks", every_path_asks)
    checks.step("websockets, streams and the portal's page ask", upgrades_and_pages_ask)
    checks.step("who may not call is answered before the body", bodies_wait_for_the_login)
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
    checks.step("nothing gets around the ACLs", nothing_gets_around_the_acls)
    checks.step("super users act as others, nobody else does", acting_as_somebody)
    checks.step("the audit knows who changed what", the_audit_knows)
    checks.step("lineage knows who reads and writes", lineage_knows)
    if shutil.which("kcat"):
        checks.step("declared and seen are held together", declared_and_seen)
    checks.step("after kill -9 everything is as it was", after_a_kill)
    checks.step("who is removed is out", who_leaves)
    checks.step("a node that nobody could manage does not start", another_super_user)


main()

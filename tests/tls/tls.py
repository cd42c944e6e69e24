#!/usr/bin/env python3
"""TLS, from outside: every port, real clients, certificates of an authority made here."""
import argparse
import http.server
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walk"))
from node import Checks, Failed, Node, eventually  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def run(*arguments, ok=True, stdin=None, env=None, timeout=90):
    """stdout, or stdout and stderr of what must fail."""
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, input=stdin, timeout=timeout, env=env)
    if (done.returncode == 0) != ok:
        raise Failed(f"{' '.join(str(a) for a in arguments)}: exit code {done.returncode}\n{done.stdout[-600:]}\n{done.stderr[-900:]}")
    return done.stdout if ok else done.stdout + done.stderr


class Authority:
    """Makes certificates by openssl: NAME.crt and NAME.key in a folder."""
    def __init__(self, folder, name="authority"):
        self.folder, self.name = pathlib.Path(folder), name
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-keyout", self.key(name), "-out", self.crt(name),
            "-subj", f"/CN={name}")

    def crt(self, name=None):
        return self.folder / f"{name or self.name}.crt"

    def key(self, name=None):
        return self.folder / f"{name or self.name}.key"

    def issue(self, name, names="DNS:localhost,IP:127.0.0.1", days=20, newkey=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
        request, extensions = self.folder / "request", self.folder / "extensions"
        run("openssl", "req", "-newkey", *newkey, "-nodes", "-keyout", f"{self.key(name)}.new", "-out", request, "-subj", f"/CN={name}")
        extensions.write_text(f"subjectAltName={names}\n")
        run("openssl", "x509", "-req", "-in", request, "-CA", self.crt(), "-CAkey", self.key(), "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", f"{self.crt(name)}.new")
        os.replace(f"{self.key(name)}.new", self.key(name))
        os.replace(f"{self.crt(name)}.new", self.crt(name))


class SecureNode(Node):
    def __init__(self, build, authority, extra=(), identity=None):
        super().__init__(build, "up", ["--tls-certificate", str(authority.crt("node")), "--tls-key", str(authority.key("node")), "--threads", "2", *extra])
        self.authority, self.identity = authority, identity
        self.main, self.registry, self.ksql = (f"https://localhost:{port}" for port in (self.http_port, self.registry_port, self.ksql_port))
        self.kafka = f"localhost:{self.kafka_port}"

    def context(self):
        context = ssl.create_default_context(cafile=str(self.authority.crt()))
        if self.identity:
            context.load_cert_chain(self.authority.crt(self.identity), self.authority.key(self.identity))
        return context

    def use(self):
        """From now on urllib speaks to this one."""
        urllib.request.install_opener(urllib.request.build_opener(urllib.request.HTTPSHandler(context=self.context())))

    def metric(self, name):
        for line in self.call("GET", "/metrics", raw=True).decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        raise Failed(f"no metric {name}")

    def connect(self, port, context=None, server_hostname="localhost"):
        raw = socket.create_connection(("127.0.0.1", port), timeout=60)
        return (context or self.context()).wrap_socket(raw, server_hostname=server_hostname)

    def braid(self, *arguments, ok=True, env=None):
        plain = {k: v for k, v in os.environ.items() if not k.startswith("BRAID_")}
        return run(self.program, *arguments, ok=ok, env={**plain, "BRAID_URL": self.main, **(env or {})})

    def kcat(self, *arguments, ok=True, stdin=None, ca=None, more=()):
        return run("kcat", "-b", self.kafka, "-X", "security.protocol=ssl", "-X", f"ssl.ca.location={ca or self.authority.crt()}", *more, *arguments, ok=ok, stdin=stdin)


def curl(*arguments, ok=True):
    return run("curl", "-sS", "--max-time", "60", *arguments, ok=ok)


def serial(connection):
    return ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", default="build")
    build = arguments.parse_args().build
    if not shutil.which("openssl"):
        print("tls: openssl is not installed, the suite is skipped")
        print("0 passed, 0 failed")
        return
    checks = Checks()
    nodes = []
    with tempfile.TemporaryDirectory(prefix="braid-tls-") as folder, tempfile.TemporaryDirectory(prefix="braid-tls-") as other_folder:
        authority, stranger = Authority(folder), Authority(other_folder, "stranger")
        authority.issue("node")
        authority.issue("loader", "DNS:loader")
        stranger.issue("mallory", "DNS:mallory")
        try:
            node = SecureNode(build, authority)
            nodes.append(node)
            node.use()
            node.start()
            steps(checks, node, stranger, build)
            asking = SecureNode(build, authority, ["--tls-client-ca", str(authority.crt())], "loader")
            nodes.append(asking)
            asking.use()
            asking.start()
            client_certificates(checks, asking, stranger)
            refusals(checks, build, authority)
        finally:
            if checks.failed:
                for node in nodes:
                    print("  a node's log ends with:\n    " + "\n    ".join(node.log().splitlines()[-15:]))
            for node in nodes:
                node.close()
    checks.end()


def steps(checks, node, stranger, build):
    ca = node.authority.crt()

    def versions():
        for port in (node.http_port, node.registry_port, node.ksql_port):
            url = f"https://localhost:{port}/"
            for flag, version in (("--http2", "2"), ("--http1.1", "1.1")):
                assert curl("--cacert", ca, flag, "-o", "/dev/null", "-w", "%{http_version}", url) == version, (port, flag)
        assert node.get("/")["listens"]["main"].startswith("https://"), node.get("/")

    def sane_ciphers():
        def speaks(port, **limits):
            context = node.context()
            for name, value in limits.items():
                if name == "ciphers":
                    context.set_ciphers(value)
                else:
                    setattr(context, name, value)
            try:
                with node.connect(port, context) as connection:
                    return connection.version() + " " + connection.cipher()[0]
            except (ssl.SSLError, ConnectionError):
                return "refused"
        for port in (node.http_port, node.kafka_port):
            assert speaks(port).startswith("TLSv1.3 TLS_"), speaks(port)
            assert speaks(port, maximum_version=ssl.TLSVersion.TLSv1_2).startswith("TLSv1.2 ECDHE-ECDSA-"), port
            assert speaks(port, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1, ciphers="ALL:@SECLEVEL=0") == "refused"
            assert speaks(port, maximum_version=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0") == "refused"   # no authenticated encryption

    def big_bodies():
        schema = json.dumps({"type": "record", "name": "Big", "doc": "x" * 600_000, "fields": [{"name": "a", "type": "int"}]})
        body = pathlib.Path(node.folder.name) / "body.json"
        body.write_text(json.dumps({"schema": schema}))
        for flag in ("--http2", "--http1.1"):
            answer = curl("--cacert", ca, flag, "-H", "Content-Type: application/vnd.schemaregistry.v1+json", "--data-binary", f"@{body}", f"{node.registry}/subjects/big-value/versions")
            number = json.loads(answer)["id"]
            assert json.loads(json.loads(curl("--cacert", ca, flag, f"{node.registry}/schemas/ids/{number}"))["schema"])["doc"] == "x" * 600_000

    def sql_by_http2():
        node.kcat("-P", "-t", "numbers", stdin="\n".join('{"n":%d}' % i for i in range(50)))
        node.statement("CREATE STREAM numbers (n INT) WITH (kafka_topic='numbers', value_format='JSON');")
        query = json.dumps({"sql": "SELECT n FROM numbers EMIT CHANGES LIMIT 50;", "properties": {"auto.offset.reset": "earliest"}})
        rows = curl("--cacert", ca, "--http2", "-d", query, f"{node.ksql}/query-stream").splitlines()
        assert len([r for r in rows if r.startswith("[")]) == 50, rows[:3]

    def websocket():
        with node.connect(node.http_port) as connection:
            connection.sendall(b"GET /priv/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v12.stomp\r\n\r\n")
            answer = connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 101 ") and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer, answer[:300]
            payload = b"CONNECT\naccept-version:1.2\nhost:localhost\n\n\0"
            connection.sendall(bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
            assert b"CONNECTED" in connection.recv(4096)

    def with_kcat():
        text = "".join(f"{i} {'y' * (i % 3000)}\n" for i in range(3000))
        node.kcat("-P", "-t", "lines", stdin=text)
        assert node.kcat("-C", "-t", "lines", "-o", "beginning", "-e", "-q") == text
        listed = node.kcat("-L")
        assert f"at localhost:{node.kafka_port}" in listed or f"at 127.0.0.1:{node.kafka_port}" in listed, listed

    def with_kafkajs():
        clients = pathlib.Path(build).resolve() / "conformance-kafka-clients"
        if not (clients / "node_modules" / "kafkajs").is_dir():
            clients.mkdir(exist_ok=True)
            shutil.copy(HERE.parent / "conformance" / "kafka" / "package.json", clients)
            fetched = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=clients, capture_output=True, timeout=300, check=False)
            if fetched.returncode != 0:
                print("  npm cannot fetch kafkajs: skipped")
                return
        said = run("node", HERE / "kafkajs.mjs", node.kafka, ca, env={**os.environ, "KAFKA_CLIENTS": str(clients)})
        assert said.strip() == f"200 records, {sum(range(200)) * 100} bytes", said

    def with_the_command_line():
        assert "numbers" in node.braid("topics", "list", "--ca", str(ca)), "topics by --ca"
        assert "numbers" in node.braid("topics", "list", env={"BRAID_CA": str(ca)}), "topics by BRAID_CA"
        refused = node.braid("topics", "list", ok=False)
        assert "is not trusted" in refused and "--ca FILE" in refused, refused
        wrong = node.braid("topics", "list", "--url", f"https://127.0.0.2:{node.http_port}", "--ca", str(ca), ok=False)
        assert "mismatch" in wrong or "nothing answers" in wrong, wrong
        plain = node.braid("topics", "list", "--url", node.main.replace("https", "http"), ok=False)
        assert "speaks HTTPS" in plain and "use https://" in plain, plain
        missing = node.braid("topics", "list", "--ca", "/nowhere.crt", ok=False)
        assert "/nowhere.crt" in missing and "cannot be read" in missing, missing

    def who_is_not_trusted():
        assert "SSL" in node.kcat("-L", "-m", "5", ca=stranger.crt(), ok=False)
        assert "certificate" in curl("--cacert", stranger.crt(), f"{node.main}/healthz", ok=False)

    def plain_text():
        answer = curl("-i", f"http://localhost:{node.http_port}/healthz")
        assert answer.startswith("HTTP/1.1 400 ") and "this port speaks HTTPS" in answer, answer
        run("kcat", "-b", node.kafka, "-X", "security.protocol=plaintext", "-L", "-m", "5", ok=False)
        eventually("the log names both", lambda: "listener=main" in node.log() and "security.protocol=SSL" in node.log())
        assert node.metric('braid_tls_handshake_failures_total{listener="kafka"}') >= 1

    def half_handshakes():
        halves = []
        for i in range(200):
            s = socket.create_connection(("127.0.0.1", node.kafka_port if i % 2 else node.http_port), timeout=60)
            s.sendall([b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 32][i % 3])
            halves.append(s)
        assert node.get("/healthz")["status"] == "ok"
        node.kcat("-L")
        for s in halves[:100]:
            s.close()
        for s in halves[100:]:   # the rest is cut by the node; the time bounds the wait alone
            s.settimeout(90)
            try:
                while s.recv(100):
                    pass
            except ConnectionError:
                pass
            s.close()

    def new_certificate():
        authority = node.authority
        with node.connect(node.http_port) as kept, node.connect(node.kafka_port) as kept_kafka:
            before = serial(kept)
            days = node.metric("braid_tls_certificate_days_left")
            assert 19 < days <= 20, days
            authority.issue("node", days=40)   # no signal: it is seen

            def shows_another():
                with node.connect(node.http_port) as c:
                    return serial(c) != before
            eventually("the new certificate is shown", shows_another)
            assert 39 < node.metric("braid_tls_certificate_days_left") <= 40
            with node.connect(node.http_port) as c:
                second = serial(c)
            authority.crt("node").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            node.process.send_signal(1)   # SIGHUP
            eventually("the log says that the old one is kept", lambda: "tls_certificate_kept" in node.log() and "damaged certificate" in node.log())
            with node.connect(node.http_port) as c:
                assert serial(c) == second
            authority.issue("node", days=50)
            node.process.send_signal(1)
            eventually("the third one is shown", lambda: node.metric("braid_tls_certificate_days_left") > 49)
            # What was open before all this still is.
            kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert kept.recv(4096).startswith(b"HTTP/1.1 200 ")
            kept_kafka.sendall(bytes.fromhex("0000000a00120000000000010000"))   # ApiVersions, version 0
            assert len(kept_kafka.recv(4)) > 0

    def lineage_to_a_collector():
        got = []

        class Collector(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(201)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(node.authority.crt("node"), node.authority.key("node"))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sender = SecureNode(build, node.authority, ["--openlineage-url", f"https://localhost:{server.server_port}/api/v1/lineage", "--tls-trusted-ca", str(ca)])
        try:
            sender.start()
            sender.kcat("-P", "-t", "numbers", stdin='{"n":1}\n')
            sender.statement("CREATE STREAM numbers (n INT) WITH (kafka_topic='numbers', value_format='JSON');")
            sender.statement("CREATE STREAM doubled AS SELECT n * 2 AS n FROM numbers EMIT CHANGES;")
            eventually("an event has come by https", lambda: got)
        finally:
            sender.close()
            server.shutdown()

    checks.step("every HTTP port speaks HTTP/2 by ALPN, and HTTP/1.1", versions)
    checks.step("TLS 1.2 and 1.3 with authenticated encryption, nothing older", sane_ciphers)
    checks.step("large bodies in both directions", big_bodies)
    if shutil.which("kcat"):
        checks.step("a stream of rows by HTTP/2", sql_by_http2)
        checks.step("kcat writes and reads", with_kcat)
        checks.step("our own command line", with_the_command_line)
        checks.step("a certificate of a stranger is refused by clients", who_is_not_trusted)
        checks.step("plain text is told so and logged", plain_text)
        checks.step("half handshakes hold up nobody and are cut", half_handshakes)
        checks.step("OpenLineage events to an https collector", lineage_to_a_collector)
    else:
        print("  kcat is not installed: its steps are skipped")
    checks.step("kafkajs writes and reads with a group", with_kafkajs)
    checks.step("a WebSocket", websocket)
    checks.step("a new certificate without a restart, a bad one changes nothing", new_certificate)
    checks.step("the node stops cleanly", lambda: node.stop() == 0 or (_ for _ in ()).throw(Failed("exit code")))


def client_certificates(checks, node, stranger):
    authority = node.authority
    ca = authority.crt()

    def over_http():
        assert node.get("/healthz")["status"] == "ok"
        curl("--cacert", ca, f"{node.main}/healthz", ok=False)
        curl("--cacert", ca, "--cert", stranger.crt("mallory"), "--key", stranger.key("mallory"), f"{node.main}/healthz", ok=False)
        assert "ok" in curl("--cacert", ca, "--cert", authority.crt("loader"), "--key", authority.key("loader"), f"{node.main}/healthz")
        eventually("the log says what was missing", lambda: "showed no certificate" in node.log() and "is not trusted" in node.log())

    def over_kafka():
        mine = ("-X", f"ssl.certificate.location={authority.crt('loader')}", "-X", f"ssl.key.location={authority.key('loader')}")
        node.kcat("-P", "-t", "t", stdin="a\nb\n", more=mine)
        assert node.kcat("-C", "-t", "t", "-e", "-q", more=mine) == "a\nb\n"
        node.kcat("-L", "-m", "5", ok=False)
        theirs = ("-X", f"ssl.certificate.location={stranger.crt('mallory')}", "-X", f"ssl.key.location={stranger.key('mallory')}")
        node.kcat("-L", "-m", "5", more=theirs, ok=False)

    def by_the_command_line():
        mine = {"BRAID_CA": str(ca), "BRAID_CERTIFICATE": str(authority.crt("loader")), "BRAID_KEY": str(authority.key("loader"))}
        node.braid("topics", "list", env=mine)
        refused = node.braid("topics", "list", env={"BRAID_CA": str(ca)}, ok=False)
        assert "asks for a certificate of ours" in refused and "BRAID_CERTIFICATE" in refused, refused

    checks.step("client certificates over HTTP: right, missing, of a stranger", over_http)
    if shutil.which("kcat"):
        checks.step("client certificates over Kafka", over_kafka)
    checks.step("client certificates by the command line", by_the_command_line)


def refusals(checks, build, authority):
    program = pathlib.Path(build).resolve() / "braid"

    def up(*arguments):
        with tempfile.TemporaryDirectory() as data:
            return run(program, "up", "--data", data, "--http-port", "0", "--kafka-port", "0", "--registry-port", "0", "--ksql-port", "0", *arguments, ok=False)

    def files():
        said = up("--tls-certificate", authority.crt("node"))
        assert "tls_certificate is given without tls_key" in said and "openssl req -x509" in said, said
        said = up("--tls-certificate", authority.crt("node"), "--tls-key", authority.key("loader"))
        assert "does not belong to the certificate" in said, said
        said = up("--tls-certificate", "/nowhere.crt", "--tls-key", authority.key("loader"))
        assert "the file /nowhere.crt cannot be read" in said, said

    def reach():
        said = up("--listen", "0.0.0.0")
        assert "tls_certificate:" in said and "tls_key:" in said and "openssl req -x509" in said, said

    checks.step("a node says which file is wrong and how to make one", files)
    checks.step("a node that others could reach asks for TLS and says how", reach)


if __name__ == "__main__":
    main()

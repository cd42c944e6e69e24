"""A Braid node under test: started, asked by command line and by HTTP, killed and started again. Python's standard library only."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request


class Failed(Exception):
    pass


class HttpError(Failed):
    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body[:400]}")
        self.status, self.body = status, body
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = {}


def eventually(what, probe, seconds=30):
    """Asks again until the answer is true; the time only bounds the wait, it decides nothing else."""
    deadline = time.monotonic() + seconds
    last = None
    while time.monotonic() < deadline:
        try:
            last = probe()
            if last:
                return last
        except (Failed, OSError) as e:
            last = e
        time.sleep(0.1)
    raise Failed(f"{what}: not within {seconds} s; last seen: {str(last)[:400]}")


def free_ports(n):
    """Ports that nobody uses now. A node is restarted on the same ones, so it cannot choose them itself."""
    import socket
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Node:
    def __init__(self, build, command="demo", extra=()):
        self.program = str(pathlib.Path(build).resolve() / "braid")
        self.command, self.extra = command, list(extra)
        self.folder = tempfile.TemporaryDirectory(prefix="braid-walk-")
        self.data = os.path.join(self.folder.name, "data")
        self.log_path = os.path.join(self.folder.name, "node.log")
        self.kafka_port, self.http_port, self.registry_port, self.ksql_port = free_ports(4)
        self.main = f"http://127.0.0.1:{self.http_port}"
        self.registry = f"http://127.0.0.1:{self.registry_port}"
        self.ksql = f"http://127.0.0.1:{self.ksql_port}"
        self.kafka = f"127.0.0.1:{self.kafka_port}"
        self.process = None
        self.person = None

    def start(self):
        """Returns the seconds until the node is ready."""
        began = time.monotonic()
        arguments = [self.program, self.command, "--data", self.data, "--kafka-port", str(self.kafka_port), "--http-port", str(self.http_port),
                     "--registry-port", str(self.registry_port), "--ksql-port", str(self.ksql_port), *self.extra]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

        def ready():
            if self.process.poll() is not None:
                raise SystemExit(f"the node ended with {self.process.returncode}:\n{self.log()[-3000:]}")
            return self.get("/readyz")["status"] == "ready"
        eventually("the node is ready", ready, 60)
        return time.monotonic() - began

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed("the node did not stop within 30 s of SIGTERM") from None

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    # ---- command line ----
    def cli(self, *arguments, person=None, exit_code=0, stdin=None):
        """Runs `braid ARGUMENTS`; checks its exit code; gives stdout (stderr if it should fail)."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BRAID_")}
        environment["BRAID_URL"] = self.main
        if person or self.person:
            environment["BRAID_AS"] = person or self.person
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True, env=environment, input=stdin, timeout=180)
        if done.returncode != exit_code:
            raise Failed(f"braid {' '.join(arguments)}: exit code {done.returncode}, expected {exit_code}\n{done.stdout[-600:]}\n{done.stderr[-1200:]}")
        return done.stdout if exit_code == 0 else done.stderr

    def cli_json(self, *arguments, **more):
        out = self.cli(*arguments, "--json", **more)
        return json.loads(out) if out.strip() else None

    def cli_lines(self, *arguments, **more):
        return [json.loads(line) for line in self.cli(*arguments, "--json", **more).splitlines() if line.strip()]

    # ---- HTTP ----
    def call(self, method, path, body=None, person=None, base=None, headers=None, raw=False, timeout=60):
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request((base or self.main) + path, data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if person or self.person:
            request.add_header("Braid-As", person or self.person)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                text = answer.read()
        except urllib.error.HTTPError as e:
            raise HttpError(e.code, e.read().decode(errors="replace")) from None
        except urllib.error.URLError as e:
            raise Failed(str(e)) from None
        return text if raw else json.loads(text) if text else None

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def first_event(self, path):
        """The data of the first server-sent event."""
        with urllib.request.urlopen(self.main + path, timeout=60) as answer:
            for line in answer:
                if line.startswith(b"data: "):
                    return json.loads(line[6:])
        raise Failed(f"{path} ended without an event")

    def statement(self, sql, **more):
        return self.call("POST", "/ksql", {"ksql": sql, "streamsProperties": {"ksql.streams.auto.offset.reset": "earliest"}}, base=self.ksql, **more)

    def query(self, sql, limit_seconds=30):
        """Rows of a SELECT as dictionaries."""
        out = self.call("POST", "/query-stream", {"sql": sql, "properties": {"auto.offset.reset": "earliest"}}, raw=True, timeout=limit_seconds,
                        headers={"Accept": "application/vnd.ksqlapi.delimited.v1"})
        lines = [json.loads(line) for line in out.decode().splitlines() if line.strip()]
        names = lines[0]["columnNames"]
        for line in lines[1:]:
            if isinstance(line, dict) and ("error_code" in line or "errorCode" in line):
                raise Failed(str(line))
        return [dict(zip(names, row)) for row in lines[1:] if isinstance(row, list)]


def kcat_values(kafka, topic, count):
    """The newest `count` values of a topic as bytes, read by kcat."""
    out = subprocess.run(["kcat", "-C", "-b", kafka, "-t", topic, "-o", f"-{count}", "-c", str(count), "-e", "-q", "-f", "%S %s\\n", "-D", ""],
                         capture_output=True, timeout=60, check=False)
    if out.returncode != 0:
        raise Failed(f"kcat: {out.stderr.decode(errors='replace')[-400:]}")
    values, at, data = [], 0, out.stdout
    while at < len(data):
        space = data.index(b" ", at)
        size = int(data[at:space])
        values.append(data[space + 1:space + 1 + size])
        at = space + 1 + size + 1
    return values


def avro_value(schema, data, at=0):
    """A small Avro decoder, so that what the node wrote is read by somebody else's code. Gives (value, position behind it)."""
    def varint(at):
        shift = result = 0
        while True:
            byte = data[at]
            at += 1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (result >> 1) ^ -(result & 1), at
            shift += 7
    if isinstance(schema, list):
        branch, at = varint(at)
        return avro_value(schema[branch], data, at)
    kind = schema["type"] if isinstance(schema, dict) else schema
    if isinstance(kind, (dict, list)):
        return avro_value(kind, data, at)
    if kind == "null":
        return None, at
    if kind in ("int", "long"):
        return varint(at)
    if kind in ("string", "bytes"):
        size, at = varint(at)
        raw = data[at:at + size]
        return (raw.decode() if kind == "string" else raw), at + size
    if kind == "boolean":
        return data[at] != 0, at + 1
    if kind == "double":
        import struct
        return struct.unpack("<d", data[at:at + 8])[0], at + 8
    if kind == "record":
        out = {}
        for field in schema["fields"]:
            out[field["name"]], at = avro_value(field["type"], data, at)
        return out, at
    raise Failed(f"this test does not read Avro type {kind}")


def decode_with_registry(node, value):
    if value[:1] != b"\0":
        raise Failed(f"no registry prefix: {value[:8].hex()}")
    schema_id = int.from_bytes(value[1:5], "big")
    schema = json.loads(node.get(f"/schemas/ids/{schema_id}", base=node.registry)["schema"])
    decoded, end = avro_value(schema, value, 5)
    if end != len(value):
        raise Failed(f"{len(value) - end} bytes behind the record")
    return decoded


class Checks:
    """Named steps. A step that fails is told and counted, and the walk goes on as far as it can."""
    def __init__(self):
        self.passed, self.failed = 0, []

    def step(self, name, body):
        began = time.monotonic()
        try:
            body()
        except (Failed, AssertionError, KeyError, IndexError, TypeError, ValueError, OSError, RecursionError, subprocess.TimeoutExpired) as e:
            self.failed.append(name)
            text = f"{type(e).__name__}: {e}" if not isinstance(e, Failed) else str(e)
            print(f"  FAILED  {name}\n          " + "\n          ".join(text.splitlines()[:12]), flush=True)
            return False
        self.passed += 1
        print(f"  ok      {name} ({time.monotonic() - began:.1f} s)", flush=True)
        return True

    def end(self):
        print(f"{self.passed} passed, {len(self.failed)} failed")
        sys.exit(1 if self.failed else 0)

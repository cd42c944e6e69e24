#!/usr/bin/env python3
"""The registry over HTTP: registering, looking up and checking per second, how registering stands as schemas grow, and start-up with all of them.

    bench/end_to_end/registry.py --braid build/braid [--schemas 100000] [--connections 8] [--seconds 3] [--url URL --pid PID]

One process of this script is one client with one connection at a time kept alive; `--connections` of them share the machine with the server, so the
server's own CPU-seconds stand beside each rate. `--url` measures another registry with the same calls (Karapace, Confluent's): give its --pid for
the CPU-seconds; it must be empty, and is neither stopped nor started again.
"""
import argparse
import http.client
import json
import multiprocessing
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

FIELDS = [{"name": f"f{i}", "type": kind} for i, kind in enumerate(["string", "int", "long", "double", "boolean", ["null", "string"], "bytes"])]


def schema(n):
    return json.dumps({"type": "record", "name": "Order", "namespace": "bench", "doc": f"schema {n}", "fields": FIELDS})


class Client:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"} if body is not None else {}
        self.connection.request(method, path, body if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:300]}")
        return json.loads(text)


def register_some(url, first, count, step):
    client = Client(url)
    for n in range(first, first + count * step, step):
        client.call("POST", f"/subjects/s{n}-value/versions", {"schema": schema(n)})


def repeat(url, kind, seconds, seed, known, done):
    client, n, calls = Client(url), seed, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        n = (n * 1103515245 + 12345) % (1 << 31)
        one = n % known
        if kind == "id":
            client.call("GET", f"/schemas/ids/{1 + one}")
        elif kind == "schema":
            client.call("POST", f"/subjects/s{one}-value", {"schema": schema(one)})
        else:
            client.call("POST", f"/compatibility/subjects/s{one}-value/versions/latest", {"schema": schema(f"{one} again")})
        calls += 1
    done.put(calls)


def cpu(pid):
    if not pid:
        return float("nan")
    fields = open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(workers):
    for w in workers:
        w.start()
    for w in workers:
        w.join()
        if w.exitcode:
            sys.exit("a client failed")


def grow(url, pid, connections, first, count):
    """Registers `count` new subjects; per second, and the server's CPU milliseconds for each."""
    each = max(1, count // connections)
    before, started = cpu(pid), time.monotonic()
    spread([multiprocessing.Process(target=register_some, args=(url, first + c, each, connections)) for c in range(connections)])
    took = time.monotonic() - started
    return each * connections / took, 1000 * (cpu(pid) - before) / (each * connections)


def rate(url, pid, connections, kind, seconds, known):
    done = multiprocessing.Queue()
    before, started = cpu(pid), time.monotonic()
    spread([multiprocessing.Process(target=repeat, args=(url, kind, seconds, 17 + c, known, done)) for c in range(connections)])
    took = time.monotonic() - started
    calls = sum(done.get() for _ in range(connections))
    return calls / took, 1000 * (cpu(pid) - before) / calls


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Braid:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.ports = [free_port() for _ in range(4)]
        self.url = f"http://127.0.0.1:{self.ports[2]}"

    def start(self):
        names = ("--http-port", "--kafka-port", "--registry-port", "--ksql-port")
        started = time.monotonic()
        self.process = subprocess.Popen([self.binary, "up", "--data", str(self.folder / "data"), *sum(([n, str(p)] for n, p in zip(names, self.ports)), [])],
                                        stdout=open(self.folder / "log", "ab"), stderr=subprocess.STDOUT)
        while time.monotonic() - started < 120:
            try:
                Client(self.url).call("GET", "/schemas/types")
                return time.monotonic() - started
            except OSError:
                time.sleep(0.005)
        sys.exit("the node does not answer")

    def whole(self):
        """Waits until search has all that was there at the start."""
        client = Client(f"http://127.0.0.1:{self.ports[0]}")
        while "indexing" in client.call("GET", "/api/v1/search?q=nothing&limit=1"):
            time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def measure(url, pid, arguments):
    print(f"load {os.getloadavg()[0]:.1f} before; {arguments.connections} clients; CPU is the server's, in ms a call")
    at, probe = 0, min(2_000, arguments.schemas)
    for size in sorted({0, arguments.schemas // 10, arguments.schemas}):
        if size > at:
            per_second, ms = grow(url, pid, arguments.connections, at, size - at)
            print(f"  registering up to {size:>7,}: {per_second:>8,.0f}/s  {ms:.3f} ms", flush=True)
            at = size
        per_second, ms = grow(url, pid, arguments.connections, at, probe)
        at += probe // arguments.connections * arguments.connections
        print(f"  register with {size:>7,} there:  {per_second:>8,.0f}/s  {ms:.3f} ms", flush=True)
    for kind, words in (("id", "look up by id"), ("schema", "look up by schema"), ("check", "check a new version")):
        per_second, ms = rate(url, pid, arguments.connections, kind, arguments.seconds, probe)
        print(f"  {words:<22}    {per_second:>8,.0f}/s  {ms:.3f} ms", flush=True)
    return at


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--braid", default="build/braid")
    parser.add_argument("--schemas", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--url")
    parser.add_argument("--pid", type=int)
    arguments = parser.parse_args()
    if arguments.url:
        measure(arguments.url, arguments.pid, arguments)
        return
    folder = pathlib.Path(tempfile.mkdtemp(prefix="braid-registry-"))
    node = Braid(os.path.abspath(arguments.braid), folder)
    try:
        node.start()
        count = measure(node.url, node.process.pid, arguments)
        rss = int(next(l for l in open(f"/proc/{node.process.pid}/status") if l.startswith("VmRSS")).split()[1]) // 1024
        node.stop()
        before = time.monotonic()
        seconds = node.start()
        subjects = len(Client(node.url).call("GET", "/subjects"))
        listed, used = time.monotonic() - before, cpu(node.process.pid)
        if subjects != count:
            sys.exit(f"{count} schemas were registered, {subjects} are there after the start")
        node.whole()
        print(f"  start-up with {subjects:,} schemas, load {os.getloadavg()[0]:.1f}: first answer {seconds:.2f} s, all subjects {listed:.2f} s ({used:.2f} s CPU), "
              f"search whole {time.monotonic() - before:.1f} s ({cpu(node.process.pid):.1f} s CPU), memory {rss} MB before it")
        node.stop()
    finally:
        if node.process.poll() is None:
            node.process.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

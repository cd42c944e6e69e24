#!/usr/bin/env python3
"""Produce and consume throughput, CPU-seconds per GB, memory and start-up: Braid beside Apache Kafka, same client, same disk, one run.

    bench/end_to_end/log.py --braid build/braid --client build-bench/bench/kafka_load [--kafka DIR] [--records N] [--size BYTES] [--rounds N]

DIR holds Apache Kafka's jars (made by --fetch, with Maven). Two durability classes, never mixed: `durable` (an fdatasync before the answer:
Braid's default, Kafka with flush.messages=1) and `async` (the operating system writes when it likes: Kafka's default, Braid's flush.policy=async).
The two servers run one after the other, in turns (A B B A), each on an empty directory.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

KAFKA_VERSION = "4.1.2"
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>b</groupId><artifactId>rival</artifactId>
<version>1</version><dependencies>%s</dependencies></project>""" % "".join(
    f"<dependency><groupId>org.apache.kafka</groupId><artifactId>{a}</artifactId><version>{KAFKA_VERSION}</version></dependency>"
    for a in ("kafka_2.13", "kafka-tools", "kafka-streams"))


def fetch_kafka(directory):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pom.xml").write_text(POM)
    subprocess.run(["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"], cwd=directory, check=True)


def wait_port(port, process, seconds=60):
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if process.poll() is not None:
            sys.exit(f"the server ended with exit code {process.returncode} before it listened on {port}")
        with socket.socket() as s:
            s.settimeout(0.2)
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return time.monotonic() - started
        time.sleep(0.01)
    sys.exit(f"nothing listens on port {port} after {seconds} s")


class Server:
    def __init__(self, name, command, port, folder, env=None):
        self.name, self.port, self.folder, self.command, self.env = name, port, folder, command, env
        self.log = open(folder / "server.log", "ab")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, cwd=folder, env={**os.environ, **(env or {})})
        self.start_seconds = wait_port(port, self.process)

    def cpu_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_braid(args, folder):
    ports = {"BRAID_KAFKA_PORT": str(args.port), "BRAID_HTTP_PORT": "0", "BRAID_REGISTRY_PORT": "0", "BRAID_KSQL_PORT": "0"}
    return Server("braid", [str(args.braid.resolve()), "up", "--data", str(folder / "data")], args.port, folder, ports)


def start_kafka(args, folder):
    java = ["java", "-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-cp", str(args.kafka.resolve() / "lib") + "/*"]
    properties = folder / "server.properties"
    properties.write_text("\n".join([
        "process.roles=broker,controller", "node.id=1", f"controller.quorum.voters=1@127.0.0.1:{args.port + 1}",
        f"listeners=PLAINTEXT://127.0.0.1:{args.port},CONTROLLER://127.0.0.1:{args.port + 1}",
        f"advertised.listeners=PLAINTEXT://127.0.0.1:{args.port}", "controller.listener.names=CONTROLLER", f"log.dirs={folder}/logs",
        "offsets.topic.replication.factor=1", "transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1",
        "group.initial.rebalance.delay.ms=0"]))
    uuid = subprocess.run([*java, "kafka.tools.StorageTool", "random-uuid"], capture_output=True, text=True).stdout.strip().splitlines()[-1]
    subprocess.run([*java, "kafka.tools.StorageTool", "format", "-t", uuid, "-c", str(properties)], check=True, capture_output=True)
    return Server("kafka", [*java, "kafka.Kafka", str(properties)], args.port, folder)


def make_topic(args, server, topic, durable):
    config = None
    if server.name == "kafka" and durable:
        config = ("flush.messages", "1")
    if server.name == "braid" and not durable:
        config = ("flush.policy", "async")
    import kafka_admin
    kafka_admin.create_topic("127.0.0.1", server.port, topic, args.partitions, dict([config] if config else []))


def client(args, *words):
    done = subprocess.run([str(args.client), *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"kafka_load {' '.join(map(str, words))} failed: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def measure_restart(args, start, rows):
    """1,000 topics and 1,000,000 records, then a stop and a start: how long until it answers, and what it holds in memory at rest."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=args.scratch))
    server = start(args, folder)
    try:
        client(args, "spread", f"127.0.0.1:{server.port}", "many", 1000, 1_000_000, 100)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
        again = Server(server.name, server.command, server.port, folder, server.env)
        rows.append((again.name, "start-up, 1,000 topics and 1,000,000 records, after a clean stop", "s", again.start_seconds))
        time.sleep(2)
        rows.append((again.name, "memory at rest with them", "MB", again.rss_mb()))
        again.process.kill()
        again.process.wait()
        server = Server(again.name, again.command, again.port, folder, again.env)
        rows.append((server.name, "start-up with them after kill -9", "s", server.start_seconds))
    finally:
        server.stop()


def measure(args, start, rows):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=args.scratch))
    server = start(args, folder)
    try:
        rows.append((server.name, "start-up, empty", "s", server.start_seconds))
        time.sleep(2)
        rows.append((server.name, "memory at rest, empty", "MB", server.rss_mb()))
        for durable in (True, False):
            kind = "durable" if durable else "async"
            topic = f"bench-{kind}"
            make_topic(args, server, topic, durable)
            for what in ("produce", "consume"):
                before = server.cpu_seconds()
                words = ("produce", f"127.0.0.1:{server.port}", topic, args.records, args.size, args.partitions)
                if what == "consume":
                    words = ("consume", f"127.0.0.1:{server.port}", topic, args.records, args.partitions)
                result = client(args, *words)
                cpu = server.cpu_seconds() - before
                gigabytes = result["bytes"] / 1e9
                rows.append((server.name, f"{what}, {kind}", "MB/s", result["bytes"] / 1e6 / result["seconds"]))
                rows.append((server.name, f"{what}, {kind}: server CPU", "s/GB", cpu / gigabytes))
        rows.append((server.name, "memory after the run", "MB", server.rss_mb()))
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--braid", type=pathlib.Path, default="build/braid")
    parser.add_argument("--client", type=pathlib.Path, default="build-bench/bench/kafka_load")
    parser.add_argument("--kafka", type=pathlib.Path, default=pathlib.Path("build-bench/kafka"))
    parser.add_argument("--fetch", action="store_true", help="fetch Apache Kafka's jars with Maven first")
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--partitions", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=1, help="each round is A B B A")
    parser.add_argument("--port", type=int, default=19392)
    parser.add_argument("--scratch", default=None, help="where data goes (a real disk)")
    parser.add_argument("--only", choices=["braid", "kafka"])
    args = parser.parse_args()
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    if args.fetch:
        fetch_kafka(args.kafka)
    starts = {"braid": start_braid, "kafka": start_kafka}
    if not (args.kafka / "lib").exists() and args.only != "braid":
        print(f"Apache Kafka's jars are not in {args.kafka} (--fetch gets them by Maven): measuring Braid alone")
        args.only = "braid"
    order = ["braid", "kafka", "kafka", "braid"] if not args.only else [args.only]
    rows = []
    for _ in range(args.rounds):
        for name in order:
            measure(args, starts[name], rows)
    for name in dict.fromkeys(order):
        measure_restart(args, starts[name], rows)
    print(f"\n{args.records:,} records of {args.size} bytes, {args.partitions} partitions, one client (librdkafka, acks=all, linger 5 ms); "
          f"{os.cpu_count()} cores; medians of {len(order) * args.rounds // len(set(order))} runs each\n")
    print("| | unit | Braid | Apache Kafka " + KAFKA_VERSION + " | ratio |\n|---|---|---:|---:|---:|")
    for what, unit in dict.fromkeys((w, u) for _, w, u, _ in rows):
        values = {n: statistics.median([v for name, w, _, v in rows if name == n and w == what]) for n in set(r[0] for r in rows)}
        a, b = values.get("braid"), values.get("kafka")
        ratio = f"{a / b:.2f}" if a and b else ""
        print(f"| {what} | {unit} | {a:.2f} | {'' if b is None else f'{b:.2f}'} | {ratio} |" if a is not None else f"| {what} | {unit} | | {b:.2f} | |")


if __name__ == "__main__":
    main()

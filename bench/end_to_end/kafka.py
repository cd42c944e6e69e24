#!/usr/bin/env python3
"""Seven benchmarks, Braid beside Apache Kafka: same clients, same disk, one server at a time, in turns (A B B A). Nothing here decides a test.

    bench/end_to_end/kafka.py [--only B3,B5] [--scale 0.1] [--rounds 1] [--durability durable,async] [--kafka DIR] [--clients DIR] [--braid FILE]

B1 produce throughput (1 and 12 partitions, records of 1000 and 100 bytes; librdkafka, and Java's ProducerPerformance)
B2 consume throughput, cold and warm page cache     B3 one record in flight, end to end     B4 fixed rate, open loop, end to end (10,000 and 50,000 a second)
B5 1,000 partitions, 16 small producers (twice: by librdkafka, and by a client that costs little)             B6 start, memory with 1,000 partitions, kill -9 under load, what was lost     B7 transactions

Two durability classes, never mixed: `durable` (an fdatasync before the answer: Braid's default, Kafka with flush.messages=1) and `async` (the
operating system writes when it likes: Kafka's default, Braid's flush.policy=async). A line is a median over the runs; beside it the spread, and the
ratio Braid / Kafka. CPU-seconds, memory and bytes written are the server's own, from /proc. At --scale 1 they are meant to take some 20 minutes; not measured.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kafka_admin
import log

NAMES = ["B1", "B2", "B3", "B4", "B5", "B6", "B7"]


class Run:
    """One server, started on an empty directory, and what was measured with it."""

    def __init__(self, args, name, rows):
        self.args, self.rows, self.topics = args, rows, 0
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=args.scratch))
        self.server = {"braid": log.start_braid, "kafka": log.start_kafka}[name](args, self.folder)
        self.address = f"127.0.0.1:{self.server.port}"

    def row(self, what, unit, value, better):
        self.rows.append((self.server.name, what, unit, value, better))

    def topic(self, durable, partitions=1):
        self.topics += 1
        name = f"bench-{self.topics}"
        configs = {}
        if self.server.name == "kafka" and durable:
            configs = {"flush.messages": "1"}
        if self.server.name == "braid" and not durable:
            configs = {"flush.policy": "async"}
        kafka_admin.create_topic("127.0.0.1", self.server.port, name, partitions, configs, timeout=120)
        time.sleep(0.5 if partitions < 100 else 3)   # Apache Kafka answers before its partitions are there
        return name

    def client(self, program, *words, allow_failure=False):
        done = subprocess.run([str(self.args.clients / program), *map(str, words)], capture_output=True, text=True, timeout=600)
        if done.returncode != 0 and not allow_failure:
            raise RuntimeError(f"{program} {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def java(self, tool, *words):
        done = subprocess.run(["java", "-Xmx512m", "-cp", str(self.args.kafka.resolve() / "lib") + "/*", f"org.apache.kafka.tools.{tool}", *map(str, words)], capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(f"{tool}: {done.stdout[-500:]}{done.stderr[-500:]}")
        return done.stdout

    def written(self):
        for line in open(f"/proc/{self.server.process.pid}/io"):
            if line.startswith("write_bytes"):
                return int(line.split()[1])
        return 0

    def measured(self, what, gigabytes, work):
        """Runs the work; adds the server's CPU and what it wrote, for each GB of payload."""
        cpu, written = self.server.cpu_seconds(), self.written()
        result = work()
        self.row(f"{what}: server CPU", "s/GB", (self.server.cpu_seconds() - cpu) / gigabytes, "less")
        if "produce" in what:
            self.row(f"{what}: written to disk", "GB/GB", (self.written() - written) / 1e9 / gigabytes, "less")
        return result

    def stop(self):
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def forget_page_cache():
    os.sync()
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("1")
        return True
    except OSError:
        return False


def b1_and_b2(run, durable, kind, which):
    args = run.args
    for size, partitions in ((1000, 1), (1000, 12), (100, 1), (100, 12)):
        records = int(args.scale * (1_000_000 if size == 1000 else 3_000_000))
        topic, gigabytes = run.topic(durable, partitions), records * size / 1e9
        what = f"B1 produce, {size} B, {partitions} partitions, {kind}"
        if "B1" in which:
            made = run.measured(what, gigabytes, lambda: run.client("kafka_load", "produce", run.address, topic, records, size, partitions))
            run.row(what, "MB/s", made["bytes"] / 1e6 / made["seconds"], "more")
        elif size == 1000:
            run.client("kafka_load", "produce", run.address, topic, records, size, partitions)
        if "B2" in which and size == 1000:
            for cache in ("cold", "warm"):
                if cache == "cold" and not forget_page_cache():
                    continue
                what = f"B2 consume, {size} B, {partitions} partitions, {cache} cache, {kind}"
                seen = run.measured(what, gigabytes, lambda: run.client("kafka_load", "consume", run.address, topic, records, partitions))
                run.row(what, "MB/s", seen["bytes"] / 1e6 / seen["seconds"], "more")
    if "B1" in which and args.java:
        records, topic = int(args.scale * 1_000_000), run.topic(durable)
        what = f"B1 produce, Java, 1000 B, 1 partition, {kind}"
        out = run.measured(what, records / 1e6, lambda: run.java("ProducerPerformance", "--topic", topic, "--num-records", records, "--record-size", 1000, "--throughput", -1, "--producer-props",
                           f"bootstrap.servers={run.address}", "acks=all", "linger.ms=5", "batch.size=131072", "compression.type=none"))
        run.row(what, "MB/s", float(out.split("records/sec (")[-1].split(" MB/sec")[0]) * 1.048576, "more")


def latencies(run, what, result, rate=False):
    for name in ("p50", "p99", "p999"):
        run.row(f"{what}, {name}", "ms", result[f"{name}_ms"], "less")
    if rate:
        run.row(f"{what}, rate", "1/s", next(v for k, v in result.items() if k.endswith("_per_second")), "more")


def b3(run, durable, kind):
    latencies(run, f"B3 one in flight, 100 B, {kind}", run.client("kafka_pace", "ping", run.address, run.topic(durable), max(int(run.args.scale * 10_000), 200), 100))


def b4(run, durable, kind):
    for rate in (10_000, 50_000):
        what = f"B4 end to end at {rate:,} a second, 1000 B, {kind}"
        seconds = max(run.args.scale * 15, 2)
        topic = run.topic(durable)
        latencies(run, what, run.measured(what, rate * seconds * 1000 / 1e9, lambda: run.client("kafka_pace", "end_to_end", run.address, topic, rate, seconds, 1000)), rate=True)


def b5(run, durable, kind):
    partitions = 1000 if run.args.scale >= 0.5 else 100
    topic = run.topic(durable, partitions)
    for program, client in (("kafka_pace many", "librdkafka"), ("kafka_lean", "lean client")):   # with librdkafka the clients take most of the two cores
        cpu = run.server.cpu_seconds()
        result = run.client(*program.split(" "), run.address, topic, partitions, 16, max(run.args.scale * 15, 3), 100)
        what = f"B5 {partitions} partitions, 16 producers, {client}, 100 B, {kind}"
        latencies(run, what, result, rate=True)
        run.row(f"{what}: server CPU", "s per million", (run.server.cpu_seconds() - cpu) / max(result["samples"], 1) * 1e6, "less")


def b6(run, durable, kind):
    run.row("B6 start, empty", "s", run.server.start_seconds, "less")
    partitions = 1000 if run.args.scale >= 0.5 else 100
    topic = run.topic(durable, partitions)
    time.sleep(2)
    run.row(f"B6 memory at rest, {partitions} partitions", "MB", run.server.rss_mb(), "less")
    load = subprocess.Popen([str(run.args.clients / "kafka_pace"), "many", run.address, topic, str(partitions), "4", "6", "100"], stdout=subprocess.PIPE, text=True)
    time.sleep(3)
    run.server.process.kill()
    run.server.process.wait()
    again = log.Server(run.server.name, run.server.command, run.server.port, run.folder, run.server.env)
    run.server = again
    run.row(f"B6 listens again after kill -9 under load, {partitions} partitions, {kind}", "s", again.start_seconds, "less")
    acknowledged = json.loads(load.communicate(timeout=120)[0])["samples"]
    there = run.client("kafka_pace", "count", run.address, topic, partitions)["records"]
    run.row(f"B6 acknowledged and lost by kill -9, {kind}", "records", max(0, acknowledged - there), "less")


def b7(run, durable, kind):
    for records in (1, 100):
        what = f"B7 transactions of {records} records of 1000 B, {kind}"
        latencies(run, what, run.client("kafka_pace", "transactions", run.address, run.topic(durable), f"bench-{records}-{kind}", max(run.args.scale * 10, 2), records, 1000), rate=True)
    if run.args.java:
        count, topic = max(int(run.args.scale * 100_000), 1000), run.topic(durable)
        out = run.java("ProducerPerformance", "--topic", topic, "--num-records", count, "--record-size", 1000, "--throughput", -1, "--transactional-id", f"java-{kind}", "--transaction-duration-ms", 100,
                       "--producer-props", f"bootstrap.servers={run.address}", "acks=all")
        run.row(f"B7 Java, transactions of 100 ms, 1000 B, {kind}", "records/s", float(out.strip().splitlines()[-1].split("records sent, ")[1].split(" ")[0]), "more")


def show(args, rows, order):
    print(f"\n{os.cpu_count()} cores; {len(order)} runs in the order {' '.join(order)}; scale {args.scale}; medians, and in brackets the smallest and largest of several runs\n")
    print("| | unit | Braid | Apache Kafka " + log.KAFKA_VERSION + " | Braid / Kafka | better |\n|---|---|---:|---:|---:|---|")
    for what, unit, better in dict.fromkeys((w, u, b) for _, w, u, _, b in rows):
        cells, medians = [], []
        for name in ("braid", "kafka"):
            values = [v for n, w, _, v, _ in rows if n == name and w == what]
            medians.append(statistics.median(values) if values else None)
            cells.append("" if not values else f"{statistics.median(values):.4g}" + (f" ({min(values):.4g} to {max(values):.4g})" if len(values) > 1 else ""))
        ratio = f"{medians[0] / medians[1]:.2f}" if medians[0] is not None and medians[1] else ""
        print(f"| {what} | {unit} | {cells[0]} | {cells[1]} | {ratio} | {better} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(NAMES), help="for example B3,B5")
    parser.add_argument("--scale", type=float, default=1.0, help="of records and seconds; 0.05 to try it out")
    parser.add_argument("--rounds", type=int, default=1, help="each round is A B B A")
    parser.add_argument("--once", action="store_true", help="A B alone, half the time")
    parser.add_argument("--durability", default="durable,async")
    parser.add_argument("--braid", type=pathlib.Path, default="build-bench/braid")
    parser.add_argument("--clients", type=pathlib.Path, default="build-bench/bench", help="where kafka_load and kafka_pace are")
    parser.add_argument("--kafka", type=pathlib.Path, default=pathlib.Path("build-bench/kafka"))
    parser.add_argument("--fetch", action="store_true", help="fetch Apache Kafka's jars with Maven first")
    parser.add_argument("--port", type=int, default=19392)
    parser.add_argument("--scratch", default=None, help="where data goes (a real disk)")
    args = parser.parse_args()
    which = args.only.split(",")
    if unknown := set(which) - set(NAMES):
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if args.fetch:
        log.fetch_kafka(args.kafka)
    order = ["braid", "kafka"] if args.once else ["braid", "kafka", "kafka", "braid"] * args.rounds
    args.java = (args.kafka / "lib").exists() and shutil.which("java") is not None
    if not args.java:
        print(f"Apache Kafka's jars are not in {args.kafka} (--fetch gets them by Maven): measuring Braid alone")
        order = ["braid"]
    rows, started = [], time.monotonic()
    for name in order:
        for kind in args.durability.split(","):
            durable = kind == "durable"
            for group, work in (({"B1", "B2"}, lambda r: b1_and_b2(r, durable, kind, which)), ({"B3"}, lambda r: b3(r, durable, kind)), ({"B4"}, lambda r: b4(r, durable, kind)),
                                ({"B5"}, lambda r: b5(r, durable, kind)), ({"B6"}, lambda r: b6(r, durable, kind)), ({"B7"}, lambda r: b7(r, durable, kind))):
                if not group & set(which):
                    continue
                run = Run(args, name, rows)
                try:
                    work(run)
                    run.row(f"{'+'.join(sorted(group & set(which)))} memory after it, {kind}", "MB", run.server.rss_mb(), "less")
                except (RuntimeError, subprocess.TimeoutExpired) as failure:   # one that fails is said, the others go on
                    print(f"{name}, {'+'.join(sorted(group & set(which)))}, {kind}: failed: {failure}", file=sys.stderr)
                finally:
                    run.stop()
                print(f"# {time.monotonic() - started:.0f} s: {name} {kind} {'+'.join(sorted(group & set(which)))}", file=sys.stderr)
    show(args, rows, order)


if __name__ == "__main__":
    main()

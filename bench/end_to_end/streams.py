#!/usr/bin/env python3
"""Streaming queries from topic to topic: Braid's SQL beside Kafka Streams (the engine of ksqlDB) on Apache Kafka. Same records, same machine, one after the other.

    bench/end_to_end/streams.py [--records 1000000] [--only filter,count] [--rounds 1] [--kafka DIR] [--braid FILE]

The input (JSON trades of some 110 bytes, 4 partitions) is there before a query begins, so what is measured is how fast history is worked off: from the
moment the query is asked for (Braid: CREATE STREAM; Kafka Streams: its process is started, so some 2 s of it are its JVM and its group: with more records
they weigh less) until the result is whole. CPU-seconds are those of all processes that take part: the node, or broker and application.
Each system in its default durability (Braid: every commit on disk; Kafka: the page cache). Nothing here decides a test.
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
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import kafka_admin
import log

PARTITIONS = 4
QUERIES = {
    "filter": "CREATE STREAM OUT_FILTER WITH (kafka_topic='out-filter', value_format='JSON') AS SELECT * FROM TRADES WHERE PRICE > 500 AND QUANTITY > 4500 EMIT CHANGES;",
    "projection": "CREATE STREAM OUT_PROJECTION WITH (kafka_topic='out-projection', value_format='JSON') AS SELECT ID, LCASE(USERID) USERID, PRICE * QUANTITY TOTAL, SIDE + '-' + SUBSTRING(SYMBOL, 1, 2) NAME FROM TRADES EMIT CHANGES;",
    "count": "CREATE TABLE OUT_COUNT WITH (kafka_topic='out-count', value_format='JSON') AS SELECT ID, COUNT(*) N FROM TRADES WINDOW TUMBLING (SIZE 60 SECONDS) GROUP BY ID EMIT CHANGES;",
}
STREAM = "CREATE STREAM TRADES (ID STRING KEY, SIDE STRING, QUANTITY INT, SYMBOL STRING, PRICE INT, ACCOUNT STRING, USERID STRING) WITH (kafka_topic='trades', value_format='JSON');"


def java(args, *words):
    return ["java", "-Xmx1g", "-cp", f"{args.classes}:{args.kafka.resolve()}/lib/*", "StreamsRival", *map(str, words)]


def rival(args, *words):
    done = subprocess.run(java(args, *words), capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stdout[-500:]}{done.stderr[-1000:]}")
    return done.stdout


def ksql(port, statement):
    body = json.dumps({"ksql": statement, "streamsProperties": {"ksql.streams.auto.offset.reset": "earliest"}}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/ksql", body, {"Content-Type": "application/json"})
    try:
        return json.load(urllib.request.urlopen(request))
    except urllib.error.HTTPError as error:
        raise RuntimeError(error.read().decode()) from None


def cpu_of(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_of(pid):
    return next(int(line.split()[1]) / 1024 for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))


def measure(args, name, rows):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=args.scratch))
    if name == "braid":
        ports = {"BRAID_KAFKA_PORT": str(args.port), "BRAID_HTTP_PORT": "0", "BRAID_REGISTRY_PORT": "0", "BRAID_KSQL_PORT": str(args.port + 2)}
        server = log.Server("braid", [str(args.braid.resolve()), "up", "--data", str(folder / "data")], args.port, folder, ports)
    else:
        server = log.start_kafka(args, folder)
    bootstrap = f"127.0.0.1:{args.port}"
    try:
        kafka_admin.create_topic("127.0.0.1", args.port, "trades", PARTITIONS, {"retention.ms": "-1"}, timeout=60)   # the records are of 2023
        time.sleep(1)
        passing = int(rival(args, "load", bootstrap, "trades", args.records).split()[1])
        if name == "braid":
            ksql(args.port + 2, STREAM)
        for query in args.only.split(","):
            expected = passing if query == "filter" else args.records
            kafka_admin.create_topic("127.0.0.1", args.port, f"out-{query}", PARTITIONS, {"retention.ms": "-1"}, timeout=60)
            time.sleep(2)   # what was loaded comes to rest
            watching = subprocess.Popen(java(args, "watch", bootstrap, query, f"out-{query}", expected), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            time.sleep(2)   # its JVM has started
            cpu, begun, application = server.cpu_seconds(), time.time(), None
            if name == "braid":
                ksql(args.port + 2, QUERIES[query])
            else:
                application = subprocess.Popen(java(args, "run", bootstrap, query, "trades", f"out-{query}", folder / "state"), stdout=subprocess.DEVNULL, stderr=server.log)
            words = watching.communicate(timeout=400)[0].split()
            if not words or words[0] != "whole":
                raise RuntimeError(f"{name}, {query}: {' '.join(words)}")
            seconds = int(words[2]) / 1000 - begun
            rows.append((name, f"{query}: from asking to the whole result", "s", seconds))
            rows.append((name, f"{query}", "rows/s", args.records / seconds))
            rows.append((name, f"{query}: CPU", "s per million rows", (server.cpu_seconds() - cpu + (cpu_of(application.pid) if application else 0)) / args.records * 1e6))
            rows.append((name, f"{query}: memory at the end", "MB", server.rss_mb() + (rss_of(application.pid) if application else 0)))
            if application:
                application.terminate()
                application.wait(60)
            else:
                described = ksql(args.port + 2, "SHOW QUERIES;")
                for one in described[0]["queries"]:
                    ksql(args.port + 2, f"TERMINATE {one['id']};")
            print(f"# {name} {query}: {seconds:.1f} s", file=sys.stderr)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--braid", type=pathlib.Path, default=pathlib.Path("build-bench/braid"))
    parser.add_argument("--kafka", type=pathlib.Path, default=pathlib.Path("build-bench/kafka"))
    parser.add_argument("--fetch", action="store_true", help="fetch Apache Kafka's jars with Maven first")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--only", default=",".join(QUERIES), help="for example filter,count")
    parser.add_argument("--rounds", type=int, default=1, help="each round is A B B A")
    parser.add_argument("--once", action="store_true", help="A B alone, half the time")
    parser.add_argument("--port", type=int, default=19492)
    parser.add_argument("--scratch", default=None, help="where data goes (a real disk)")
    args = parser.parse_args()
    if args.fetch:
        log.fetch_kafka(args.kafka)
    if not list((args.kafka / "lib").glob("kafka-streams-*.jar")):
        sys.exit(f"kafka-streams is not in {args.kafka}/lib; --fetch gets it by Maven")
    with tempfile.TemporaryDirectory() as classes:
        args.classes = classes
        subprocess.run(["javac", "-d", classes, "-cp", f"{args.kafka.resolve()}/lib/*", str(pathlib.Path(__file__).parent / "StreamsRival.java")], check=True)
        rows, order = [], ["braid", "kafka"] if args.once else ["braid", "kafka", "kafka", "braid"] * args.rounds
        for name in order:
            measure(args, name, rows)
    print(f"\n{args.records:,} records, {PARTITIONS} partitions, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end; medians of {len(order) // 2} runs each\n")
    print("| | unit | Braid | Kafka Streams " + log.KAFKA_VERSION + " | Braid / Kafka Streams |\n|---|---|---:|---:|---:|")
    for what, unit in dict.fromkeys((w, u) for _, w, u, _ in rows):
        a, b = (statistics.median([v for n, w, _, v in rows if n == name and w == what]) for name in ("braid", "kafka"))
        print(f"| {what} | {unit} | {a:,.4g} | {b:,.4g} | {a / b:.2f} |")


if __name__ == "__main__":
    main()

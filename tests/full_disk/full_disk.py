#!/usr/bin/env python3
"""A node on a small disk that somebody else fills."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walk"))
from node import Checks, Failed, HttpError, Node, eventually  # noqa: E402

DISK_MIB, LEFT_MIB = 200, 30   # what is left while it is full; the node keeps 64 MiB for itself


def mounted(path):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", path], capture_output=True, check=False).returncode == 0


class Full:
    """The disk while it is full: nearly (below what the log leaves), or to the last byte."""
    def __init__(self, folder):
        self.path = os.path.join(folder, "filler")

    def fill(self, left_mib):
        with open(self.path, "ab") as f:
            try:
                while shutil.disk_usage(os.path.dirname(self.path)).free > left_mib << 20:
                    f.write(b"\0" * (64 << 10))
                    f.flush()
            except OSError:
                pass

    def empty(self):
        os.remove(self.path)


def kcat(node, *arguments, stdin=None, ok=True):
    done = subprocess.run(["kcat", "-b", node.kafka, *arguments], input=stdin, capture_output=True, text=True, timeout=120, check=False)
    if ok and done.returncode != 0:
        raise Failed(f"kcat {' '.join(arguments)}: {done.stderr[-600:]}")
    return done.stdout if ok else done.stdout + done.stderr


def lines(name, count):
    return [f"{name}-{i}" for i in range(count)]


def text(records):
    return "".join(r + "\n" for r in records)


def steps(checks, node, disk):
    acknowledged = lines("before", 2000)
    waiting = {}

    def before():
        kcat(node, "-P", "-t", "orders", stdin=text(acknowledged))
        reader = subprocess.Popen(["kcat", "-b", node.kafka, "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000", "-X", "auto.commit.interval.ms=200", "-u", "-q", "-G", "readers", "orders"],
                                  stdout=open(os.path.join(node.folder.name, "read"), "wb"), stderr=subprocess.DEVNULL)
        waiting["reader"] = reader
        eventually("the group has read everything", lambda: len(read_by_group()) == 2000)

    def read_by_group():
        return pathlib.Path(node.folder.name, "read").read_text().split()

    def refused():
        disk.fill(LEFT_MIB)
        said = kcat(node, "-P", "-t", "orders", "-X", "message.timeout.ms=2000", stdin="lost\n", ok=False)
        assert "Delivery failed" in said or "timed out" in said.lower(), said
        try:
            node.call("POST", "/api/v1/topics/orders/records", {"records": [{"value": "lost too"}]})
            raise Failed("a record was taken")
        except HttpError as e:
            assert e.status == 507, e
            assert node.data in e.json["message"] and "MiB" in e.json["message"] and e.json["hint"], e.json
        metrics = node.call("GET", "/metrics", raw=True).decode()
        assert "braid_log_writable 0" in metrics, [line for line in metrics.splitlines() if "writable" in line]
        try:
            node.get("/readyz")
            raise Failed("it says that it is ready")
        except HttpError as e:
            assert e.status == 503 and node.data in e.json["event_log"], e
        assert "event_log_not_writable" in node.log()

    def reads_go_on():
        assert kcat(node, "-C", "-t", "orders", "-o", "beginning", "-e", "-q").split() == acknowledged
        assert waiting["reader"].poll() is None, "the group's member has gone"
        assert node.get("/healthz")["status"] == "ok"
        said = node.cli("groups", "show", "readers")
        assert "stable" in said.lower(), said

    def what_makes_room_goes_through():
        node.cli("topics", "list")
        kcat(node, "-L", "-t", "orders")

    def to_the_last_byte():
        disk.fill(0)
        late = lines("late", 500)
        producer = subprocess.Popen(["kcat", "-b", node.kafka, "-P", "-t", "orders"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        producer.stdin.write(text(late).encode())
        producer.stdin.close()
        waiting["producer"] = producer
        eventually("the broker has refused it", lambda: node_refusals() > 0)
        assert kcat(node, "-C", "-t", "orders", "-o", "beginning", "-e", "-q").split() == acknowledged
        acknowledged.extend(late)

    def node_refusals():
        for line in node.call("GET", "/metrics", raw=True).decode().splitlines():
            if line.startswith("braid_kafka_produce_refused_total "):
                return float(line.split()[1])
        return 0

    def resumes():
        disk.empty()
        eventually("the node is ready again by itself", lambda: node.get("/readyz")["status"] == "ready")
        assert waiting["producer"].wait(120) == 0, "the producer that waited has failed"
        more = lines("after", 300)
        kcat(node, "-P", "-t", "orders", stdin=text(more))
        acknowledged.extend(more)
        got = kcat(node, "-C", "-t", "orders", "-o", "beginning", "-e", "-q").split()
        assert sorted(got) == sorted(acknowledged), (len(got), len(acknowledged))
        eventually("the group has read on without a break", lambda: len(read_by_group()) == len(acknowledged))
        waiting["reader"].terminate()
        waiting["reader"].wait()

    def after_a_kill():
        disk.fill(LEFT_MIB)
        kcat(node, "-P", "-t", "orders", "-X", "message.timeout.ms=1000", stdin="lost\n", ok=False)
        node.kill()
        disk.empty()
        node.start()
        got = kcat(node, "-C", "-t", "orders", "-o", "beginning", "-e", "-q").split()
        assert sorted(got) == sorted(acknowledged), (len(got), len(acknowledged))

    try:
        checks.step("records are written and a group reads them", before)
        checks.step("a full disk refuses records and says where and how much is left", refused)
        checks.step("reading, groups and heartbeats go on", reads_go_on)
        checks.step("looking around goes on", what_makes_room_goes_through)
        checks.step("a disk that is full to the last byte refuses, and a producer waits", to_the_last_byte)
        checks.step("with room again everything goes on by itself, and nothing is lost or twice", resumes)
        checks.step("a kill while the disk is full loses nothing", after_a_kill)
    finally:
        for process in waiting.values():
            if process.poll() is None:
                process.kill()
                process.wait()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", default="build")
    checks = Checks()
    if not shutil.which("kcat"):
        print("full_disk: kcat is not installed, the suite is skipped\n0 passed, 0 failed")
        return
    folder = tempfile.mkdtemp(prefix="braid-full-")
    if not mounted(folder):
        os.rmdir(folder)
        print("full_disk: a tmpfs may not be mounted here, the suite is skipped (the simulated disk of src/storage and tests/sim still fills up)\n0 passed, 0 failed")
        return
    node = Node(arguments.parse_args().build, "up", ["--threads", "2"])
    node.data = os.path.join(folder, "data")
    try:
        node.start()
        steps(checks, node, Full(folder))
    finally:
        if checks.failed:
            print("  the node's log ends with:\n    " + "\n    ".join(node.log().splitlines()[-15:]))
        node.close()
        subprocess.run(["umount", folder], check=False)
        os.rmdir(folder)
    checks.end()


if __name__ == "__main__":
    main()

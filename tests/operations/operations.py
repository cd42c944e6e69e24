#!/usr/bin/env python3
"""Editor and operations over HTTP and by command line, on a demo node with real Kafka clients."""
import argparse
import http.client
import json
import pathlib
import shutil
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walk"))
from node import Checks, Failed, HttpError, Node, eventually  # noqa: E402

HIGH = "CREATE STREAM high AS SELECT symbol, price FROM stocktrades WHERE price > 900 EMIT CHANGES;"


def preview(node, sql, lines=None, **more):
    """Lines of a preview; with `lines` only so many, then the client goes away."""
    connection = http.client.HTTPConnection("127.0.0.1", node.http_port, timeout=60)
    connection.request("POST", "/api/v1/sql/preview", json.dumps({"sql": sql, **more}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()[:300]
    out = []
    for line in answer:
        out.append(json.loads(line))
        if lines and len(out) >= lines:
            break
    connection.close()
    answer.close()
    return out


def refused(status, call):
    try:
        call()
    except HttpError as e:
        assert e.status == status, f"expected {status}, got {e}"
        return e.json
    raise Failed(f"expected {status}, but it was done")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", default="build")
    checks = Checks()
    node = Node(arguments.parse_args().build, "demo", ["--rate", "50"])
    try:
        node.start()
        steps(checks, node)
    finally:
        if checks.failed:
            print("  the node's log ends with:\n    " + "\n    ".join(node.log().splitlines()[-15:]))
        node.close()
    checks.end()


def steps(checks, node):
    def frame():
        page = node.call("GET", "/", headers={"Accept": "text/html"}, raw=True).decode()
        assert "<!doctype html>" in page.lower(), page[:200]
        assert node.call("GET", "/products/%D7%A9%22/x", headers={"Accept": "text/html"}, raw=True).decode() == page
        assert node.get("/")["name"] == "braid"
        refused(404, lambda: node.get("/explore"))
        described = node.get("/openapi.json")["paths"]
        for path in ("/api/v1/sql/check", "/api/v1/sql/preview", "/api/v1/queries", "/api/v1/groups/{group}/offsets", "/api/v1/schemas/{subject}/diff"):
            assert path in described, path

    def acting_as():
        assert node.get("/api/v1/whoami?as=tomas")["person"] == "tomas"
        assert refused(401, lambda: node.get("/api/v1/whoami?as=nobody-knows"))["hint"] is not None
        refused(401, lambda: node.call("PATCH", "/api/v1/products/users?as=mira", {"description": "not by a link"}))

    def check_and_words():
        found = node.call("POST", "/api/v1/sql/check", {"sql": HIGH + "\nSELECT prise FROM high EMIT CHANGES;"})["statements"]
        assert found[0]["ok"] and found[0]["plan"]["steps"][-1]["kind"] == "sink", found
        assert not found[1]["ok"] and found[1]["error"]["line"] == 2, found[1]
        words = node.get("/api/v1/sql/words")
        assert [s for s in words["sources"] if s["name"] == "STOCKTRADES"][0]["product"] == "stocktrades"
        cases = node.get("/api/v1/use-cases")
        checked = node.call("POST", "/api/v1/sql/check", {"sql": "\n".join(c["sql"] for c in cases)})["statements"]
        assert len(checked) == 3 and all(c["ok"] for c in checked), checked

    def previews():
        lines = preview(node, HIGH, limit=5)
        assert [c["name"] for c in lines[0]["columns"]] == ["SYMBOL", "PRICE"], lines[0]
        rows = [line["row"] for line in lines if "row" in line]
        assert len(rows) == 5 and all(row[1] > 900 for row in rows), rows
        steps_seen = {s["id"]: s for s in [line for line in lines if "steps" in line][-1]["steps"]}
        assert steps_seen[1]["in"] > steps_seen[1]["out"] >= 5, steps_seen
        assert lines[-1] == {"end": "limit"}, lines[-1]
        lines = preview(node, "SELECT * FROM stocktrades WHERE price > 1000000 AND side = 'BUY' EMIT CHANGES;", seconds=2)
        nearest = [line for line in lines if "nearest" in line][0]["nearest"]
        assert nearest and nearest[0]["row"]["SIDE"] == "BUY" and len(nearest[0]["failed"]) == 1, nearest
        assert node.get("/api/v1/topics?internal=true") and not [t for t in node.get("/api/v1/topics")["topics"] if t["name"].upper() == "HIGH"]

    def left_previews_end():
        preview(node, "SELECT * FROM stocktrades EMIT CHANGES;", lines=3, seconds=300)
        eventually("the preview's query ends", lambda: not [q for q in node.get("/api/v1/queries") if q["kind"] == "push"], 20)

    def queries():
        node.cli("sql", "--from", "beginning", "-e", HIGH, person="tomas")
        query = eventually("the query has read", lambda: [q for q in node.get("/api/v1/queries") if q["stream"] == "HIGH" and q["records_out"] > 0])[0]
        shown = node.get("/api/v1/queries/" + query["id"])
        assert any("PRICE > 900" in s["title"] for s in shown["plan"]["steps"]), shown["plan"]
        assert query["id"] in node.cli("queries", "list")
        assert "PRICE > 900" in node.cli("queries", "show", query["id"])
        node.call("POST", "/api/v1/products", {"name": "HIGH", "owner": "@analytics-team", "description": "high"}, person="tomas")
        refused(403, lambda: node.call("POST", f"/api/v1/queries/{query['id']}/pause", person="mira"))
        node.cli("queries", "pause", query["id"], person="tomas")
        assert node.get("/api/v1/queries/" + query["id"])["state"] == "paused"
        node.cli("queries", "resume", query["id"], person="tomas")
        node.call("POST", "/api/v1/products/HIGH/consumers", {"purpose": "to be told", "team": "@accounting-team", "name": "risk \U0001F4C8"}, person="lena")
        told = refused(409, lambda: node.call("POST", f"/api/v1/queries/{query['id']}/terminate", person="tomas"))
        assert told["impact"]["consumers"][0]["name"] == "risk \U0001F4C8", told
        done = node.call("POST", f"/api/v1/queries/{query['id']}/terminate?confirm={told['impact']['confirm']}", person="tomas")
        assert done["state"] == "terminated", done
        whats = [e["what"] for e in node.get(f"/api/v1/audit?subject={query['id']}")["entries"]]
        assert "query.paused" in whats and "query.terminated" in whats, whats

    def groups():
        if not shutil.which("kcat"):
            print("  skipped: kcat is not installed")
            return
        name = "settlement \"check\" \u05e9\u05dc\u05d5\u05dd"
        path = "/api/v1/groups/" + urllib.parse.quote(name, safe="")
        consumer = subprocess.Popen(["kcat", "-b", node.kafka, "-G", name, "-X", "auto.offset.reset=earliest", "-q", "stocktrades"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            def member():
                found = node.get(path)
                return found if found["members"] and found["members"][0]["assignment"] else None
            found = eventually("the consumer has its partitions", member)
            assert found["members"][0]["assignment"][0]["topic"] == "stocktrades", found
            eventually("it has committed", lambda: node.get(path)["offsets"], 30)
            busy = refused(409, lambda: node.call("POST", path + "/offsets", {"topic": "stocktrades", "to": "earliest"}, person="lena"))
            assert "members" in busy["message"], busy
        finally:
            consumer.terminate()
            consumer.wait(20)
        eventually("it has left", lambda: not node.get(path)["members"], 60)
        before = node.get(path)["offsets"]
        would = node.call("POST", path + "/offsets?dry_run=true", {"topic": "stocktrades", "to": "earliest"}, person="lena")
        assert would["dry_run"] and all(c["to"] == 0 for c in would["changes"]), would
        assert [o["committed"] for o in node.get(path)["offsets"]] == [o["committed"] for o in before]
        assert "lag after" in node.cli("groups", "reset", name, "--topic", "stocktrades", "--to", "earliest", person="lena")
        assert all(o["committed"] == 0 for o in node.get(path)["offsets"])
        assert name in node.cli("groups", "list") and "stocktrades" in node.cli("groups", "show", name)
        again = subprocess.run(["kcat", "-b", node.kafka, "-G", name, "-c", "1", "-q", "-f", "%o\n", "stocktrades"], capture_output=True, text=True, timeout=60, check=False).stdout.split()
        assert again and int(again[0]) == 0, again          # it begins again where it was put
        eventually("it has left again", lambda: not node.get(path)["members"], 60)
        node.cli("groups", "remove", name, person="lena")
        refused(404, lambda: node.get(path))

    def broken_records():
        node.call("POST", "/api/v1/topics", {"name": "odd"})
        if shutil.which("kcat"):
            subprocess.run(["kcat", "-b", node.kafka, "-P", "-t", "odd"], input=b"\x00\x00\x00\x03\xe7oops", timeout=30, check=True)
            record = eventually("the record", lambda: node.get("/api/v1/topics/odd/records?from=beginning")["records"])[0]
            assert "999" in record["value_problem"] and record["value_hex"] == "00000003e76f6f7073" and record["value_bytes"] == 9, record
        big = "x" * (1 << 20) + "</script>\u202e"
        node.call("POST", "/api/v1/topics/odd/records", {"records": [{"value": big[:900_000]}], "value_schema": "none"})
        eventually("the large record", lambda: [r for r in node.get("/api/v1/topics/odd/records?from=beginning")["records"] if r["value"] == big[:900_000]])

    checks.step("the portal's frame", frame)
    checks.step("acting as somebody without headers", acting_as)
    checks.step("check and words", check_and_words)
    checks.step("previews count their steps and show the nearest rows", previews)
    checks.step("a preview ends when its client leaves", left_previews_end)
    checks.step("queries: list, pause, resume, end", queries)
    checks.step("groups of real consumers: list, move, forget", groups)
    checks.step("records that cannot be read, and large ones", broken_records)


main()

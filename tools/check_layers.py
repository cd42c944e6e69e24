#!/usr/bin/env python3
"""Fails when a folder of src/ includes a folder that it may not include (the table of docs/ARCHITECTURE.md)."""
import pathlib
import re
import sys

MAY = {
    "base": [],
    "io": ["base"],
    "wire": ["base"],
    "data": ["base"],
    "format": ["base", "data"],
    "storage": ["base", "io", "wire"],
    "eventlog": ["base", "io", "wire", "data"],
    "broker": ["base", "io", "wire", "storage"],
    "registry": ["base", "io", "data", "format", "eventlog"],
    "sql": ["base", "data", "format"],
    "flow": ["base", "io", "data", "format", "sql", "eventlog", "registry"],
    "mesh": ["base", "io", "data", "eventlog"],
    "catalog": ["base", "io", "data", "eventlog", "registry", "mesh"],
    "observe": ["base", "io", "data", "format", "eventlog", "registry", "mesh"],
    "connect": ["base", "io", "data", "format", "eventlog", "registry"],
    "http": ["base", "io"],
    "api": ["base", "io", "data", "format", "eventlog", "registry", "sql", "flow", "mesh", "catalog", "observe", "connect", "http"],
    "node": None,  # composes everything
    "cli": ["base", "io", "http", "node"],
}
# One adapter alone reaches down to what it adapts.
EXTRA = {"src/eventlog/embedded": ["storage"]}
# Headers of the operating system and of libraries that may appear in a few folders only.
CONFINED = [
    (re.compile(r"#include <boost/(asio|beast)"), ("src/io/", "src/http/")),
    (re.compile(r"#include <(librdkafka|rdkafka)"), ("src/eventlog/kafka/",)),
    (re.compile(r"#include <CLI/"), ("src/cli/",)),
    (re.compile(r"#include <spdlog"), ("src/base/",)),
    (re.compile(r"#include <sqlite3"), ("src/catalog/",)),
    (re.compile(r"#include <sys/socket|#include <unistd|#include <fcntl"), ("src/io/", "src/cli/", "_test.cc")),
    (re.compile(r"#include <(mutex|shared_mutex|condition_variable|thread)>"), ("src/io/", "src/base/metrics.cc", "_test.cc")),
]

root = pathlib.Path(__file__).resolve().parent.parent
bad = []
for path in sorted((root / "src").rglob("*.[hc]*")):
    name = str(path.relative_to(root))
    module = name.split("/")[1]
    allowed = MAY.get(module, [])
    allowed = None if allowed is None else allowed + [m for prefix, more in EXTRA.items() if name.startswith(prefix) for m in more]
    test = name.endswith(("_test.cc", "_prop.cc", "_fuzz.cc"))
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'#include "(\w+)/', line)
        if found and found[1] != module and found[1] in MAY and allowed is not None and found[1] not in allowed and not test:
            bad.append(f"{name}:{number}: {module} must not include {found[1]}")
        for pattern, places in CONFINED:
            if pattern.match(line) and not any(name.startswith(p) or name.endswith(p) for p in places):
                bad.append(f"{name}:{number}: {line.strip()} belongs into {' or '.join(places)} only")
print("\n".join(bad) if bad else "layers: ok")
sys.exit(1 if bad else 0)

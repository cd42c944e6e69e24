#!/usr/bin/env python3
"""What must hold (fails) and what is taste (only shown). See docs/HACKING.md.

Fails on: banned calls, what g++ 12 translates wrongly beside co_await, a limit that the metrics do not show or that bounds nothing, a TODO without an issue number, paths named in docs that do not exist, a folder of src/ without a README,
a source file that belongs to no library. Shows: the longest files and functions, so that their author looks at them.
"""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
tracked = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
tracked = [name for name in tracked if (root / name).is_file()]
bad = []

BANNED = [  # (pattern, what to use instead, where it is allowed)
    (r"\bstd::(rand|srand)\b|\brand\(\)", "a seeded engine, or random_uuid() of base/clock.h", ()),
    (r"\b(strcpy|strcat|sprintf|gets)\(", "std::string, or snprintf", ()),
    (r"\b(atoi|atol|atof|stoi|stol|stoll|stod|stoul|stoull)\(", "std::from_chars, which says what was wrong", ("_test.cc", "_prop.cc", "tests/", "bench/")),
    (r"\bstd::system\(|\bpopen\(", "nothing: Braid starts no other program", ("src/cli/",)),
    (r"std::this_thread::sleep|\busleep\(|\bsleep\(\d", "io::sleep_for, or a Notifier: nothing sleeps for consistency", ("src/cli/", "_test.cc", "bench/", "tests/")),
    (r"\bstd::cout\b|\bprintf\(|\bputs\(", "log:: of base/log.h", ("src/cli/", "tests/", "bench/", "_test.cc", "_main.cc")),
    (r"system_clock::now|\btime\(nullptr\)|\btime\(NULL\)", "the Clock of base/clock.h", ("src/base/clock.cc", "src/cli/", "tests/", "bench/", "_test.cc")),
    (r"\bthrow\b(?! *;)", "Result and fail()", ("_test.cc", "tests/", "bench/")),
    (r"#include <(iostream|regex)>", "log::, RE2 or ICU", ("tests/", "bench/")),
    (r"using namespace std", "names with std::", ()),
]
for name in tracked:
    if not re.search(r"\.(cc|h)$", name):
        continue
    for number, line in enumerate((root / name).read_text(errors="replace").splitlines(), 1):
        code = re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]
        for pattern, instead, places in BANNED:
            if re.search(pattern, code) and not any(name.startswith(p) or name.endswith(p) or p in name for p in places):
                bad.append(f"{name}:{number}: {line.strip()[:80]}\n    use instead: {instead}")
        if re.search(r"\b(TODO|FIXME|XXX)\b", line) and not re.search(r"(TODO|FIXME|XXX)\(#\d+\)", line):
            bad.append(f"{name}:{number}: a TODO needs an issue number: TODO(#12)")

# g++ 12 corrupts memory where temporaries take part in a co_await (rules at the top of src/io/task.h). Three forms of it can be seen in the text:
# a conditional operator in the same statement, a co_await among the values of a braced list, and a closure that holds values and is itself a temporary of
# the co_await. A closure may hold `this`, references, and names of one letter (counters).
for name in tracked:
    if not re.search(r"\.(cc|h)$", name):
        continue
    text = (root / name).read_text(errors="replace")
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"'(\\.|[^'\\\n])'", "' '", text)
    for statement in re.finditer(r"[^;{}]+", text):
        awaited = statement.group().find("co_await")
        if awaited >= 0 and "?" in statement.group():
            line = text.count("\n", 0, statement.start() + awaited) + 1
            bad.append(f"{name}:{line}: a conditional operator beside co_await, which g++ 12 translates wrongly\n    use instead: a named value, or if and else")
        if awaited >= 0 and text[statement.start() - 1] == "{" and text[statement.end():statement.end() + 1] == "}":   # a statement would end with ;
            line = text.count("\n", 0, statement.start() + awaited) + 1
            bad.append(f"{name}:{line}: a co_await in a braced list, whose other values g++ 12 destroys twice\n    use instead: a named value")
    for closure in re.finditer(r"co_await [^;{}\[]*\(\[([^\]]*)\]", text):
        held = [c.strip() for c in closure.group(1).split(",")]
        if any(len(c) > 1 and c[0] != "&" and c != "this" for c in held):
            line = text.count("\n", 0, closure.start()) + 1
            bad.append(f"{name}:{line}: a closure that holds values ({', '.join(held)}) is a temporary of a co_await, which g++ 12 destroys twice\n    use instead: auto asking = shard.on([...]...); co_await std::move(asking);")

for name in tracked:  # docs that name paths
    if not name.endswith(".md"):
        continue
    for path in re.findall(r"`((?:src|tests|docs|tools|bench|packaging|web)/[A-Za-z0-9_./-]+)`", (root / name).read_text()):
        if not (root / path).exists():
            bad.append(f"{name}: names {path}, which does not exist")

for folder in sorted((root / "src").iterdir()):
    if folder.is_dir() and any(name.startswith(f"src/{folder.name}/") and name.endswith((".cc", ".h")) for name in tracked):
        if not (folder / "README.md").exists():
            bad.append(f"src/{folder.name}: has no README.md (one page: purpose, main types, what it must never do)")

limits = {}  # the table of limits: each is shown in the metrics, and each bounds something
for name in tracked:
    if name.startswith("src/base/limits/") and not name.endswith("/units.h"):
        limits.update({limit: name for limit in re.findall(r"^inline constexpr [\w:]+ (\w+) = ", (root / name).read_text(), re.M)})
shown = re.findall(r"LIMIT\((\w+)\)[,}]", (root / "src/node/limits.cc").read_text())
for limit in sorted(set(limits) - set(shown)):
    bad.append(f"{limits[limit]}: {limit} is not in the list of src/node/limits.cc, so the metrics do not show it")
for limit in sorted(set(shown) - set(limits)):
    bad.append(f"src/node/limits.cc: there is no limit {limit}")
code = "\n".join((root / n).read_text(errors="replace") for n in tracked if re.search(r"^src/.*\.(cc|h)$", n) and "_test." not in n)
for limit in sorted(limits):
    if not re.search(rf"limits::{limit}\b", code):
        bad.append(f"{limits[limit]}: nothing is bounded by {limit}")

sizes = sorted(((len((root / n).read_text(errors="replace").splitlines()), n) for n in tracked if re.search(r"src/.*\.(cc|h)$", n)), reverse=True)
print("longest files: " + ", ".join(f"{n} {size}" for size, n in sizes[:5]))
print("\n".join(bad) if bad else "lint: ok")
sys.exit(1 if bad else 0)

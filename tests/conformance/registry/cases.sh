#!/usr/bin/env bash
# The registry cases that others wrote, against the registry and its HTTP API alone. A case of passing.txt that fails is an error; what passes
# beyond the list is counted and can be kept with UPDATE=1. Environment: BUILD, SHARED, CASES (a folder of cases), UPDATE.
set -uo pipefail
cd "$(dirname "$0")/../../.."
build=${BUILD:-build} shared=${SHARED:-../shared}
cases=${CASES:-$shared/conformance/registry}
runner=$shared/conformance/run_registry_cases.py
list=tests/conformance/registry/passing.txt
if [ ! -f "$runner" ] || [ ! -d "$cases" ]; then
  echo "skipped: no cases at $cases (or no runner at $runner)"
  exit 0
fi
server=$build/tests/conformance/registry/registry_server
[ -x "$server" ] || { echo "no $server: build it first (make build-all)"; exit 1; }
scratch=$(mktemp -d)
exec 3< <(exec "$server" 0 2> "$scratch/server.log")
pid=$!
trap 'kill $pid 2> /dev/null; rm -rf "$scratch"' EXIT
read -r -t 10 port <&3 || { echo "the server did not start:"; cat "$scratch/server.log"; exit 1; }
timeout 900 python3 "$runner" --url "http://127.0.0.1:$port" --json "$scratch/results.json" "$cases" > "$scratch/out.txt"
[ -f "$scratch/results.json" ] || { tail -5 "$scratch/out.txt"; exit 1; }
UPDATE=${UPDATE:-} python3 - "$scratch/results.json" "$list" "$scratch/out.txt" <<'PY'
import json, os, pathlib, sys
results, list_path = json.load(open(sys.argv[1]))["cases"], pathlib.Path(sys.argv[2])
known = {line for line in list_path.read_text().splitlines() if line and not line.startswith("#")} if list_path.exists() else set()
run = {case["id"] for case in results}
passed = {case["id"] for case in results if case["passed"]}
broken = sorted((known & run) - passed)
for case in results:
    if case["id"] in broken:
        print(f"FAIL {case['id']}\n  {case['step']}\n  expected {case['expected']}, got {case['got'][:200]}")
if os.environ["UPDATE"]:
    list_path.write_text("# Cases that pass and may never fail again. Written by UPDATE=1 tests/conformance/registry/cases.sh\n"
                         + "".join(name + "\n" for name in sorted(known | passed)))
new = len(passed - known)
print(f"of the list {len(known & passed)} passed, {len(broken)} failed; {new} more pass")
print(f"{len(passed)} passed, {len(results) - len(passed)} failed")
sys.exit(1 if broken else 0)
PY

#!/usr/bin/env bash
# Runs every benchmark of the build folder given (made by `make bench`) and prints its results. Nothing here decides a test.
# Apache Kafka stands beside Braid when its jars are in KAFKA (default build-bench/kafka); bench/end_to_end/log.py --fetch gets them by Maven.
# bench/run.sh BUILD kafka [--only B3,B5] [--scale 0.1]: the seven benchmarks against Apache Kafka alone (bench/end_to_end/kafka.py --help).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build-bench}
kafka=${KAFKA:-build-bench/kafka}
if [ "${2:-}" = kafka ]; then
  shift 2
  exec python3 bench/end_to_end/kafka.py --braid "$build/braid" --clients "$build/bench" --kafka "$kafka" "$@"
fi
records=${RECORDS:-1000000}
rows=${ROWS:-10000000}
echo "$(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(df -hT . | awk 'NR==2 {print $2}'); load $(cut -d' ' -f1 /proc/loadavg)"
echo; echo "== queries, in process, one core: $rows rows"
"$build/bench/bench_flow_rows" "$rows"
echo; echo "== search"
"$build/bench/bench_catalog_search"
for micro in registry decode json_shapes serde avro_codec log profile lineage; do
  [ -x "$build/bench/bench_$micro" ] || continue
  echo; echo "== $micro"
  "$build/bench/bench_$micro" 2>&1
done
echo; echo "== profiles"
"$build/bench/bench_profile_cost"
echo; echo "== registry"
python3 bench/end_to_end/registry.py --braid "$build/braid"
echo; echo "== log and Kafka port"
python3 bench/end_to_end/log.py --braid "$build/braid" --client "$build/bench/kafka_load" --kafka "$kafka" --records "$records"

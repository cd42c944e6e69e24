#!/usr/bin/env bash
# Cases that others wrote, run against this build: --suite ksql|registry|kafka|kafka-tools|kafka-parity|kafka-java|librdkafka|all [--cases DIR].
# Each suite has a list of passing cases, tests/conformance/SUITE/passing.txt; a case of the list that fails is an error, others are only counted.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=build shared=../shared suite=all cases=
while [ $# -gt 0 ]; do
  case "$1" in
    --build) build=$2; shift 2 ;;
    --shared) shared=$2; shift 2 ;;
    --suite) suite=${2:-all}; shift 2 ;;
    --cases) cases=$2; shift 2 ;;
    *) echo "run.sh: unknown argument $1" >&2; exit 1 ;;
  esac
done
known=$(for s in tests/conformance/*/cases.sh; do [ -x "$s" ] && basename "$(dirname "$s")"; done)
# `all` is what every build is asked; these take long or fetch much, and are asked by name.
apart=" kafka-parity kafka-java kafka-tools librdkafka "
[ "$suite" = all ] && suite=$(for s in $known; do [[ $apart == *" $s "* ]] || echo "$s"; done)
status=0
for name in $suite; do
  if [ ! -x "tests/conformance/$name/cases.sh" ]; then
    echo "conformance: there is no suite '$name'; there are: $(echo $known)" >&2
    exit 1
  fi
  echo "== conformance: $name"
  BUILD=$build SHARED=$shared CASES=$cases "tests/conformance/$name/cases.sh" || status=1
done
exit $status

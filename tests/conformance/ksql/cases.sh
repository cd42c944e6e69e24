#!/usr/bin/env bash
# The ksql suite of `make conformance`: BUILD and SHARED are set by run.sh; CASES may name another folder of cases.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cases=${CASES:-}
[ -n "$cases" ] || cases=${SHARED:-../shared}/conformance/ksql/query-validation-tests
if [ ! -d "$cases" ]; then
  echo "ksql: skipped, there is no folder $cases (give one with CASES=DIR)"
  exit 0
fi
program=$(find "${BUILD:-build}" -name ksql_cases -type f -perm -u+x | head -1)
[ -n "$program" ] || { echo "ksql: the program ksql_cases is not built"; exit 1; }
timeout 300 "$program" "$cases" --ratchet "$here/passing.txt"

#!/usr/bin/env bash
# Runs the tests that need a running node or other programs: every tests/*/run.sh and tests/conformance/*/clients.sh, one after the other.
# Each prints its own lines, ends with "N passed, N failed", and exits non-zero when something failed.
# What needs the cases in --shared or packages that cannot be had is skipped by the suite itself, which says so.
set -uo pipefail
cd "$(dirname "$0")/.."
build=build shared=../shared
while [ $# -gt 0 ]; do
  case "$1" in
    --build) build=$2; shift 2 ;;
    --shared) shared=$2; shift 2 ;;
    *) echo "run.sh: unknown argument $1" >&2; exit 1 ;;
  esac
done
failed=()
for suite in tests/*/run.sh tests/conformance/*/clients.sh; do
  [ -x "$suite" ] || continue
  [ "$suite" = tests/conformance/run.sh ] && continue   # a verb of its own: make conformance
  echo "== $suite"
  started=$SECONDS
  BUILD=$build SHARED=$shared "$suite" || failed+=("$suite")
  echo "   ($((SECONDS - started)) s)"
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}"
  exit 1
fi

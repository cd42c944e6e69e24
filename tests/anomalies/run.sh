#!/usr/bin/env bash
# What a Kafka must never show (lost or doubled writes, aborted reads, ...), looked for with librdkafka clients while the broker is killed, paused, out of
# disk and out of power. ROUNDS (default 4, one of each kind) and SEED may be given; a failure prints the seed.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${BUILD:-build}; case $build in /*) ;; *) build=$root/$build ;; esac
work=$(mktemp -d "${TMPDIR:-/tmp}/braid_anomalies.XXXXXX")
small=
finish() { [ -n "$small" ] && umount -l "$small" 2> /dev/null; rm -rf "$work"; }
trap finish EXIT
nice ninja -C "$build" kafka_broker kafka_anomalies unsynced_preload > "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 1; }
mkdir "$work/small"
if mount -t tmpfs -o size=384m tmpfs "$work/small" 2> /dev/null; then small=$work/small
else echo "anomalies: no small file system can be mounted here, so the kind 'disk' is skipped"; fi
if timeout "${TIMEOUT:-1800}" "$build/tests/anomalies/kafka_anomalies" "$build/tests/conformance/kafka/kafka_broker" "$work/main" "rounds=${ROUNDS:-4}" ${SEED:+"seed=$SEED"} \
     preload="$build/tests/anomalies/libunsynced_preload.so" ${small:+"small=$small"}; then
  echo "1 passed, 0 failed"
else
  for log in "$work"/main/*.log "$work"/small/*.log; do [ -s "$log" ] && grep -E ' (error|fatal) |Assertion|assert' "$log" | tail -5; done
  echo "0 passed, 1 failed"; exit 1
fi

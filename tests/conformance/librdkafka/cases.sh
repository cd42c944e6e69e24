#!/usr/bin/env bash
# librdkafka's own test suite (2.12.0, from the npm package node-rdkafka 3.6.1) against the Kafka port: make conformance SUITE=librdkafka. Takes some
# 25 minutes, so it is not part of SUITE=all. CASES="0001 0012" runs some. One process per test: a failed assertion ends the runner.
#
# passing.txt: those that must pass; it may only grow. wanted.txt: those that the suite could pass on one broker and that do not pass yet, with the
# reason; they are run too, and one that passes is to be moved. A line is: NUMBER [rebalance_delay_ms=3000] [scenario=NAME] [login=1|open] [multiplier=N] [why].
# - 0089, 0113 and 0118 make two consumers that must get their first assignment together, so they run against a second broker with Kafka's default
#   group.initial.rebalance.delay.ms (ours is 0: the first one would be alone for a moment).
# - scenario=noautocreate runs against a third broker, which makes no topics by itself.
# - login=1 runs against a fourth, where clients log in and ACLs decide; login=open against one where what no ACL concerns is allowed (librdkafka's own cluster).
# PROTOCOL=consumer runs those of consumer_passing.txt over groups of KIP-848 instead. Not in that list: 0045, which counts on patterns being resolved after
# names and now and then asks for what 2.12 cannot do; 0113, which takes longer than the others together.
# Needs gcc, make, zlib and OpenSSL headers; without rapidjson-dev some parts skip themselves. WORK keeps the build between runs.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=${BUILD:-$root/build}; case $build in /*) ;; *) build=$root/$build ;; esac
work=${WORK:-$build/conformance-librdkafka}
mkdir -p "$work"
source=$work/package/deps/librdkafka
if [ ! -x "$source/tests/test-runner" ]; then
  for tool in npm gcc make; do command -v $tool > /dev/null || { echo "librdkafka: skipped, there is no $tool"; exit 0; }; done
  echo "librdkafka: its sources are fetched and built, some minutes"
  (cd "$work" && timeout 300 npm pack node-rdkafka@3.6.1 > npm.log 2>&1 && tar xzf node-rdkafka-3.6.1.tgz) || { echo "librdkafka: skipped, npm cannot fetch its sources (see $work/npm.log)"; exit 0; }
  (cd "$source" && chmod +x configure lds-gen.py && ./configure && make -j2 libs && make -C tests build) > "$work/build.log" 2>&1 || { echo "librdkafka: the suite does not build"; tail -5 "$work/build.log"; exit 1; }
fi
nice ninja -C "$build" kafka_broker > "$work/broker_build.log" 2>&1 || { tail -20 "$work/broker_build.log"; exit 1; }
data=$(mktemp -d "${TMPDIR:-/tmp}/braid_librdkafka.XXXXXX")
brokers=()
finish() { [ ${#brokers[@]} -gt 0 ] && kill "${brokers[@]}" 2> /dev/null && wait "${brokers[@]}" 2> /dev/null; rm -rf "$data"; }
trap finish EXIT
start_broker() {   # NAME SETTING...; its address is in the file $data/address.NAME
  local name=$1; shift
  "$build/tests/conformance/kafka/kafka_broker" "$data/log.$name" port=0 partitions=4 "$@" > "$data/out.$name" 2> "$data/err.$name" &
  brokers+=($!)
  for _ in $(seq 200); do grep -q listening "$data/out.$name" && break; sleep 0.1; done
  sed -n 's/^listening //p' "$data/out.$name" > "$data/address.$name"
  [ -s "$data/address.$name" ] || { echo "librdkafka: the broker did not start"; cat "$data/err.$name"; exit 1; }
}
start_broker plain
start_broker delay rebalance_delay_ms=3000
start_broker noautocreate auto_create=0
start_broker login login=1
start_broker open login=open

run() {   # NUMBER SETTINGS: status of the test; its output is in $work/log.NUMBER
  local kind=plain scenario=default multiplier=1 more= word
  for word in $2; do
    case $word in
      rebalance_delay_ms=3000) kind=delay ;;
      scenario=*) scenario=${word#scenario=}; [ "$scenario" = noautocreate ] && kind=noautocreate ;;
      login=*) kind=login; [ "$word" = login=open ] && kind=open
        more='security.protocol=sasl_plaintext\nsasl.mechanism=SCRAM-SHA-256\nsasl.username=admin\nsasl.password=admin-secret\n' ;;
      multiplier=*) multiplier=${word#multiplier=} ;;
    esac
  done
  printf 'metadata.broker.list=%s\ntest.topic.random=true\ntest.timeout.multiplier=%s\n%b' "$(cat "$data/address.$kind")" "$multiplier" "$more" > "$data/test.conf"
  # An assumed broker of 4.1 leaves out the share groups of 4.2, which are not offered.
  (cd "$source/tests" && RDKAFKA_TEST_CONF=$data/test.conf LD_LIBRARY_PATH=../src:../src-cpp TEST_KAFKA_VERSION=4.1.0 TESTS=$1 timeout 900 ./test-runner -L -K -s "$scenario") > "$work/log.$1" 2>&1 || return 1
  # A test that skipped itself has shown nothing.
  sed 's/\x1b\[[0-9;]*m//g' "$work/log.$1" | grep -aE "\| *$1_[^|]*\| *PASSED" > /dev/null   # reads to the end: with -q a long log would be cut off, and that counts as a failure
}
# Tests that read statistics need rapidjson-dev when the suite is built; without it they have shown nothing, for or against.
no_json() { grep -a 'RapidJSON .* not available' "$work/log.$1" > /dev/null; }
passing=$here/passing.txt wanted=$here/wanted.txt
if [ "${PROTOCOL:-classic}" = consumer ]; then
  passing=$here/consumer_passing.txt wanted=/dev/null
  export TEST_CONSUMER_GROUP_PROTOCOL=consumer
fi
passed=0 failed=0 status=0
while read -r number settings; do
  [ -z "$number" ] || [ "${number:0:1}" = "#" ] && continue
  [ -n "${CASES:-}" ] && ! grep -qw "$number" <<< "$CASES" && continue
  if run "$number" "$settings"; then
    passed=$((passed + 1)); echo "pass $number"
  elif no_json "$number"; then
    echo "skip $number: it needs rapidjson-dev"
  else
    failed=$((failed + 1)); status=1
    echo "fail $number, which passed before: $(grep -a -A1 '### Test' "$work/log.$number" | tail -1 | cut -c1-200) (see $work/log.$number)"
  fi
done < "$passing"
while read -r number settings; do
  [ -z "$number" ] || [ "${number:0:1}" = "#" ] && continue
  [ -n "${CASES:-}" ] && ! grep -qw "$number" <<< "$CASES" && continue
  if run "$number" "$settings"; then
    passed=$((passed + 1)); echo "pass $number: move it from wanted.txt to passing.txt"
  else
    failed=$((failed + 1)); echo "not yet $number: ${settings#*: }"
  fi
done < "$wanted"
echo "$passed passed, $failed failed"
exit $status

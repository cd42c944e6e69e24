# Cases with kcat (librdkafka 2.0.2 on Debian 12: the guard for old clients). Sourced by cases.sh; each function gets HOST:PORT and fails by its status.
kcat_cases() { declare -F | sed -n 's/^declare -f \(kcat_.*\)$/\1/p' | grep -v '^kcat_cases$\|^kcat_fresh$\|^kcat_codec$'; }
kcat_fresh() { echo "kcat-$1-$$-$RANDOM"; }
kcat_metadata() { timeout 20 kcat -b "$1" -L -J | grep -q '"brokers":\[{"id":1'; }
kcat_codec() {   # ADDRESS CODEC: 20,000 lines there and back, and really compressed on the way
  local topic; topic=$(kcat_fresh "$2")
  seq 1 20000 | timeout 30 kcat -P -b "$1" -t "$topic" -z "$2" -X enable.idempotence=true -X linger.ms=50 || return 1
  diff <(timeout 30 kcat -C -b "$1" -t "$topic" -o beginning -e -q | sort -n) <(seq 1 20000) > /dev/null
}
kcat_none() { kcat_codec "$1" none; }
kcat_gzip() { kcat_codec "$1" gzip; }
kcat_snappy() { kcat_codec "$1" snappy; }
kcat_lz4() { kcat_codec "$1" lz4; }
kcat_zstd() { kcat_codec "$1" zstd; }
kcat_headers_and_keys() {
  local topic; topic=$(kcat_fresh headers)
  echo 'k:v' | timeout 20 kcat -P -b "$1" -t "$topic" -K: -H a=1 -H b=2 || return 1
  [ "$(timeout 20 kcat -C -b "$1" -t "$topic" -o beginning -e -q -f '%k %s %h\n')" = 'k v a=1,b=2' ]
}
kcat_acks_0_and_1() {
  local topic acks n; topic=$(kcat_fresh acks)
  for acks in 0 1 -1; do seq 1 1000 | timeout 20 kcat -P -b "$1" -t "$topic" -X acks=$acks || return 1; done
  for _ in $(seq 50); do n=$(timeout 20 kcat -C -b "$1" -t "$topic" -o beginning -e -q | wc -l); [ "$n" = 3000 ] && return 0; sleep 0.1; done
  echo "$n of 3000"; return 1
}
kcat_offsets_by_time() {
  local topic; topic=$(kcat_fresh time)
  echo x | timeout 20 kcat -P -b "$1" -t "$topic" -p 0 || return 1
  [ "$(timeout 20 kcat -Q -b "$1" -t "$topic:0:-1")" = "$topic [0] offset 1" ] || return 1
  [ "$(timeout 20 kcat -Q -b "$1" -t "$topic:0:1000")" = "$topic [0] offset 0" ] || return 1
  [ "$(timeout 20 kcat -Q -b "$1" -t "$topic:0:9999999999999")" = "$topic [0] offset -1" ]
}
kcat_group_goes_on() {
  local topic group; topic=$(kcat_fresh group); group=g-$topic
  seq 1 10 | timeout 20 kcat -P -b "$1" -t "$topic" || return 1
  [ "$(timeout 30 kcat -b "$1" -G "$group" -X auto.offset.reset=earliest -e -q "$topic" | wc -l)" = 10 ] || return 1
  seq 1 5 | timeout 20 kcat -P -b "$1" -t "$topic" || return 1
  [ "$(timeout 30 kcat -b "$1" -G "$group" -X auto.offset.reset=earliest -e -q "$topic" | wc -l)" = 5 ]
}
kcat_tail_wakes_at_once() {   # a waiting consumer gets a record although its own wait would be far longer
  local topic; topic=$(kcat_fresh tail)
  echo first | timeout 20 kcat -P -b "$1" -t "$topic" -p 0 || return 1
  (sleep 2; echo second | timeout 20 kcat -P -b "$1" -t "$topic" -p 0) &
  [ "$(timeout 15 kcat -C -b "$1" -t "$topic" -p 0 -o end -c 1 -q -X fetch.wait.max.ms=60000 -X socket.timeout.ms=70000)" = second ]
}
kcat_read_committed() {
  local topic; topic=$(kcat_fresh committed)
  seq 1 100 | timeout 20 kcat -P -b "$1" -t "$topic" || return 1
  [ "$(timeout 20 kcat -C -b "$1" -t "$topic" -o beginning -e -q -X isolation.level=read_committed | wc -l)" = 100 ]
}
kcat_transaction() {   # all of kcat's input is one transaction; whoever reads committed records sees it once it is whole
  local topic; topic=$(kcat_fresh transaction)
  seq 1 1000 | timeout 30 kcat -P -b "$1" -t "$topic" -X transactional.id="$topic" || return 1
  [ "$(timeout 20 kcat -C -b "$1" -t "$topic" -o beginning -e -q -X isolation.level=read_committed | wc -l)" = 1000 ]
}

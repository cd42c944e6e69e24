# Apache Kafka as a second opinion. Sourced. The version is that of the benchmarks (bench/end_to_end/log.py), so that one set of jars serves both.
#   apache_kafka_jars BUILD      sets apache_kafka_lib; fails, with a message, where Java, Maven or the network are missing
#   apache_kafka_start DIR       one KRaft node on free ports; sets apache_kafka_address and apache_kafka_pid
#   apache_kafka_java CLASS...   runs a program of the jars
apache_kafka_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
apache_kafka_jars() {
  apache_kafka_lib=${APACHE_KAFKA:-$1/conformance-apache-kafka}/lib
  [ -n "$(ls "$apache_kafka_lib"/kafka_2.13-*.jar 2> /dev/null)" ] && command -v java > /dev/null && return 0
  command -v java > /dev/null || { echo "skipped: there is no java (17 or later) here"; return 1; }
  command -v mvn > /dev/null || { echo "skipped: there is no mvn here to fetch Apache Kafka's jars with"; return 1; }
  timeout 900 python3 -c "
import pathlib, sys
sys.path.insert(0, '$apache_kafka_root/bench/end_to_end')
import log
log.fetch_kafka(pathlib.Path('$(dirname "$apache_kafka_lib")'))" > "$1/conformance-apache-kafka.log" 2>&1 || { echo "skipped: Maven cannot fetch Apache Kafka's jars (see $1/conformance-apache-kafka.log)"; return 1; }
}
apache_kafka_java() { java -Xms128m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$apache_kafka_lib/*" "$@"; }
apache_kafka_start() {
  local directory=$1 port controller
  mkdir -p "$directory"
  read -r port controller < <(python3 -c "
import socket
a, b = socket.socket(), socket.socket()
for s in (a, b): s.bind(('127.0.0.1', 0))
print(a.getsockname()[1], b.getsockname()[1])")
  # Small and quick: internal topics with few partitions, clean-up looked at twice a second, no wait for further members.
  cat > "$directory/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
log.dirs=$directory/logs
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
log.cleaner.backoff.ms=500
log.retention.check.interval.ms=1000
log.initial.task.delay.ms=1000
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
P
  local id
  id=$(apache_kafka_java kafka.tools.StorageTool random-uuid 2> /dev/null | tail -1)
  apache_kafka_java kafka.tools.StorageTool format -t "$id" -c "$directory/server.properties" > "$directory/format.log" 2>&1 || { cat "$directory/format.log"; return 1; }
  java -Xms256m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$apache_kafka_lib/*" kafka.Kafka "$directory/server.properties" > "$directory/server.log" 2>&1 &
  apache_kafka_pid=$!
  apache_kafka_address=127.0.0.1:$port
  for _ in $(seq 240); do
    kill -0 $apache_kafka_pid 2> /dev/null || return 1
    (echo > "/dev/tcp/127.0.0.1/$port") 2> /dev/null && return 0
    sleep 0.5
  done
  return 1
}

# The cases, sourced by cases.sh: each is a function without arguments that fails by its status; its last line of output says why. They run in the order
# of their names and share one node, so each makes its own topics and groups.
case_api_versions() {
  local out; out=$(tool $tools.BrokerApiVersionsCommand --bootstrap-server "$address") || return 1
  expect 'Produce\(0\): 0 to ' "$out" && expect 'ConsumerGroupHeartbeat\(68\): 0 to 1' "$out" &&
    expect 'GetTelemetrySubscriptions\(71\): UNSUPPORTED' "$out" && expect 'ShareGroupHeartbeat\(76\): UNSUPPORTED' "$out"
}
case_cluster() {
  local out; out=$(tool $tools.ClusterTool cluster-id --bootstrap-server "$address") || return 1
  expect 'Cluster ID: [A-Za-z0-9_-]{22}' "$out" || return 1
  out=$(tool $tools.ClusterTool list-endpoints --bootstrap-server "$address") && expect "127.0.0.1 .*${address##*:}" "$out"
}
case_configs_broker() {
  local out; out=$(configs --entity-type brokers --entity-name 1 --describe --all) || return 1
  expect 'group.consumer.session.timeout.ms=45000' "$out" && expect 'log.retention.ms=604800000' "$out" && expect 'group.coordinator.rebalance.protocols=classic,consumer' "$out" || return 1
  out=$(configs --entity-type brokers --entity-name 1 --alter --add-config listeners=PLAINTEXT://:1 2>&1) && { echo "a setting of the file was changed by a client"; return 1; }
  expect 'InvalidRequestException' "$out"
}
case_configs_client_metrics_and_quotas_are_none() {
  local out; out=$(configs --entity-type client-metrics --describe) || return 1
  [ -z "$out" ] || { echo "$out"; return 1; }
  out=$(configs --entity-type clients --describe) || return 1
  [ -z "$out" ] || { echo "$out"; return 1; }
  out=$(configs --entity-type clients --entity-name c --alter --add-config producer_byte_rate=1024 2>&1) && { echo "a quota was taken that nobody is held to"; return 1; }
  expect 'UnsupportedVersionException' "$out"
}
case_configs_group() {
  local out; out=$(configs --entity-type groups --entity-name any --describe --all) || return 1
  expect 'consumer.session.timeout.ms=45000' "$out" && expect 'consumer.heartbeat.interval.ms=5000' "$out"
}
case_configs_topic() {
  local out; topics --create --topic conf --config retention.ms=1000 > /dev/null || return 1
  out=$(configs --entity-type topics --entity-name conf --describe) && expect 'retention.ms=1000 .*DYNAMIC_TOPIC_CONFIG:retention.ms=1000' "$out" || return 1
  configs --entity-type topics --entity-name conf --alter --add-config 'cleanup.policy=[compact,delete],max.message.bytes=2000' > /dev/null || return 1
  configs --entity-type topics --entity-name conf --alter --delete-config retention.ms > /dev/null || return 1
  out=$(configs --entity-type topics --entity-name conf --describe) && expect 'cleanup.policy=compact,delete' "$out" && never 'retention.ms=1000' "$out" || return 1
  out=$(configs --entity-type topics --entity-name conf --describe --all) && expect 'segment.bytes=.*DEFAULT_CONFIG:log.segment.bytes' "$out" || return 1
  out=$(configs --entity-type topics --entity-name conf --alter --add-config retention.ms=soon 2>&1) && return 1
  expect 'InvalidConfigurationException' "$out" || return 1
  out=$(configs --entity-type topics --entity-name conf --alter --add-config no.such.thing=1 2>&1) && return 1
  expect 'InvalidConfigurationException' "$out"
}
case_delete_records() {
  local out; topics --create --topic trimmed > /dev/null || return 1
  tool $tools.VerifiableProducer --bootstrap-server "$address" --topic trimmed --max-messages 10 > /dev/null || return 1
  echo '{"partitions":[{"topic":"trimmed","partition":0,"offset":4}],"version":1}' > "$work/offsets.json"
  out=$(tool $tools.DeleteRecordsCommand --bootstrap-server "$address" --offset-json-file "$work/offsets.json") && expect 'low_watermark: 4' "$out" || return 1
  out=$(offsets --topic trimmed --time -2) && expect 'trimmed:0:4' "$out"
}
case_elections_and_reassignments() {
  local out; topics --create --topic moved > /dev/null || return 1
  out=$(tool $tools.LeaderElectionCommand --bootstrap-server "$address" --election-type preferred --topic moved --partition 0) && expect 'Valid replica already elected for partitions.* moved-0' "$out" || return 1
  tool $tools.LeaderElectionCommand --bootstrap-server "$address" --election-type preferred --all-topic-partitions > /dev/null || return 1
  out=$(tool $tools.reassign.ReassignPartitionsCommand --bootstrap-server "$address" --list) && expect 'No partition reassignments found' "$out" || return 1
  echo '{"version":1,"partitions":[{"topic":"moved","partition":0,"replicas":[1],"log_dirs":["any"]}]}' > "$work/move.json"
  out=$(tool $tools.reassign.ReassignPartitionsCommand --bootstrap-server "$address" --execute --reassignment-json-file "$work/move.json") && expect 'Successfully started partition reassignment' "$out" || return 1
  out=$(tool $tools.reassign.ReassignPartitionsCommand --bootstrap-server "$address" --verify --reassignment-json-file "$work/move.json") && expect 'Reassignment of partition moved-0 is completed' "$out"
}
case_features() {
  local out; out=$(tool $tools.FeatureCommand --bootstrap-server "$address" describe) && expect 'group.version.*FinalizedVersionLevel: 1' "$out"
}
case_get_offsets() {
  local out; topics --create --topic offs --partitions 2 > /dev/null || return 1
  tool $tools.VerifiableProducer --bootstrap-server "$address" --topic offs --max-messages 9 > /dev/null || return 1
  out=$(offsets --topic offs --time -1 | awk -F: '{ n += $3 } END { print n }') && [ "$out" = 9 ] || { echo "latest: $out"; return 1; }
  out=$(offsets --topic offs --time earliest) && expect 'offs:0:0' "$out" || return 1
  out=$(offsets --topic offs --time max-timestamp) && expect 'offs:[01]:[0-9]' "$out" || return 1
  out=$(offsets --topic offs --time earliest-local) && expect 'offs:1:0' "$out" || return 1
  offsets --topic offs --time latest-tiered > /dev/null || return 1
  out=$(offsets --topic offs --time 9999999999999) && never 'offs:0:[0-9]' "$out"
}
group_goes_its_way() {   # PROTOCOL: read to the end, look, reset, delete an offset, delete
  local out group=g-$1 topic=t-$1
  topics --create --topic "$topic" --partitions 2 > /dev/null || return 1
  tool $tools.VerifiableProducer --bootstrap-server "$address" --topic "$topic" --max-messages 20 > /dev/null || return 1
  tool $tools.VerifiableConsumer --bootstrap-server "$address" --topic "$topic" --group-id "$group" --max-messages 20 --reset-policy earliest --group-protocol "$1" > "$work/consumer" || { tail -1 "$work/consumer"; return 1; }
  expect '"name":"offsets_committed".*"success":true|"success":true.*"name":"offsets_committed"' "$(cat "$work/consumer")" || return 1
  out=$(groups --list --type "$1" --state) && expect "^$group  *$1 *Empty|^$group .*Empty" "$out" || return 1
  out=$(groups --describe --group "$group" --offsets) && expect "^$group +$topic +[01] +[0-9]+ +[0-9]+ +0 " "$out" || return 1
  out=$(groups --describe --group "$group" --state) && expect "^$group .*Empty" "$out" || return 1
  out=$(groups --describe --group "$group" --members --verbose 2>&1); expect 'has no active members' "$out" || return 1
  out=$(groups --reset-offsets --group "$group" --topic "$topic" --to-earliest --execute) && expect "$topic +0 +0" "$out" || return 1
  out=$(groups --delete-offsets --group "$group" --topic "$topic:1") && expect 'Successful' "$out" || return 1
  out=$(groups --delete --group "$group") && expect 'was successful' "$out" || return 1
  out=$(groups --list) && never "^$group" "$out"
}
case_groups_classic() { group_goes_its_way classic; }
case_groups_consumer() { group_goes_its_way consumer; }
case_groups_live_members() {
  local out pid; topics --create --topic live --partitions 4 > /dev/null || return 1
  for n in 1 2; do
    timeout 100 java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -cp "$lib/*" $tools.VerifiableConsumer --bootstrap-server "$address" --topic live --group-id live --group-protocol consumer > "$work/live.$n" 2>&1 &
  done
  for _ in $(seq 60); do
    out=$(groups --describe --group live --members --verbose 2> /dev/null)
    [ "$(grep -c 'live(\|live:' <<< "$out")" = 2 ] && break
    sleep 1
  done
  local state; state=$(groups --describe --group live --state 2>&1)
  local refused; refused=$(groups --delete --group live 2>&1)
  local reset; reset=$(groups --reset-offsets --group live --topic live --to-latest --execute 2>&1)
  kill $(jobs -p | grep -vx "$broker_pid") 2> /dev/null
  for pid in $(jobs -p | grep -vx "$broker_pid"); do wait "$pid" 2> /dev/null; done
  [ "$(grep -c 'live(\|live:' <<< "$out")" = 2 ] || { echo "two members with two partitions each were expected: $(tr '\n' '|' <<< "$out")"; return 1; }
  expect 'uniform +(Stable|Reconciling) +2' "$state" && expect 'GroupNotEmptyException|not empty' "$refused" && expect 'inactive' "$reset"
}
case_log_dirs() {
  local out; topics --create --topic dirs > /dev/null || return 1
  out=$(tool $tools.LogDirsCommand --bootstrap-server "$address" --describe --topic-list dirs) && expect '"partition":"dirs-0","size":0,"offsetLag":0.*"logDir":"'"$work/data"'"' "$out"
}
case_share_groups_and_quorum_are_declined() {
  local out; out=$(tool $tools.consumer.group.ShareGroupCommand --bootstrap-server "$address" --list) || return 1
  out=$(tool $tools.MetadataQuorumCommand --bootstrap-server "$address" describe --status 2>&1) && { echo "there is no quorum: $out"; return 1; }
  expect 'UnsupportedVersionException' "$out"
}
case_topics() {
  local out id; topics --create --topic a.topic --partitions 2 --replication-factor 1 > /dev/null || return 1
  out=$(topics --list) && expect '^a.topic$' "$out" || return 1
  out=$(topics --describe --topic a.topic) && expect 'TopicId: [A-Za-z0-9_-]{22}.*PartitionCount: 2.*ReplicationFactor: 1' "$out" && expect 'Partition: 1.*Leader: 1.*Replicas: 1.*Isr: 1' "$out" || return 1
  id=$(grep -oE 'TopicId: \S+' <<< "$out")
  out=$(topics --create --topic a_topic 2>&1) && { echo "a_topic collides with a.topic"; return 1; }
  out=$(topics --create --topic a.topic 2>&1) && return 1
  expect 'topic a.topic already exists' "$out" || return 1
  topics --create --topic a.topic --if-not-exists > /dev/null || return 1
  topics --alter --topic a.topic --partitions 3 > /dev/null || return 1
  out=$(topics --describe --topic a.topic) && expect 'PartitionCount: 3' "$out" || return 1
  out=$(topics --describe --under-replicated-partitions) && [ -z "$out" ] || { echo "$out"; return 1; }
  topics --delete --topic a.topic > /dev/null && topics --create --topic a.topic > /dev/null || return 1
  out=$(topics --describe --topic a.topic) && never "$id" "$out"
}
case_transactions() {
  local out; topics --create --topic tx-in > /dev/null && topics --create --topic tx-out > /dev/null || return 1
  tool $tools.VerifiableProducer --bootstrap-server "$address" --topic tx-in --max-messages 30 > /dev/null || return 1
  tool $tools.TransactionalMessageCopier --broker-list "$address" --input-topic tx-in --input-partition 0 --output-topic tx-out --max-messages 30 --consumer-group copier --transaction-size 10 \
    --transactional-id copy --group-mode --use-group-metadata > "$work/copier" || { tail -1 "$work/copier"; return 1; }
  out=$(offsets --topic tx-out --time -1) && expect 'tx-out:0:33' "$out" || return 1   # three markers
  out=$(tool $tools.TransactionsCommand --bootstrap-server "$address" list) && expect '^copy .*CompleteCommit' "$out" || return 1
  out=$(tool $tools.TransactionsCommand --bootstrap-server "$address" list --transactional-id-pattern 'nothing.*') && never '^copy' "$out" || return 1
  out=$(tool $tools.TransactionsCommand --bootstrap-server "$address" describe --transactional-id copy) && expect 'CompleteCommit' "$out" || return 1
  out=$(tool $tools.TransactionsCommand --bootstrap-server "$address" describe-producers --topic tx-out --partition 0) && expect 'ProducerEpoch' "$out" || return 1
  tool $tools.TransactionsCommand --bootstrap-server "$address" find-hanging --broker-id 1 > /dev/null
}

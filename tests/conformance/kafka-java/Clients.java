// Java's own clients against the port: java -cp 'lib/*' Clients.java HOST:PORT. One line per case: "pass NAME" or "fail NAME: why".
// Run as a source file by Java 17; uses kafka-clients alone.
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.serialization.*;

public class Clients {
  static String address;
  static Admin admin;
  static final String unique = Long.toString(System.nanoTime(), 36);
  static final Duration patience = Duration.ofSeconds(60);   // ends what hangs, decides nothing

  interface Case { void run() throws Exception; }
  static void check(boolean good, String what) { if (!good) throw new AssertionError(what); }
  static <T> void same(T seen, T wanted, String what) { check(Objects.equals(seen, wanted), what + ": " + seen + " instead of " + wanted); }

  static String topic(String name, int partitions, Map<String, String> configs) throws Exception {
    String topic = name + "-" + unique;
    admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs))).all().get();
    return topic;
  }
  static KafkaProducer<String, String> producer(Object... more) {
    Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", address, "key.serializer", StringSerializer.class, "value.serializer", StringSerializer.class));
    for (int i = 0; i < more.length; i += 2) config.put((String) more[i], more[i + 1]);
    return new KafkaProducer<>(config);
  }
  static KafkaConsumer<String, String> consumer(String group, Object... more) {
    Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", address, "key.deserializer", StringDeserializer.class, "value.deserializer", StringDeserializer.class,
        "auto.offset.reset", "earliest", "enable.auto.commit", "false"));
    if (group != null) config.put("group.id", group + "-" + unique);
    for (int i = 0; i < more.length; i += 2) config.put((String) more[i], more[i + 1]);
    return new KafkaConsumer<>(config);
  }
  static List<ConsumerRecord<String, String>> read(KafkaConsumer<String, String> consumer, int count) {
    List<ConsumerRecord<String, String>> got = new ArrayList<>();
    long end = System.nanoTime() + patience.toNanos();
    while (got.size() < count && System.nanoTime() < end) consumer.poll(Duration.ofMillis(200)).forEach(got::add);
    same(got.size(), count, "records");
    return got;
  }
  static List<String> values(String topic, String isolation, int count) {
    try (var c = consumer(null, "isolation.level", isolation)) {
      List<TopicPartition> all = c.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).toList();
      c.assign(all);
      c.seekToBeginning(all);
      return read(c, count).stream().map(ConsumerRecord::value).sorted().toList();
    }
  }
  static <E extends Exception> void refused(Class<E> kind, Case what) throws Exception {
    try { what.run(); } catch (Exception e) {
      Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
      check(kind.isInstance(cause), "refused with " + cause);
      return;
    }
    throw new AssertionError("not refused with " + kind.getSimpleName());
  }
  static void until(Callable<Boolean> good, String what) throws Exception {
    long end = System.nanoTime() + patience.toNanos();
    while (!good.call()) { check(System.nanoTime() < end, what); Thread.sleep(100); }
  }

  static final Map<String, Case> cases = new LinkedHashMap<>();
  static {
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
      cases.put("produce and consume, " + codec, () -> {
        String t = topic("codec-" + codec, 3, Map.of());
        try (var p = producer("compression.type", codec)) { for (int i = 0; i < 2000; ++i) p.send(new ProducerRecord<>(t, "k" + i % 50, "v" + i)); }
        same(values(t, "read_uncommitted", 2000), IntStream.range(0, 2000).mapToObj(i -> "v" + i).sorted().toList(), "values");
      });
    cases.put("headers and timestamps", () -> {
      String t = topic("headers", 1, Map.of());
      try (var p = producer()) {
        var r = new ProducerRecord<String, String>(t, 0, 1_700_000_000_000L, "k", null);
        r.headers().add("a", new byte[] {1}).add("b", null);
        same(p.send(r).get().offset(), 0L, "offset");
      }
      try (var c = consumer(null)) {
        c.assign(List.of(new TopicPartition(t, 0)));
        var got = read(c, 1).get(0);
        same(got.timestamp(), 1_700_000_000_000L, "timestamp");
        same(got.value(), null, "value");
        same(got.headers().toArray().length, 2, "headers");
        same(got.leaderEpoch().isPresent(), true, "leader epoch");
      }
    });
    cases.put("offsets: earliest, latest, by time, largest time", () -> {
      String t = topic("offsets", 1, Map.of("retention.ms", "-1"));
      var tp = new TopicPartition(t, 0);
      try (var p = producer()) { for (long ts : new long[] {1000, 3000, 2000}) p.send(new ProducerRecord<>(t, 0, ts, "k", "v")).get(); }
      try (var c = consumer(null)) {
        same(c.beginningOffsets(List.of(tp)).get(tp), 0L, "beginning");
        same(c.endOffsets(List.of(tp)).get(tp), 3L, "end");
        same(c.offsetsForTimes(Map.of(tp, 1500L)).get(tp).offset(), 1L, "by time");
        same(c.offsetsForTimes(Map.of(tp, 9000L)).get(tp), null, "beyond");
      }
      same(admin.listOffsets(Map.of(tp, OffsetSpec.maxTimestamp())).all().get().get(tp).offset(), 1L, "largest time");
    });
    cases.put("two members share the partitions, one leaves", () -> members("range", "org.apache.kafka.clients.consumer.RangeAssignor"));
    cases.put("cooperative rebalancing", () -> members("cooperative", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"));
    cases.put("members come and go: range", () -> comeAndGo("range", false, "partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor"));
    cases.put("members come and go: cooperative sticky", () -> comeAndGo("cooperative", false, "partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"));
    cases.put("members come and go: cooperative sticky, static", () -> comeAndGo("cooperative-static", true, "partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"));
    cases.put("members come and go: group.protocol=consumer", () -> comeAndGo("protocol", false, "group.protocol", "consumer"));
    cases.put("static member comes back without a rebalance", () -> {
      String t = topic("static", 2, Map.of());
      Object[] settings = {"group.instance.id", "one", "session.timeout.ms", "30000"};
      int generation;
      try (var c = consumer("static", settings)) {
        c.subscribe(List.of(t));
        until(() -> { c.poll(Duration.ofMillis(200)); return c.assignment().size() == 2; }, "no assignment");
        generation = c.groupMetadata().generationId();
      }
      try (var c = consumer("static", settings)) {
        c.subscribe(List.of(t));
        until(() -> { c.poll(Duration.ofMillis(200)); return c.assignment().size() == 2; }, "no assignment");
        same(c.groupMetadata().generationId(), generation, "generation");
      }
      admin.removeMembersFromConsumerGroup("static-" + unique, new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("one")))).all().get();
    });
    cases.put("transactions: committed or not at all", () -> {
      String t = topic("txn", 2, Map.of());
      try (var p = producer("transactional.id", "txn-" + unique)) {
        p.initTransactions();
        p.beginTransaction();
        p.send(new ProducerRecord<>(t, 0, "k", "a"));
        p.send(new ProducerRecord<>(t, 1, "k", "b"));
        p.commitTransaction();
        p.beginTransaction();
        p.send(new ProducerRecord<>(t, 0, "k", "dropped"));
        p.flush();
        p.abortTransaction();
        p.beginTransaction();
        p.send(new ProducerRecord<>(t, 1, "k", "open"));
        p.flush();
        same(values(t, "read_committed", 2), List.of("a", "b"), "committed");
        same(values(t, "read_uncommitted", 4), List.of("a", "b", "dropped", "open"), "all");
        p.commitTransaction();
        same(values(t, "read_committed", 3), List.of("a", "b", "open"), "committed at the end");
      }
    });
    cases.put("transactions: a second instance fences the first", () -> {
      String t = topic("fence", 1, Map.of());
      try (var old = producer("transactional.id", "fence-" + unique); var young = producer("transactional.id", "fence-" + unique)) {
        old.initTransactions();
        old.beginTransaction();
        old.send(new ProducerRecord<>(t, "k", "zombie"));
        old.flush();
        young.initTransactions();
        refused(ProducerFencedException.class, () -> { try { old.commitTransaction(); } catch (InvalidProducerEpochException e) { throw new ProducerFencedException(e.getMessage()); } });
        young.beginTransaction();
        young.send(new ProducerRecord<>(t, "k", "young"));
        young.commitTransaction();
      }
      same(values(t, "read_committed", 1), List.of("young"), "committed");
    });
    cases.put("transactions: read, process, write with offsets", () -> {
      String in = topic("rpw-in", 1, Map.of()), out = topic("rpw-out", 1, Map.of());
      try (var p = producer()) { for (int i = 0; i < 100; ++i) p.send(new ProducerRecord<>(in, "k", "v" + i)); }
      try (var p = producer("transactional.id", "rpw-" + unique)) {
        p.initTransactions();
        for (int attempt = 0; attempt < 2; ++attempt)   // the first is aborted: its offsets too
          try (var c = consumer("rpw", "isolation.level", "read_committed")) {
            c.subscribe(List.of(in));
            var got = read(c, 100);
            p.beginTransaction();
            for (var r : got) p.send(new ProducerRecord<>(out, r.key(), r.value()));
            p.sendOffsetsToTransaction(Map.of(new TopicPartition(in, 0), new OffsetAndMetadata(100)), c.groupMetadata());
            if (attempt == 0) p.abortTransaction(); else p.commitTransaction();
          }
      }
      same(values(out, "read_committed", 100).size(), 100, "outputs");
      same(admin.listConsumerGroupOffsets("rpw-" + unique).partitionsToOffsetAndMetadata().get().get(new TopicPartition(in, 0)).offset(), 100L, "committed offset");
    });
    cases.put("transactions of version 2: an epoch for each, batches in order", () -> {   // KIP-890: Java uses it because transaction.version is 2
      String t = topic("v2", 2, Map.of()), id = "v2-" + unique;
      List<String> wanted = new ArrayList<>();
      try (var p = producer("transactional.id", id, "batch.size", 60, "linger.ms", 0)) {   // many small requests, five under way
        p.initTransactions();
        int first = admin.describeTransactions(List.of(id)).all().get().get(id).producerEpoch();
        for (int n = 0; n < 20; ++n) {
          p.beginTransaction();
          if (n % 7 != 6)   // one in seven is empty
            for (int i = 0; i < 100; ++i) {
              p.send(new ProducerRecord<>(t, i % 2, "k", n + "." + i));
              if (n % 3 != 2 && i % 2 == 0) wanted.add(n + "." + i);
            }
          if (n % 3 == 2) { p.flush(); p.abortTransaction(); } else p.commitTransaction();
        }
        var last = admin.describeTransactions(List.of(id)).all().get().get(id);
        same(last.producerEpoch() - first, 18, "epochs of the transactions that were not empty");   // two of the 20 were, and Java does not tell the broker of those
      }
      try (var c = consumer(null, "isolation.level", "read_committed")) {
        c.assign(List.of(new TopicPartition(t, 0)));
        c.seekToBeginning(c.assignment());
        same(read(c, wanted.size()).stream().map(ConsumerRecord::value).toList(), wanted, "values in order");
      }
    });
    cases.put("transactions of version 2: one that took too long, then the next", () -> {
      String t = topic("v2-late", 1, Map.of());
      try (var p = producer("transactional.id", "v2-late-" + unique, "transaction.timeout.ms", 1000)) {
        p.initTransactions();
        p.beginTransaction();
        p.send(new ProducerRecord<>(t, "k", "late"));
        p.flush();
        until(() -> admin.describeTransactions(List.of("v2-late-" + unique)).all().get().get("v2-late-" + unique).state().toString().equals("CompleteAbort"), "not aborted");
        boolean refused = false;
        try { p.commitTransaction(); } catch (KafkaException e) { refused = true; }
        check(refused, "the commit was accepted");
      }
      try (var p = producer("transactional.id", "v2-late-" + unique)) {
        p.initTransactions();
        p.beginTransaction();
        p.send(new ProducerRecord<>(t, "k", "next"));
        p.commitTransaction();
      }
      same(values(t, "read_committed", 1), List.of("next"), "committed");
    });
    cases.put("admin: features", () -> {
      var seen = admin.describeFeatures().featureMetadata().get();
      same((int) seen.finalizedFeatures().get("transaction.version").maxVersionLevel(), 2, "finalized");
      same((int) seen.supportedFeatures().get("transaction.version").minVersion(), 0, "supported from");
      same((int) seen.supportedFeatures().get("transaction.version").maxVersion(), 2, "supported to");
      check(seen.finalizedFeaturesEpoch().isPresent(), "epoch");
      admin.updateFeatures(Map.of("transaction.version", new FeatureUpdate((short) 2, FeatureUpdate.UpgradeType.UPGRADE)), new UpdateFeaturesOptions()).all().get();
      refused(FeatureUpdateFailedException.class, () -> admin.updateFeatures(Map.of("transaction.version", new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE)), new UpdateFeaturesOptions()).all().get());
      refused(InvalidUpdateVersionException.class, () -> admin.updateFeatures(Map.of("transaction.version", new FeatureUpdate((short) 9, FeatureUpdate.UpgradeType.UPGRADE)), new UpdateFeaturesOptions()).all().get());
    });
    cases.put("admin: transactions and producers", () -> {
      String t = topic("txn-admin", 1, Map.of()), id = "txn-admin-" + unique;
      try (var p = producer("transactional.id", id)) {
        p.initTransactions();
        p.beginTransaction();
        p.send(new ProducerRecord<>(t, 0, "k", "v")).get();
        var seen = admin.describeTransactions(List.of(id)).all().get().get(id);
        same(seen.state().toString(), "Ongoing", "state");
        same(seen.topicPartitions(), Set.of(new TopicPartition(t, 0)), "partitions");
        check(admin.listTransactions().all().get().stream().anyMatch(x -> x.transactionalId().equals(id)), "listed");
        same(admin.describeProducers(List.of(new TopicPartition(t, 0))).all().get().get(new TopicPartition(t, 0)).activeProducers().size(), 1, "producers");
        p.commitTransaction();
      }
    });
    cases.put("admin: topics", () -> {
      String t = topic("admin", 2, Map.of("cleanup.policy", "compact"));
      var seen = admin.describeTopics(List.of(t)).allTopicNames().get().get(t);
      same(seen.partitions().size(), 2, "partitions");
      check(!seen.topicId().equals(Uuid.ZERO_UUID), "id");
      same(admin.describeTopics(TopicCollection.ofTopicIds(List.of(seen.topicId()))).allTopicIds().get().get(seen.topicId()).name(), t, "by id");
      check(admin.listTopics().names().get().contains(t), "listed");
      admin.createPartitions(Map.of(t, NewPartitions.increaseTo(3))).all().get();
      same(admin.describeTopics(List.of(t)).allTopicNames().get().get(t).partitions().size(), 3, "partitions after");
      refused(TopicExistsException.class, () -> topic("admin", 1, Map.of()));
      refused(InvalidTopicException.class, () -> admin.createTopics(List.of(new NewTopic("a b", 1, (short) 1))).all().get());
      refused(InvalidPartitionsException.class, () -> admin.createPartitions(Map.of(t, NewPartitions.increaseTo(1))).all().get());
      admin.deleteTopics(List.of(t)).all().get();
      refused(UnknownTopicOrPartitionException.class, () -> admin.describeTopics(List.of(t)).allTopicNames().get());
    });
    cases.put("admin: configs", () -> {
      String t = topic("configs", 1, Map.of("retention.ms", "5000"));
      var resource = new ConfigResource(ConfigResource.Type.TOPIC, t);
      Config seen = admin.describeConfigs(List.of(resource)).all().get().get(resource);
      same(seen.get("retention.ms").value(), "5000", "retention.ms");
      same(seen.get("retention.ms").source(), ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, "source");
      same(seen.get("segment.ms").isDefault(), true, "default");
      admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "6000"), AlterConfigOp.OpType.SET),
          new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.APPEND)))).all().get();
      seen = admin.describeConfigs(List.of(resource)).all().get().get(resource);
      same(seen.get("retention.ms").value(), "6000", "retention.ms after");
      same(seen.get("cleanup.policy").value(), "delete,compact", "cleanup.policy");
      refused(InvalidConfigurationException.class, () -> admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "x"), AlterConfigOp.OpType.SET)))).all().get());
      var node = new ConfigResource(ConfigResource.Type.BROKER, "1");
      check(admin.describeConfigs(List.of(node)).all().get().get(node).get("num.partitions") != null, "broker configs");
    });
    cases.put("admin: groups and their offsets", () -> {
      String t = topic("groups", 1, Map.of()), g = "groups-" + unique;
      try (var p = producer()) { for (int i = 0; i < 10; ++i) p.send(new ProducerRecord<>(t, "k", "v")); }
      try (var c = consumer("groups")) {
        c.subscribe(List.of(t));
        read(c, 10);
        c.commitSync();
        var seen = admin.describeConsumerGroups(List.of(g)).all().get().get(g);
        same(seen.members().size(), 1, "members");
        same(seen.groupState(), GroupState.STABLE, "state");
        refused(GroupNotEmptyException.class, () -> admin.deleteConsumerGroups(List.of(g)).all().get());
      }
      var tp = new TopicPartition(t, 0);
      same(admin.listConsumerGroupOffsets(g).partitionsToOffsetAndMetadata().get().get(tp).offset(), 10L, "offset");
      until(() -> admin.describeConsumerGroups(List.of(g)).all().get().get(g).groupState() == GroupState.EMPTY, "not empty");
      admin.alterConsumerGroupOffsets(g, Map.of(tp, new OffsetAndMetadata(3))).all().get();
      same(admin.listConsumerGroupOffsets(g).partitionsToOffsetAndMetadata().get().get(tp).offset(), 3L, "offset after");
      check(admin.listGroups().all().get().stream().anyMatch(x -> x.groupId().equals(g)), "listed");
      admin.deleteConsumerGroupOffsets(g, Set.of(tp)).all().get();
      admin.deleteConsumerGroups(List.of(g)).all().get();
      refused(GroupIdNotFoundException.class, () -> admin.describeConsumerGroups(List.of(g)).all().get());
    });
    cases.put("admin: delete records", () -> {
      String t = topic("delete-records", 1, Map.of());
      var tp = new TopicPartition(t, 0);
      try (var p = producer()) { for (int i = 0; i < 10; ++i) p.send(new ProducerRecord<>(t, "k", "v")); }
      same(admin.deleteRecords(Map.of(tp, RecordsToDelete.beforeOffset(4))).all().get() == null, true, "answer");
      same(admin.listOffsets(Map.of(tp, OffsetSpec.earliest())).all().get().get(tp).offset(), 4L, "earliest");
      refused(org.apache.kafka.common.errors.OffsetOutOfRangeException.class, () -> admin.deleteRecords(Map.of(tp, RecordsToDelete.beforeOffset(400))).all().get());
    });
    cases.put("admin: cluster", () -> {
      same(admin.describeCluster().nodes().get().size(), 1, "nodes");
      same(admin.describeCluster().controller().get().id(), 1, "controller");
      check(admin.describeCluster().clusterId().get().length() > 10, "cluster id");
    });
    cases.put("large records up to the limit and beyond", () -> {
      String t = topic("large", 1, Map.of());
      try (var p = producer("max.request.size", 4_000_000)) {
        p.send(new ProducerRecord<>(t, "k", "x".repeat(1_000_000))).get();
        refused(RecordTooLargeException.class, () -> p.send(new ProducerRecord<>(t, "k", "x".repeat(2_000_000))).get());
      }
      same(values(t, "read_uncommitted", 1).size(), 1, "records");
    });
  }

  static void members(String name, String assignor) throws Exception {
    String t = topic("members-" + name, 4, Map.of());
    Object[] settings = {"partition.assignment.strategy", assignor, "session.timeout.ms", "10000", "heartbeat.interval.ms", "300"};
    try (var first = consumer(name, settings)) {
      first.subscribe(List.of(t));
      until(() -> { first.poll(Duration.ofMillis(100)); return first.assignment().size() == 4; }, "the first has not all");
      try (var second = consumer(name, settings)) {
        second.subscribe(List.of(t));
        until(() -> {
          first.poll(Duration.ofMillis(100));
          second.poll(Duration.ofMillis(100));
          return first.assignment().size() == 2 && second.assignment().size() == 2;
        }, "they do not share");
      }
      until(() -> { first.poll(Duration.ofMillis(100)); return first.assignment().size() == 4; }, "the first has not all again");
    }
  }

  // One group, whose members join and leave one after the other while records are written: every record is read once, and no partition has two owners.
  static class Member extends Thread {
    final KafkaConsumer<String, String> consumer;
    final String topic;
    final Map<TopicPartition, Member> owners;
    final Map<String, Integer> seen;
    final List<String> wrong;
    final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    volatile boolean leaves;
    volatile int owns;
    Member(KafkaConsumer<String, String> consumer, String topic, Map<TopicPartition, Member> owners, Map<String, Integer> seen, List<String> wrong) {
      this.consumer = consumer; this.topic = topic; this.owners = owners; this.seen = seen; this.wrong = wrong;
    }
    void give(Collection<TopicPartition> partitions) {   // what is done is committed while the partitions are still ours
      var mine = new HashMap<TopicPartition, OffsetAndMetadata>();
      for (var p : partitions) if (done.containsKey(p)) mine.put(p, done.remove(p));
      try { if (!mine.isEmpty()) consumer.commitSync(mine); } catch (Exception e) { wrong.add("commit: " + e); }
      for (var p : partitions) if (!owners.remove(p, this)) wrong.add(p + " was given back and not owned");
      owns -= partitions.size();
    }
    @Override public void run() {
      try (consumer) {
        consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
          @Override public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            for (var p : partitions) {
              var other = owners.putIfAbsent(p, Member.this);
              if (other != null) wrong.add(p + " has two owners");
            }
            owns += partitions.size();
          }
          @Override public void onPartitionsRevoked(Collection<TopicPartition> partitions) { give(partitions); }
          @Override public void onPartitionsLost(Collection<TopicPartition> partitions) { wrong.add("lost " + partitions); for (var p : partitions) owners.remove(p, Member.this); owns -= partitions.size(); }
        });
        while (!leaves)
          for (var r : consumer.poll(Duration.ofMillis(50))) {
            seen.merge(r.value(), 1, Integer::sum);
            done.put(new TopicPartition(r.topic(), r.partition()), new OffsetAndMetadata(r.offset() + 1));
          }
      } catch (Exception e) { wrong.add("member: " + e); }
    }
  }
  static void comeAndGo(String name, boolean fixed, Object... settings) throws Exception {
    int partitions = 6;
    String t = topic("come-and-go-" + name, partitions, Map.of());
    Map<TopicPartition, Member> owners = new ConcurrentHashMap<>();
    Map<String, Integer> seen = new ConcurrentHashMap<>();
    List<String> wrong = Collections.synchronizedList(new ArrayList<>());
    Map<Integer, Member> members = new TreeMap<>();
    int[] written = {0};
    try (var p = producer()) {
      Callable<Boolean> shared = () -> {   // somebody writes all the while; everybody has a share, and all is owned
        for (int i = 0; i < 20; ++i) p.send(new ProducerRecord<>(t, written[0] % partitions, "k", "v" + written[0]++));
        check(wrong.isEmpty(), wrong.toString());
        return owners.size() == partitions && members.values().stream().allMatch(m -> m.owns >= 1);
      };
      int[] steps = {1, 2, 3, -1, 1, 4, -2, -3, 2, -4, -1};   // who joins (above 0) and who leaves
      for (int step : steps) {
        int who = Math.abs(step);
        if (step > 0) {
          var all = new ArrayList<Object>(List.of(settings));
          if (fixed) all.addAll(List.of("group.instance.id", "member-" + who));
          if (!List.of(settings).contains("group.protocol")) all.addAll(List.of("session.timeout.ms", "10000", "heartbeat.interval.ms", "200"));
          var m = new Member(consumer("come-and-go-" + name, all.toArray()), t, owners, seen, wrong);
          members.put(who, m);
          m.start();
        } else {
          var m = members.remove(who);
          m.leaves = true;
          m.join();
          // A static member that is closed stays in the group until its session ends, or an administrator takes it out.
          if (fixed) admin.removeMembersFromConsumerGroup("come-and-go-" + name + "-" + unique, new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("member-" + who)))).all().get();
        }
        until(shared, "after step " + step + " partitions are owned: " + owners.size());
      }
      p.flush();
      until(() -> { check(wrong.isEmpty(), wrong.toString()); return seen.size() == written[0]; }, "records are missing");
    } finally {
      for (var m : members.values()) m.leaves = true;
      for (var m : members.values()) m.join();
    }
    check(wrong.isEmpty(), wrong.toString());
    check(owners.isEmpty(), "still owned: " + owners.keySet());
    var twice = seen.entrySet().stream().filter(e -> e.getValue() > 1).map(Map.Entry::getKey).toList();
    check(twice.isEmpty(), "read twice: " + twice);
  }

  public static void main(String[] args) throws Exception {
    address = args[0];
    admin = Admin.create(Map.of("bootstrap.servers", address, "request.timeout.ms", 30_000));
    int failed = 0;
    for (var c : cases.entrySet()) {
      if (args.length > 1 && !c.getKey().contains(args[1])) continue;
      try {
        c.getValue().run();
        System.out.println("pass java/" + c.getKey());
      } catch (Throwable e) {
        ++failed;
        System.out.println("fail java/" + c.getKey() + ": " + e.toString().replace('\n', ' '));
      }
    }
    admin.close();
    System.exit(failed == 0 ? 0 : 1);
  }
}

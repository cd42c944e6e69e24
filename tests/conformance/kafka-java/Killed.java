// One Java producer of Transactions V2 while its broker is killed and started again: java -cp 'lib/*' Killed.java HOST:PORT SECONDS. Every fourth
// transaction is aborted. At the end what was committed is there as a whole and once, and nothing of what was aborted. Prints "good: ..." and ends with 0, or says what is wrong.
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.serialization.*;

public class Killed {
  static final String topic = "killed";
  static final int records = 20;
  static String address;

  static KafkaProducer<String, String> producer() {   // many small requests; patient for as long as a start takes
    Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", address, "key.serializer", StringSerializer.class, "value.serializer", StringSerializer.class, "transactional.id", topic));
    config.putAll(Map.of("batch.size", 100, "linger.ms", 0, "reconnect.backoff.max.ms", 100, "retry.backoff.max.ms", 100, "request.timeout.ms", 5000, "transaction.timeout.ms", 60000));
    return new KafkaProducer<>(config);
  }
  static Map<Integer, List<String>> read() {
    Map<Integer, List<String>> seen = new TreeMap<>();
    Map<String, Object> config = Map.of("bootstrap.servers", address, "key.deserializer", StringDeserializer.class, "value.deserializer", StringDeserializer.class, "isolation.level", "read_committed");
    try (var c = new KafkaConsumer<String, String>(config)) {
      var all = List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
      c.assign(all);
      c.seekToBeginning(all);
      var ends = c.endOffsets(all);
      while (all.stream().anyMatch(p -> c.position(p) < ends.get(p)))
        c.poll(Duration.ofMillis(200)).forEach(r -> seen.computeIfAbsent(Integer.parseInt(r.key()), k -> new ArrayList<>()).add(r.value()));
    }
    return seen;
  }
  public static void main(String[] args) throws Exception {
    address = args[0];
    long end = System.nanoTime() + Integer.parseInt(args[1]) * 1_000_000_000L;
    try (var admin = Admin.create(Map.of("bootstrap.servers", address))) { admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get(); }
    Set<Integer> committed = new TreeSet<>(), aborted = new TreeSet<>(), unknown = new TreeSet<>();
    int n = 0;
    while (System.nanoTime() < end)
      try (var p = producer()) {   // another one when this one cannot go on
        p.initTransactions();
        while (System.nanoTime() < end) {
          int id = ++n;
          aborted.add(id);         // unless its commit is asked for
          p.beginTransaction();
          for (int i = 0; i < records; ++i) p.send(new ProducerRecord<>(topic, i % 2, Integer.toString(id), id + "." + i));
          if (id % 4 == 3) { p.abortTransaction(); continue; }
          aborted.remove(id);
          unknown.add(id);
          p.commitTransaction();
          unknown.remove(id);
          committed.add(id);
        }
      } catch (KafkaException e) { System.out.println("transaction " + n + ": " + e); }
    try (var p = producer()) { p.initTransactions(); }   // ends what was left open
    var seen = read();
    boolean good = committed.size() > 10;
    if (!good) System.out.println("only " + committed.size() + " transactions were committed");
    for (int id : committed) if (!seen.containsKey(id)) { good = false; System.out.println("lost: " + id); }
    for (var e : seen.entrySet()) {
      if (aborted.contains(e.getKey())) { good = false; System.out.println("aborted and shown: " + e.getKey()); }
      if (e.getValue().size() != records || new HashSet<>(e.getValue()).size() != records) { good = false; System.out.println("in part or twice: " + e.getValue()); }
    }
    System.out.println((good ? "good: " : "BAD: ") + n + " transactions, " + committed.size() + " committed, " + aborted.size() + " aborted, " + unknown.size() + " unknown");
    System.exit(good ? 0 : 1);
  }
}

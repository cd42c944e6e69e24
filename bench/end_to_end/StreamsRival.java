// The rival of bench/end_to_end/streams.py: the same queries as Kafka Streams applications, and the client that fills and watches topics of either server.
//   java -cp 'lib/*' StreamsRival.java load  BOOTSTRAP TOPIC RECORDS                trades as JSON, the same for each server
//   java -cp 'lib/*' StreamsRival.java run   BOOTSTRAP QUERY IN OUT STATE           until SIGTERM; QUERY: filter, projection, count
//   java -cp 'lib/*' StreamsRival.java watch BOOTSTRAP QUERY OUT EXPECTED           until the result is whole; prints "whole RECORDS MILLISECONDS"
// For filter and projection the result is whole with so many records; for count when the newest counts of all keys and windows sum up to it.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;

public class StreamsRival {
  static final ObjectMapper json = new ObjectMapper();
  static final String[] symbols = {"ZBZX", "ZJZZT", "ZTEST", "ZVV", "ZVZZT", "ZWZZT", "ZXZZT"};
  static final long begin = 1_700_000_000_000L;

  public static void main(String[] a) throws Exception {
    switch (a[0]) {
      case "load" -> load(a[1], a[2], Integer.parseInt(a[3]));
      case "run" -> run(a[1], a[2], a[3], a[4], a[5]);
      case "watch" -> watch(a[1], a[2], a[3], Long.parseLong(a[4]));
      default -> throw new IllegalArgumentException(a[0]);
    }
  }

  static void load(String bootstrap, String topic, int records) {
    var random = new Random(42);
    long passing = 0;
    try (var producer = new KafkaProducer<String, String>(Map.of("bootstrap.servers", bootstrap, "acks", "all", "linger.ms", "20", "batch.size", "262144"), new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < records; i++) {
        var user = "User_" + (1 + random.nextInt(1000));
        int quantity = 1 + random.nextInt(5000), price = 1 + random.nextInt(1000);
        if (price > 500 && quantity > 4500) passing++;
        var value = "{\"SIDE\":\"" + (random.nextBoolean() ? "BUY" : "SELL") + "\",\"QUANTITY\":" + quantity + ",\"SYMBOL\":\"" + symbols[random.nextInt(symbols.length)] + "\",\"PRICE\":" + price +
            ",\"ACCOUNT\":\"ABC" + (100 + random.nextInt(900)) + "\",\"USERID\":\"" + user + "\"}";
        producer.send(new ProducerRecord<>(topic, null, begin + i / 10, user, value));
      }
    }
    System.out.println("passing " + passing);
  }

  static JsonNode read(String text) {
    try {
      return json.readTree(text);
    } catch (Exception e) {
      throw new RuntimeException(e);
    }
  }

  static void run(String bootstrap, String query, String in, String out, String state) throws Exception {
    var properties = new Properties();
    properties.put("application.id", "rival-" + query);
    properties.put("bootstrap.servers", bootstrap);
    properties.put("state.dir", state);
    properties.put("num.stream.threads", "2");
    properties.put("replication.factor", "1");
    properties.put("commit.interval.ms", "2000");   // ksqlDB's
    properties.put("auto.offset.reset", "earliest");
    var builder = new StreamsBuilder();
    KStream<String, JsonNode> trades = builder.stream(in, Consumed.with(Serdes.String(), Serdes.String())).mapValues(StreamsRival::read);
    switch (query) {
      case "filter" -> trades.filter((k, v) -> v.get("PRICE").asInt() > 500 && v.get("QUANTITY").asInt() > 4500).mapValues(JsonNode::toString).to(out, Produced.with(Serdes.String(), Serdes.String()));
      case "projection" -> trades.mapValues(v -> {
        ObjectNode row = json.createObjectNode();
        row.put("USERID", v.get("USERID").asText().toLowerCase());
        row.put("TOTAL", v.get("PRICE").asLong() * v.get("QUANTITY").asLong());
        row.put("NAME", v.get("SIDE").asText() + "-" + v.get("SYMBOL").asText().substring(0, 2));
        return row.toString();
      }).to(out, Produced.with(Serdes.String(), Serdes.String()));
      case "count" -> trades.mapValues(JsonNode::toString).groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
          .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(60), Duration.ofHours(24))).count()
          .toStream().map((k, n) -> KeyValue.pair(k.key() + "@" + k.window().start(), "{\"N\":" + n + "}")).to(out, Produced.with(Serdes.String(), Serdes.String()));
      default -> throw new IllegalArgumentException(query);
    }
    var streams = new KafkaStreams(builder.build(), properties);
    var ended = new java.util.concurrent.CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> { streams.close(Duration.ofSeconds(20)); ended.countDown(); }));
    streams.start();
    ended.await();
  }

  static void watch(String bootstrap, String query, String topic, long expected) {
    try (var consumer = new KafkaConsumer<byte[], String>(Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "earliest", "enable.auto.commit", "false", "fetch.max.wait.ms", "50", "metadata.max.age.ms", "500"),
        new ByteArrayDeserializer(), new StringDeserializer())) {
      List<TopicPartition> all = new ArrayList<>();
      for (var p : consumer.partitionsFor(topic)) all.add(new TopicPartition(topic, p.partition()));
      consumer.assign(all);
      consumer.seekToBeginning(all);
      long records = 0, sum = 0;
      Map<java.nio.ByteBuffer, Long> newest = new HashMap<>();
      for (long deadline = System.currentTimeMillis() + 300_000; System.currentTimeMillis() < deadline;) {
        if (query.equals("count")) {
          for (var record : consumer.poll(Duration.ofMillis(50))) {
            records++;
            if (record.value() == null) continue;
            long n = read(record.value()).get("N").asLong();
            var before = newest.put(java.nio.ByteBuffer.wrap(record.key()), n);
            sum += n - (before == null ? 0 : before);
          }
        } else {   // without reading, which would take CPU from who is measured
          records = 0;
          for (long end : consumer.endOffsets(all).values()) records += end;
          sum = records;
          try { Thread.sleep(20); } catch (InterruptedException e) { return; }
        }
        if (sum >= expected) {
          System.out.println("whole " + records + " " + System.currentTimeMillis());
          if (sum > expected) System.out.println("more than expected: " + sum);
          return;
        }
      }
      System.out.println("not whole after 300 s: " + sum + " of " + expected);
    }
  }
}

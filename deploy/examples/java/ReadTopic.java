import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a topic of the hub with Kafka's client and Apache Avro; the framing is the ten lines of {@link #decoded}. */
public class ReadTopic {
    static final String HELP = """
        Usage: run TOPIC [--bootstrap HOST:PORT] [--registry URL] [--group NAME] [--count N]

        Reads a topic of the hub with Kafka's own client and Apache Avro.
        One JSON object per record, until Ctrl-C.

          TOPIC         out.<you> for events; feedback.<you> for what a publisher is told
          --bootstrap   a broker (127.0.0.1:9092)
          --registry    the hub's HTTP port (http://127.0.0.1:9464)
          --group       consumer group; each goes on where it stopped (java-example)
          --count       stop after N records
          -h, --help    this text

        Exit codes: 0 done, 2 wrong arguments, 3 broker or registry away, 130 Ctrl-C.""";
    static final Duration PATIENCE = Duration.ofSeconds(10);
    static final ObjectMapper JSON = new ObjectMapper();

    static final Map<String, String> OPTIONS = new HashMap<>(Map.of(
        "--bootstrap", "127.0.0.1:9092", "--registry", "http://127.0.0.1:9464", "--group", "java-example", "--count", "0"));
    static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    static final Map<Integer, Schema> SCHEMAS = new HashMap<>();

    /** Something to tell the person who called, and the exit code. */
    static class Failed extends RuntimeException {
        final int code;

        Failed(int code, String sentence) {
            super(sentence);
            this.code = code;
        }
    }

    public static void main(String[] arguments) {
        try {
            String topic = parsed(arguments);
            if (topic == null) {
                System.out.println(HELP);
                return;
            }
            ask("/subjects");
            read(topic, Integer.parseInt(OPTIONS.get("--count")));
        } catch (Failed failed) {
            System.out.flush();
            System.err.println(failed.getMessage());
            Runtime.getRuntime().halt(failed.code);  // not exit: that would run the hook of Ctrl-C
        }
    }

    /** The topic, with the options put into OPTIONS; null when help was asked for. */
    static String parsed(String[] arguments) {
        String topic = null;
        for (int i = 0; i < arguments.length; i++) {
            if (List.of("-h", "--help").contains(arguments[i])) {
                return null;
            } else if (OPTIONS.containsKey(arguments[i]) && i + 1 < arguments.length) {
                OPTIONS.put(arguments[i], arguments[++i]);
            } else if (topic == null && !arguments[i].startsWith("-")) {
                topic = arguments[i];
            } else {
                throw new Failed(2, "what is " + arguments[i] + "? see --help");
            }
        }
        if (topic == null) {
            throw new Failed(2, "which topic? see --help");
        }
        if (!OPTIONS.get("--count").matches("[0-9]{1,9}")) {
            throw new Failed(2, "--count has to be a number, not " + OPTIONS.get("--count"));
        }
        return topic;
    }

    static void read(String topic, int count) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", OPTIONS.get("--bootstrap"));
        settings.put("group.id", OPTIONS.get("--group"));
        // Anything else also shows what a killed hub had begun and never finished, and shows it twice.
        settings.put("isolation.level", "read_committed");
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("allow.auto.create.topics", "false");
        if (count > 0) {
            settings.put("max.poll.records", Math.min(count, 500));
        }
        // SASL and TLS go here: security.protocol, sasl.mechanism, sasl.jaas.config, ssl.truststore.location.
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        CountDownLatch closed = new CountDownLatch(1);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
            if (consumer.partitionsFor(topic, PATIENCE).isEmpty()) {
                throw new Failed(2, "there is no topic " + topic + "; ask the hub's operator for the name");
            }
            Thread onInterrupt = new Thread(() -> interrupted(consumer, closed));
            Runtime.getRuntime().addShutdownHook(onInterrupt);
            consumer.subscribe(List.of(topic));
            boolean printed = true;
            for (int done = 0; printed && (count == 0 || done < count); ) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    if (count == 0 || done < count) {
                        System.out.println(described(record));
                        done++;
                    }
                }
                printed = !System.out.checkError();  // false: whoever reads our output has what they want
                if (printed) {
                    consumer.commitSync();  // once all have been dealt with, so that a crash of ours loses none
                }
            }
            Runtime.getRuntime().removeShutdownHook(onInterrupt);
        } catch (WakeupException stopped) {
            closed.countDown();
        } catch (KafkaException trouble) {
            throw new Failed(3, "no broker answers at " + OPTIONS.get("--bootstrap")
                + "; is it up, and is this its address? (" + trouble.getMessage() + ")");
        }
    }

    /** Ctrl-C: the consumer leaves its group, then the process ends as shells expect it. */
    static void interrupted(KafkaConsumer<byte[], byte[]> consumer, CountDownLatch closed) {
        consumer.wakeup();
        try {
            closed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException ignored) {
            // ending anyway
        }
        System.err.println("interrupted");
        Runtime.getRuntime().halt(130);
    }

    static String described(ConsumerRecord<byte[], byte[]> record) {
        ObjectNode said = JSON.createObjectNode();
        said.put("partition", record.partition());
        said.put("offset", record.offset());
        said.put("key", record.key() == null ? null : text(record.key()));
        ObjectNode headers = said.putObject("headers");
        record.headers().forEach(header -> headers.put(header.key(), text(header.value())));
        // Feedback is JSON and has no framing.
        String value = record.value()[0] == 0 ? decoded(record.value()).toString() : text(record.value());
        return said.putRawValue("value", new RawValue(value)).toString();
    }

    /** Confluent's framing: a zero byte, four bytes of schema id, the value in Avro. */
    static GenericRecord decoded(byte[] value) {
        int id = ByteBuffer.wrap(value, 1, 4).getInt();
        Schema schema = SCHEMAS.computeIfAbsent(id, ReadTopic::schema);
        try {
            var decoder = DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null);
            return new GenericDatumReader<GenericRecord>(schema).read(null, decoder);
        } catch (IOException broken) {
            throw new Failed(3, "a record is not what its schema " + id + " says: " + broken.getMessage());
        }
    }

    /** The schema of an id. An id never changes its meaning, so each is asked for once. */
    static Schema schema(int id) {
        try {
            return new Schema.Parser().parse(JSON.readTree(ask("/schemas/ids/" + id)).get("schema").asText());
        } catch (IOException broken) {
            throw new Failed(3, "the schema registry's answer for schema " + id + " is not JSON");
        }
    }

    static String ask(String path) {
        String place = OPTIONS.get("--registry") + path;
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(place)).timeout(PATIENCE).build();
            HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new Failed(3, "the schema registry says " + answer.statusCode() + " to " + place);
            }
            return answer.body();
        } catch (IllegalArgumentException wrong) {
            throw new Failed(2, OPTIONS.get("--registry") + " is no URL; write one like http://hub:9464");
        } catch (IOException | InterruptedException away) {
            throw new Failed(3, "no schema registry answers at " + place + "; is the hub running, at this port?");
        }
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

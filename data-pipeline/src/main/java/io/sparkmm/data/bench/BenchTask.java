package io.sparkmm.data.bench;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.job.PrepareMain;
import io.sparkmm.data.job.PrepareSettings;
import io.sparkmm.data.job.StageShares;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.SparkSession;

/**
 * The part of the benchmark that runs in a process of its own. Arguments: the file for the result,
 * the task and what it needs.
 */
final class BenchTask {
  private static final double NANOS = 1e9;
  private static final int WARM_UP_TEXTS = 4000;

  private BenchTask() {}

  /** Runs the task; the exit code is 0 when the result was written. */
  public static void main(String[] args) throws Exception {
    ObjectNode result = new ObjectMapper().createObjectNode();
    List<String> rest = Arrays.asList(args).subList(2, args.length);
    int code =
        switch (args[1]) {
          case "prepare" -> prepare(result, rest);
          case "tokenize" -> tokenize(result, rest);
          case "stages" -> stages(result, rest);
          default -> throw new IllegalArgumentException("Cannot run task " + args[1]);
        };
    result.put("peak_rss_mib", peakResidentMebibytes());
    if (code == 0) {
      new ObjectMapper().writeValue(Path.of(args[0]).toFile(), result);
    }
    System.exit(code);
  }

  /** The verb as a user runs it; starting Spark is timed apart. */
  private static int prepare(ObjectNode result, List<String> args) {
    long begin = System.nanoTime();
    SparkSession.builder().appName("sparkmm bench prepare").getOrCreate();
    result.put("spark_start_seconds", (System.nanoTime() - begin) / NANOS);
    begin = System.nanoTime();
    int code = PrepareMain.run(args.toArray(String[]::new));
    result.put("seconds", (System.nanoTime() - begin) / NANOS);
    return code;
  }

  /** The native tokenizer alone on the texts of all messages, from memory. */
  private static int tokenize(ObjectNode result, List<String> args) throws Exception {
    int threads = Integer.parseInt(args.get(0));
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(
            Path.of(args.get(1)),
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"))) {
      List<String> texts = texts(Path.of(args.get(2)));
      encode(tokenizer, texts.subList(0, Math.min(WARM_UP_TEXTS, texts.size())), threads);
      long begin = System.nanoTime();
      long tokens = encode(tokenizer, texts, threads);
      result.put("seconds", (System.nanoTime() - begin) / NANOS);
      result.put("tokens", tokens);
      result.put("texts", texts.size());
      result.put("characters", texts.stream().mapToLong(String::length).sum());
    }
    return 0;
  }

  private static long encode(HuggingFaceTokenizer tokenizer, List<String> texts, int threads)
      throws InterruptedException {
    AtomicLong tokens = new AtomicLong();
    AtomicInteger next = new AtomicInteger();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread worker =
          new Thread(
              () -> {
                long own = 0;
                for (int at = next.getAndIncrement();
                    at < texts.size();
                    at = next.getAndIncrement()) {
                  own += tokenizer.encode(texts.get(at), false, false).getIds().length;
                }
                tokens.addAndGet(own);
              });
      worker.start();
      workers.add(worker);
    }
    for (Thread worker : workers) {
      worker.join();
    }
    return tokens.get();
  }

  private static List<String> texts(Path records) throws IOException {
    List<String> texts = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(records.toFile())) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.FIELD_NAME && parser.currentName().equals("value")) {
          texts.add(parser.nextTextValue());
        }
      }
    }
    return texts;
  }

  private static int stages(ObjectNode result, List<String> args) throws IOException {
    PrepareSettings settings =
        new PrepareSettings(
            ConfigLoader.loadData(Path.of(args.get(0))),
            args.get(1),
            PrepareSettings.Options.of(Integer.parseInt(args.get(2))));
    StageShares shares =
        StageShares.measure(
            settings, new org.apache.hadoop.fs.Path(args.get(1)), Integer.parseInt(args.get(3)));
    result.put("records", shares.records());
    result.put("read_seconds", shares.read());
    result.put("pictures_seconds", shares.pictures());
    result.put("encode_seconds", shares.encode());
    result.put("write_seconds", shares.write());
    return 0;
  }

  /** The most physical memory that this process ever had, 0 where the system does not tell. */
  private static long peakResidentMebibytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
        .findFirst()
        .orElse(0);
  }
}

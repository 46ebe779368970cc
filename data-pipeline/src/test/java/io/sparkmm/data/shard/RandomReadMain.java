package io.sparkmm.data.shard;

import io.sparkmm.data.order.RandomPermutation;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;

/**
 * Measures reads in random order: {@code RandomReadMain FOLDER SAMPLES THREADS CACHE_MIB}. The data
 * set is written to the folder when it is not there. Samples have about 400 tokens, two thirds of
 * them with a picture of 252 tokens.
 */
final class RandomReadMain {
  private static final int PER_SHARD = 4096;
  private static final int IMAGE = 151655;

  private RandomReadMain() {}

  /** Runs the measurement. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    int samples = Integer.parseInt(arguments[1]);
    int threads = Integer.parseInt(arguments[2]);
    long cache = Long.parseLong(arguments[3]) << 20;
    if (!Files.exists(folder.resolve(ShardManifest.FILE_NAME))) {
      write(folder, samples);
    }
    try (ShardReader reader =
        ShardReader.open(folder.toString(), Split.TRAIN, new Configuration(), cache)) {
      for (int epoch = 0; epoch < 2; epoch++) {
        measure(reader, RandomPermutation.of(samples, epoch), threads);
      }
    }
    System.gc();
  }

  private static void measure(ShardReader reader, int[] order, int threads) throws Exception {
    int parts = 15;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    long begin = System.nanoTime();
    for (int part = 0; part < parts; part++) {
      long start = System.nanoTime();
      int from = (int) ((long) order.length * part / parts);
      int to = (int) ((long) order.length * (part + 1) / parts);
      List<Future<Long>> sums = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int first = from + thread;
        sums.add(
            pool.submit(
                () -> {
                  long tokens = 0;
                  for (int i = first; i < to; i += threads) {
                    tokens += reader.read(order[i]).inputIds().length;
                  }
                  return tokens;
                }));
      }
      long tokens = 0;
      for (Future<Long> sum : sums) {
        tokens += sum.get();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      Runtime runtime = Runtime.getRuntime();
      System.out.printf(
          Locale.ROOT,
          "%,8d samples: %,10.0f samples/s, %,d tokens, heap %d MiB%n",
          to,
          (to - from) / seconds,
          tokens,
          (runtime.totalMemory() - runtime.freeMemory()) >> 20);
      if ((System.nanoTime() - begin) / 1e9 > 120) {
        System.out.println("stopped after two minutes");
        break;
      }
    }
    pool.shutdown();
  }

  private static void write(Path folder, int samples) throws Exception {
    Random random = new Random(1);
    Configuration configuration = new Configuration();
    org.apache.hadoop.fs.Path target = new org.apache.hadoop.fs.Path(folder.toUri());
    List<ShardInfo> infos = new ArrayList<>();
    for (int first = 0; first < samples; first += PER_SHARD) {
      String file = Split.TRAIN.shardFile(infos.size());
      try (ShardWriter writer = new ShardWriter(target, file, configuration)) {
        for (int i = first; i < Math.min(samples, first + PER_SHARD); i++) {
          writer.write(sample(i, random));
        }
        infos.add(writer.finish());
      }
    }
    ShardManifest manifest =
        new ShardManifest(
            new ShardManifest.Origin("qwen2vl", "t", "p", 0, new TreeMap<>()),
            Map.of(Split.TRAIN, infos),
            List.of());
    Files.writeString(
        folder.resolve(ShardManifest.FILE_NAME), ShardManifestParser.toJson(manifest));
  }

  private static EncodedSample sample(int number, Random random) {
    boolean picture = number % 3 != 0;
    int[] ids = new int[300 + random.nextInt(200)];
    for (int i = 0; i < ids.length; i++) {
      // Frequent ids are small, as in a byte-pair vocabulary.
      double u = random.nextDouble();
      ids[i] = picture && i >= 14 && i < 266 ? IMAGE : (int) (151643 * u * u * u);
    }
    List<EncodedImage> images =
        picture
            ? List.of(
                new EncodedImage(
                    String.format(Locale.ROOT, "train2017/%012d.jpg", number),
                    Optional.empty(),
                    427,
                    640,
                    1,
                    28,
                    36))
            : List.of();
    return new EncodedSample(
        "data/llava_instruct_150k.json#" + number,
        ids,
        List.of(new LabelSpan(280, ids.length)),
        images);
  }
}

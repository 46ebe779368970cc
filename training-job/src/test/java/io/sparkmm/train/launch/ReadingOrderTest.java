package io.sparkmm.train.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.PixelProcessor;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.image.RegulariseFilter;
import io.sparkmm.data.order.SampleOrder;
import io.sparkmm.data.order.SampleOrders;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.shard.ShardInfo;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardManifestParser;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.ShardWriter;
import io.sparkmm.data.shard.Split;
import io.sparkmm.train.input.BatchReader;
import io.sparkmm.train.input.Collator;
import io.sparkmm.train.input.CollatorSettings;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.input.PictureFiles;
import io.sparkmm.train.input.SampleDecoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What workers read from shards on disk, in which order, from the start and after a resume. */
class ReadingOrderTest {
  private static final int GLOBAL_BATCH = 4;
  private static final int STEPS = 50;

  /** Three more than whole global batches, so that the end of a pass matters. */
  private static final int SAMPLES = GLOBAL_BATCH * STEPS + 3;

  private static final Configuration HADOOP = new Configuration();
  private static final PixelProcessor PIXELS =
      new PixelProcessor(
          ProcessorConfig.qwen2Vl(), new PixelBounds(0, 1 << 20), RegulariseFilter.MINDSPEED_MM);
  private static final CollatorSettings SETTINGS =
      new CollatorSettings(
          new CollatorSettings.Padding(0, -100, 8),
          new CollatorSettings.PictureTokens(900, 901, 902),
          2,
          false);

  @TempDir private static Path folder;
  private static ShardReader shards;
  private static Collator collator;

  @BeforeAll
  static void write() throws IOException {
    org.apache.hadoop.fs.Path target = new org.apache.hadoop.fs.Path(folder.toUri());
    List<ShardInfo> infos = new ArrayList<>();
    for (int first = 0; first < SAMPLES; first += 80) {
      String file = Split.TRAIN.shardFile(infos.size());
      try (ShardWriter writer = new ShardWriter(target, file, HADOOP)) {
        for (int i = first; i < Math.min(SAMPLES, first + 80); i++) {
          List<LabelSpan> spans = List.of(new LabelSpan(1, 3));
          writer.write(new EncodedSample("s" + i, new int[] {i, 1, 2}, spans, List.of()));
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
    shards = ShardReader.open(folder.toString(), Split.TRAIN, HADOOP);
    collator = new Collator(SETTINGS, SampleDecoder.blank(PIXELS));
  }

  @AfterAll
  static void close() {
    shards.close();
  }

  private static SampleOrder order(String sampler, boolean shuffle, int workers) {
    return new DataPlan.Sampling(sampler, shuffle, true, false, 1, GLOBAL_BATCH)
        .order(SAMPLES, workers);
  }

  private static BatchReader reader(SampleOrder order, int rank, long consumed) {
    SampleDecoder decoder =
        new SampleDecoder(
            shards,
            PIXELS,
            SETTINGS,
            new PictureFiles(new org.apache.hadoop.fs.Path(folder.toUri()), HADOOP));
    return new BatchReader(
        order, rank, decoder::open, collator, new BatchReader.ReadAhead(consumed, 2, 3));
  }

  /** The samples of consecutive global batches, in the order of workers and micro-batches. */
  private static List<List<String>> globalBatches(SampleOrder order, long consumed, int count) {
    int workers = order.settings().workers();
    List<BatchReader> readers = new ArrayList<>();
    for (int rank = 0; rank < workers; rank++) {
      readers.add(reader(order, rank, consumed));
    }
    List<List<String>> batches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<String> batch = new ArrayList<>();
      for (int micro = 0; micro < GLOBAL_BATCH / workers; micro++) {
        for (BatchReader reader : readers) {
          HostBatch host = reader.next();
          assertThat(host.sampleIds()).containsExactly("s" + host.inputIds()[0]);
          batch.addAll(host.sampleIds());
        }
      }
      batches.add(batch);
    }
    readers.forEach(BatchReader::close);
    return batches;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        SampleOrders.BASE_RANDOM_BATCH,
        SampleOrders.STATEFUL_DISTRIBUTED,
        SampleOrders.SEQUENTIAL
      })
  void aResumeAtEveryStepGoesOnAsTheUndisturbedRun(String sampler) {
    SampleOrder order = order(sampler, true, 2);
    List<List<String>> whole = globalBatches(order, 0, STEPS + 8);
    for (int step = 0; step <= STEPS; step++) {
      // The consumed count of a checkpoint that was saved after that many steps.
      long consumed = (long) step * GLOBAL_BATCH;
      assertThat(globalBatches(order, consumed, 7))
          .as("step %s", step)
          .isEqualTo(whole.subList(step, step + 7));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SampleOrders.BASE_RANDOM_BATCH, SampleOrders.SEQUENTIAL})
  void globalBatchesAreTheSameForAnyNumberOfWorkersInAllPasses(String sampler) {
    List<Set<String>> expected = sets(order(sampler, true, 1), 2 * STEPS + 5);
    for (int workers : new int[] {2, 4}) {
      assertThat(sets(order(sampler, true, workers), 2 * STEPS + 5)).isEqualTo(expected);
    }
  }

  @Test
  void theStatefulOrderHasTheSameGlobalBatchesUpToTheEndOfAPass() {
    List<Set<String>> expected = sets(order(SampleOrders.STATEFUL_DISTRIBUTED, true, 1), STEPS);
    for (int workers : new int[] {2, 4}) {
      assertThat(sets(order(SampleOrders.STATEFUL_DISTRIBUTED, true, workers), STEPS))
          .isEqualTo(expected);
    }
  }

  private static List<Set<String>> sets(SampleOrder order, int count) {
    List<Set<String>> sets = new ArrayList<>();
    globalBatches(order, 0, count).forEach(batch -> sets.add(new TreeSet<>(batch)));
    return sets;
  }

  @Test
  void recordIGoesToRankIModWorkersWithoutShuffle() {
    for (int workers : new int[] {1, 2, 4}) {
      List<List<String>> batches =
          globalBatches(order(SampleOrders.STATEFUL_DISTRIBUTED, false, workers), 0, 10);
      for (int i = 0; i < 10 * GLOBAL_BATCH; i++) {
        assertThat(batches.get(i / GLOBAL_BATCH).get(i % GLOBAL_BATCH)).isEqualTo("s" + i);
      }
    }
  }
}

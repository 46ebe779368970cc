package io.sparkmm.train.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.order.BaseRandomBatchOrder;
import io.sparkmm.data.order.OrderSettings;
import io.sparkmm.data.order.SampleOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchReaderTest {
  private static final int SAMPLES = 50;
  private static final int GLOBAL_BATCH = 8;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void globalBatchesDoNotDependOnTheNumberOfWorkers(int workers) {
    List<Set<String>> expected = globalBatches(1, 2, 20, 1);

    assertThat(globalBatches(workers, 2, 20, 1)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void theSequenceDoesNotDependOnTheNumberOfThreads(int threads) {
    assertThat(ids(order(2, 2), 1, new BatchReader.ReadAhead(0, threads, 4), 30))
        .isEqualTo(ids(order(2, 2), 1, new BatchReader.ReadAhead(0, 0, 1), 30));
  }

  @Test
  void goesOnWhereTheConsumedCountSays() {
    List<List<String>> whole = ids(order(2, 2), 0, new BatchReader.ReadAhead(0, 1, 2), 40);

    for (int done = 0; done < 30; done++) {
      BatchReader.ReadAhead start = new BatchReader.ReadAhead(done * 4L, 1, 2);
      assertThat(ids(order(2, 2), 0, start, 10)).isEqualTo(whole.subList(done, done + 10));
    }
  }

  @Test
  void everySampleOfAnEpochIsSeenAtMostOnce() {
    List<String> epoch = new ArrayList<>();
    globalBatches(2, 2, SAMPLES / GLOBAL_BATCH, 1).forEach(epoch::addAll);

    assertThat(epoch).hasSize(48).doesNotHaveDuplicates();
  }

  @Test
  void anErrorArrivesWithTheBatchThatNeedsTheSample() {
    LongFunction<PendingSample> broken =
        index -> {
          if (index == 4) {
            throw new InputException(
                InputException.Kind.UNREADABLE, "Cannot read picture p.png of sample s4");
          }
          return sample(index);
        };
    SampleOrder ascending =
        new BaseRandomBatchOrder(new OrderSettings(SAMPLES, 2, 1, false, false));

    try (BatchReader reader =
        new BatchReader(
            ascending,
            0,
            broken,
            CollatorTest.collator(-100),
            new BatchReader.ReadAhead(0, 2, 6))) {
      assertThat(reader.next().sampleIds()).containsExactly("s0", "s1");
      assertThat(reader.next().sampleIds()).containsExactly("s2", "s3");
      assertThatThrownBy(reader::next)
          .isInstanceOf(InputException.class)
          .hasMessage("Cannot read picture p.png of sample s4");
    }
  }

  @Test
  void readsNoFurtherAheadThanAllowed() {
    Set<Long> read = ConcurrentHashMap.newKeySet();
    SampleOrder ascending =
        new BaseRandomBatchOrder(new OrderSettings(SAMPLES, 2, 1, false, false));
    BatchReader reader =
        new BatchReader(
            ascending,
            0,
            index -> {
              read.add(index);
              return sample(index);
            },
            CollatorTest.collator(-100),
            new BatchReader.ReadAhead(0, 2, 3));

    reader.next();
    reader.close();

    // One batch was taken, three may be under way.
    assertThat(read).allMatch(index -> index < 8);
  }

  @Test
  void decodesOnlyWhatFitsTheMemory() {
    Set<Long> decoded = ConcurrentHashMap.newKeySet();
    SampleOrder ascending =
        new BaseRandomBatchOrder(new OrderSettings(SAMPLES, 2, 1, false, false));
    try (BatchReader reader =
        new BatchReader(
            ascending,
            0,
            index ->
                new PendingSample(
                    1_000_000,
                    0,
                    () -> {
                      decoded.add(index);
                      return CollatorTest.text("s" + index, (int) index, 1, 2);
                    }),
            CollatorTest.collator(-100),
            new BatchReader.ReadAhead(0, 4, 10, 1000))) {
      for (int batch = 0; batch < 20; batch++) {
        reader.next();
        // Nothing but the next batch may be under way, as none fits beside a finished one.
        int last = 2 * (batch + 2);
        assertThat(decoded).allMatch(index -> index < last);
        assertThat(reader.bytesAhead()).isLessThan(1000 + 2_000_000);
      }
    }
  }

  @Test
  void aBatchThatNeedsMoreThanTheMemoryIsDelivered() {
    SampleOrder ascending =
        new BaseRandomBatchOrder(new OrderSettings(SAMPLES, 2, 1, false, false));
    for (int threads : new int[] {1, 3}) {
      assertThat(ids(ascending, 0, new BatchReader.ReadAhead(0, threads, 5, 1), 30))
          .isEqualTo(ids(ascending, 0, new BatchReader.ReadAhead(0, 0, 1), 30));
    }
  }

  @Test
  void aClosedReaderSaysSo() {
    BatchReader reader =
        new BatchReader(
            order(1, 2),
            0,
            BatchReaderTest::sample,
            CollatorTest.collator(-100),
            new BatchReader.ReadAhead(0, 1, 2));
    reader.close();

    assertThatThrownBy(reader::next).hasMessage("Cannot read on: the reader is closed");
  }

  private static List<Set<String>> globalBatches(
      int workers, int microBatch, int count, int threads) {
    int microBatches = GLOBAL_BATCH / (workers * microBatch);
    List<BatchReader> readers = new ArrayList<>();
    for (int rank = 0; rank < workers; rank++) {
      readers.add(
          new BatchReader(
              order(workers, microBatch),
              rank,
              BatchReaderTest::sample,
              CollatorTest.collator(-100),
              new BatchReader.ReadAhead(0, threads, 2)));
    }
    List<Set<String>> batches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Set<String> batch = new TreeSet<>();
      for (int micro = 0; micro < microBatches; micro++) {
        readers.forEach(reader -> batch.addAll(reader.next().sampleIds()));
      }
      batches.add(batch);
    }
    readers.forEach(BatchReader::close);
    return batches;
  }

  private static SampleOrder order(int workers, int microBatch) {
    return BaseRandomBatchOrder.withEpochUnit(
        new OrderSettings(SAMPLES, microBatch, workers, true, false), GLOBAL_BATCH);
  }

  private static List<List<String>> ids(
      SampleOrder order, int rank, BatchReader.ReadAhead ahead, int count) {
    try (BatchReader reader =
        new BatchReader(order, rank, BatchReaderTest::sample, CollatorTest.collator(-100), ahead)) {
      List<List<String>> ids = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        ids.add(reader.next().sampleIds());
      }
      return ids;
    }
  }

  private static PendingSample sample(long index) {
    return new PendingSample(1000, 100, () -> CollatorTest.text("s" + index, (int) index, 1, 2));
  }
}

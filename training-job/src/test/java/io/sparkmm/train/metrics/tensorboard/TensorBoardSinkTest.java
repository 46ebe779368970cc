package io.sparkmm.train.metrics.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.metrics.IterationRecord;
import io.sparkmm.train.metrics.TimeSplit;
import io.sparkmm.train.metrics.ValidationRecord;
import io.sparkmm.train.metrics.WorkerTimes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardSinkTest {
  private static final TensorBoardSink.Settings FEW =
      new TensorBoardSink.Settings(1, 2, false, false, false);
  private static final TensorBoardSink.Settings ALL =
      new TensorBoardSink.Settings(2, 2, true, true, true);

  @TempDir private Path folder;

  @Test
  void writesTheNamesOfMegatron() throws IOException {
    try (TensorBoardSink sink = new TensorBoardSink(folder, FEW, () -> 1e9)) {
      sink.iteration(iteration(1));
      sink.times(times(1));
    }

    assertThat(files(folder)).hasSize(1);
    assertThat(EventReader.read(files(folder).get(0)))
        .containsExactly(
            "0 version brain.Event:2",
            "1 learning-rate=0.001 batch-size=8.0 loss=2.5 loss-scale=1.0 grad-norm=0.5"
                + " tokens-per-second=6400.0");
    assertThat(EventReader.read(files(folder.resolve("vs-samples")).get(0)))
        .containsExactly(
            "0 version brain.Event:2",
            "8 learning-rate vs samples=0.001 batch-size vs samples=8.0 loss vs samples=2.5"
                + " loss-scale vs samples=1.0 grad-norm vs samples=0.5");
  }

  @Test
  void addsWhatIsAskedFor() throws IOException {
    try (TensorBoardSink sink = new TensorBoardSink(folder, ALL, () -> 1e9)) {
      sink.iteration(iteration(1));
      sink.iteration(iteration(2));
      sink.times(times(2));
      sink.validation(new ValidationRecord(2, 16, Map.of("lm loss", 0.0)));
    }

    assertThat(EventReader.read(files(folder).get(0)))
        .containsExactly(
            "0 version brain.Event:2",
            "2 learning-rate=0.001 batch-size=8.0 loss=2.5 loss-scale=1.0 world-size=2.0"
                + " grad-norm=0.5 tokens-per-second=6400.0 iteration-time=0.01",
            "2 time rank 1/data=0.001 time rank 1/gather=0.002 time rank 1/forward=0.003"
                + " time rank 1/exchange=0.004 time rank 1/backward=0.005"
                + " time rank 1/reduce=0.006 time rank 1/optimizer=0.007 time rank 1/save=0.008",
            "2 lm loss validation=0.0 lm loss validation ppl=1.0");
  }

  @Test
  void aRunThatBeginsAgainWithdrawsWhatItSaidInAFileOfItsOwn() throws IOException {
    double[] now = {1e9};
    try (TensorBoardSink sink = new TensorBoardSink(folder, FEW, () -> now[0])) {
      sink.iteration(iteration(1));
      sink.iteration(iteration(2));
      sink.iteration(iteration(3));
      sink.rewind(1);
      sink.iteration(iteration(2));
    }
    now[0]++;
    try (TensorBoardSink sink = new TensorBoardSink(folder, FEW, () -> now[0])) {
      sink.iteration(iteration(2));
    }

    List<Path> files = files(folder);
    assertThat(files).hasSize(3);
    assertThat(EventReader.read(files.get(1)).get(1)).isEqualTo("2 session start");
    assertThat(EventReader.read(files.get(2)).get(1)).isEqualTo("2 session start");
    assertThat(EventReader.read(files(folder.resolve("vs-samples")).get(1)).get(1))
        .isEqualTo("16 session start");
  }

  @Test
  void namesAFolderThatCannotBeMade() throws IOException {
    Path taken = Files.createFile(folder.resolve("taken"));

    try (TensorBoardSink sink = new TensorBoardSink(taken, FEW, () -> 1e9)) {
      assertThatThrownBy(() -> sink.iteration(iteration(1)))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageStartingWith("Cannot write event files to " + taken);
    }
  }

  private static IterationRecord iteration(long iteration) {
    return new IterationRecord(
        iteration,
        10,
        iteration * 8,
        1e-3,
        8,
        Map.of("loss", 2.5),
        1,
        0.5,
        false,
        64,
        32,
        TimeSplit.ofTotal(10));
  }

  private static WorkerTimes times(long iteration) {
    return new WorkerTimes(
        1, iteration, new TimeSplit(10, 1, 2, 3, 4, 5, 6, 7, 8), new float[] {12}, 0);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return new ArrayList<>(files.filter(Files::isRegularFile).sorted().toList());
    }
  }
}

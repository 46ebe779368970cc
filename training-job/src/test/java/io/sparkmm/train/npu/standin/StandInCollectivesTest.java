package io.sparkmm.train.npu.standin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every operation of the stand-in moves the right values, and right use leaves no record. */
class StandInCollectivesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"1,7", "2,1", "2,1023", "3,7", "4,300001", "8,1023"})
  void operationsGiveTheirValues(int ranks, int elements) {
    check(ranks, elements, Map.of());
  }

  @ParameterizedTest
  @CsvSource({"2,7", "4,70000"})
  void operationsGiveTheirValuesWithUnprotectedMemory(int ranks, int elements) {
    check(ranks, elements, Map.of("STANDIN_MEMORY", "relaxed", "STANDIN_DELAY", "0"));
  }

  @Test
  void operationsGiveTheirValuesInTheLayoutOfNewerReleases() {
    Path libraries = StandInBuild.libraries(StandInBuild.Layout.SPLIT);
    check(2, 1023, Map.of("LD_LIBRARY_PATH", libraries.toString(), "LD_BIND_NOW", "1"));
  }

  private void check(int ranks, int elements, Map<String, String> environment) {
    StandInRun run =
        StandInRun.of(
            folder,
            environment,
            "collectives",
            Integer.toString(ranks),
            Integer.toString(elements));
    assertThat(run.exit()).as(run.errors()).isZero();
    IntStream.range(0, ranks)
        .forEach(
            rank -> assertThat(run.values()).as(run.errors()).containsEntry(rank + ".wrong", 0L));
    assertThat(run.report().entries()).isEmpty();
  }
}

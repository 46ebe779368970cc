package io.sparkmm.train.npu;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RankTableFileTest {
  private static final Duration NOW = Duration.ZERO;

  @TempDir Path folder;

  @Test
  void finishedTableHasTheRanksOfTheJob() throws IOException {
    RankTableFile table = RankTableFile.await(write("completed"), NOW);

    assertThatCode(() -> table.require(1, 2)).doesNotThrowAnyException();
    assertThatThrownBy(() -> table.require(2, 3))
        .hasMessageEndingWith("it has ranks 0, 1, this is rank 2 of 3");
  }

  @Test
  void tableThatIsNotFinishedOrNotThereIsNamed() throws IOException {
    Path file = write("initializing");

    assertThatThrownBy(() -> RankTableFile.await(file, NOW))
        .hasMessage(
            "Cannot use rank table "
                + file
                + ": it has status initializing; it has to be completed");
    assertThatThrownBy(() -> RankTableFile.await(folder.resolve("none.json"), NOW))
        .hasMessageEndingWith("none.json: it does not exist; it has to be completed");
  }

  @Test
  void fileThatIsNoTableIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.json"), "{");

    assertThatThrownBy(() -> RankTableFile.await(file, NOW))
        .hasMessageStartingWith("Cannot read rank table " + file);
  }

  private Path write(String status) throws IOException {
    return Files.writeString(
        folder.resolve("hccl.json"),
        "{\"status\": \""
            + status
            + "\", \"server_list\": [{\"device\": ["
            + "{\"rank_id\": \"0\"}, {\"rank_id\": \"1\"}]}]}");
  }
}

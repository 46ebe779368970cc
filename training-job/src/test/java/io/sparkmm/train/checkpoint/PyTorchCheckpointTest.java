package io.sparkmm.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.train.testing.Golden;
import io.sparkmm.train.testing.Ranks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints that PyTorch's fully_shard wrote on two ranks; see make_checkpoints.py. */
class PyTorchCheckpointTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"by-name, 1", "by-name, 2", "by-index, 2", "by-index, 4"})
  void runsGoOnWithTheSameNumbers(String name, int ranks) throws IOException {
    JsonNode golden = Golden.read("checkpoints.json");
    int kept = golden.get("kept").asInt();
    double[] losses = Golden.doubles(golden.get("losses"));
    Path checkpoint = Path.of("src", "test", "golden", "checkpoints", name);
    // PyTorch's checkpoint has no state of our random generator.
    LoadSettings load = new LoadSettings(checkpoint.toString(), true, true, false, false);

    List<Double> found = Ranks.run(ranks, group -> new ToyRun().load(load).run(group)).get(0);

    assertThat(found).hasSize(losses.length - kept);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i)).isCloseTo(losses[kept + i], within(1e-6 * losses[kept + i]));
    }
  }

  @Test
  void theSameRunFromTheBeginningHasTheSameLosses() throws IOException {
    double[] losses = Golden.doubles(Golden.read("checkpoints.json").get("losses"));

    List<Double> found = Ranks.run(2, group -> new ToyRun().run(group)).get(0);

    for (int i = 0; i < losses.length; i++) {
      assertThat(found.get(i)).isCloseTo(losses[i], within(1e-6 * losses[i]));
    }
  }

  @Test
  void whatIsReadIsStoredWithTheSameNamesShapesAndTypes() {
    Path checkpoint = Path.of("src", "test", "golden", "checkpoints", "by-name");
    LoadSettings load = new LoadSettings(checkpoint.toString(), true, true, false, false);
    Ranks.run(2, group -> new ToyRun().load(load).save(folder, 1).keepAtOnce().run(group));

    assertThat(Stored.trained(folder.resolve("iter_0000003")))
        .isEqualTo(Stored.trained(checkpoint));
  }
}

package io.sparkmm.train.checkpoint;

import io.sparkmm.train.testing.Ranks;
import java.nio.file.Path;

/** Writes the checkpoint that check_checkpoint.py reads: two ranks, stopped after 3 iterations. */
final class ToyCheckpointMain {
  private ToyCheckpointMain() {}

  public static void main(String[] args) {
    Path folder = Path.of(args[0]);
    Ranks.run(2, group -> new ToyRun().save(folder, 3).stopAfter(3).run(group));
  }
}

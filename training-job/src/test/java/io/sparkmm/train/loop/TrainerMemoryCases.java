package io.sparkmm.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.testing.LiveMemory;
import io.sparkmm.train.testing.Ranks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Memory of the training loop; runs in a process of its own. */
class TrainerMemoryCases {
  @Test
  void memoryStaysFlatOverHundredsOfIterations() {
    List<long[]> bytes = new ArrayList<>();
    ToyProgram program = new ToyProgram(256, false);
    TrainListener watcher =
        new TrainListener() {
          @Override
          public void onIteration(IterationStats stats) {
            program.events.clear();
            if (stats.iteration() % 100 == 0) {
              bytes.add(new long[] {LiveMemory.bytes(), Pointer.totalBytes()});
            }
          }
        };
    for (Ranks.Outcome<Long> outcome :
        Ranks.threadOutcomes(
            2,
            Duration.ofSeconds(60),
            group -> {
              try (TrainResult result =
                  new Trainer(
                          group.rank() == 0 ? program : new ToyProgram(256, false),
                          TrainerTest.context(group, 32, ScalarType.Float),
                          TrainerTest.settings(300, 128),
                          model ->
                              FullyShard.apply(
                                  model, TrainerTest.GROUPS, group, FsdpSettings.DEFAULTS),
                          group.rank() == 0 ? watcher : TrainListener.NONE)
                      .run()) {
                return result.iterations();
              }
            })) {
      assertThat(outcome.thrown()).isNull();
      assertThat(outcome.value()).isEqualTo(300);
    }

    // One lost activation tensor per micro-batch would make 120 MiB of the difference.
    assertThat(bytes.get(2)[0] - bytes.get(0)[0]).isLessThan(30L << 20);
    assertThat(bytes.get(2)[1] - bytes.get(0)[1]).isLessThan(1L << 20);
  }
}

package io.sparkmm.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.testing.Ranks;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are stopped and go on equal runs that were not stopped. */
class ResumeTest {
  @TempDir Path folder;

  private static Path iteration(Path root, int number) {
    return root.resolve(String.format("iter_%07d", number));
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void stoppedAtAnyIterationEqualsUninterrupted(int ranks) {
    Path whole = folder.resolve("whole");
    List<Double> losses = Ranks.run(ranks, group -> new ToyRun().save(whole, 1).run(group)).get(0);

    for (int stop = 1; stop < ToyRun.ITERATIONS; stop++) {
      int last = stop;
      Path part = folder.resolve("part-" + stop);
      List<Double> before =
          Ranks.run(ranks, group -> new ToyRun().save(part, 100).stopAfter(last).run(group)).get(0);
      List<Double> after =
          Ranks.run(
                  ranks,
                  group ->
                      new ToyRun()
                          .resume(iteration(part, last))
                          .save(part, 100)
                          .attempt("run-1")
                          .run(group))
              .get(0);

      assertThat(before).isEqualTo(losses.subList(0, stop));
      assertThat(after).isEqualTo(losses.subList(stop, ToyRun.ITERATIONS));
      assertThat(Stored.tensors(iteration(part, ToyRun.ITERATIONS)))
          .isEqualTo(Stored.tensors(iteration(whole, ToyRun.ITERATIONS)));
      assertThat(Stored.values(iteration(part, ToyRun.ITERATIONS)).toString())
          .isEqualTo(Stored.values(iteration(whole, ToyRun.ITERATIONS)).toString());
    }
  }

  @Test
  void otherNumbersOfRanksGetTheSameParametersAndMoments() {
    Path two = folder.resolve("two");
    Ranks.run(2, group -> new ToyRun().save(two, 100).stopAfter(3).run(group));
    var expected = Stored.trained(iteration(two, 3));
    for (int ranks : new int[] {1, 3, 4}) {
      Path other = folder.resolve("ranks-" + ranks);
      Ranks.run(
          ranks,
          group -> new ToyRun().resume(iteration(two, 3)).save(other, 1).keepAtOnce().run(group));
      assertThat(Stored.trained(iteration(other, 3))).isEqualTo(expected);
    }
  }

  @Test
  void replicasStoreEveryShardOnce() {
    Path plain = folder.resolve("plain");
    Path replicas = folder.resolve("replicas");
    Ranks.run(4, group -> new ToyRun().save(plain, 100).stopAfter(2).run(group));
    Ranks.run(4, group -> new ToyRun().save(replicas, 100).shardingSize(2).stopAfter(2).run(group));
    assertThat(Stored.trained(iteration(replicas, 2)).keySet())
        .isEqualTo(Stored.trained(iteration(plain, 2)).keySet());
    List<Double> losses =
        Ranks.run(
                4, group -> new ToyRun().shardingSize(2).resume(iteration(replicas, 2)).run(group))
            .get(0);
    List<Double> expected = Ranks.run(4, group -> new ToyRun().shardingSize(2).run(group)).get(0);
    assertThat(losses).isEqualTo(expected.subList(2, ToyRun.ITERATIONS));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void writingInTheBackgroundStoresTheSame(int ranks) {
    Path blocking = folder.resolve("blocking");
    Path background = folder.resolve("background");
    Ranks.run(ranks, group -> new ToyRun().save(blocking, 1).run(group));
    Ranks.run(
        ranks,
        group -> new ToyRun().save(background, 1, true, ToyRun.contents(true, true)).run(group));
    for (int i = 1; i <= ToyRun.ITERATIONS; i++) {
      assertThat(Stored.tensors(iteration(background, i)))
          .isEqualTo(Stored.tensors(iteration(blocking, i)));
    }
    assertThat(background.resolve("latest_checkpointed_iteration.txt"))
        .hasContent(Integer.toString(ToyRun.ITERATIONS));
  }
}

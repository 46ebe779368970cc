package io.sparkmm.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.dcp.DcpKey;
import io.sparkmm.convert.dcp.DcpValue;
import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.testing.Ranks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavingTest {
  @TempDir Path folder;

  private Path iteration(int number) {
    return folder.resolve(String.format("iter_%07d", number));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> content = Files.list(folder)) {
      return content.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void intervalAndEndMakeCheckpoints() throws IOException {
    Ranks.run(2, group -> new ToyRun().save(folder, 4).run(group));

    assertThat(names())
        .containsExactly("iter_0000004", "iter_0000006", "latest_checkpointed_iteration.txt");
    assertThat(Files.readString(folder.resolve("latest_checkpointed_iteration.txt")))
        .isEqualTo("6");
    try (Stream<Path> files = Files.list(iteration(4))) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder(".metadata", "__0_0.distcp", "__1_0.distcp");
    }
    DcpCheckpoint.open(iteration(4)).verify();
  }

  @Test
  void lastIterationIsNotStoredTwiceAndAnEmptyRunNotAtAll() throws IOException {
    new ToyRun().save(folder, 3).run(new LocalCollectives());
    assertThat(names()).contains("iter_0000003", "iter_0000006").hasSize(3);

    Path other = folder.resolve("other");
    new ToyRun().resume(iteration(6)).save(other, 1).run(new LocalCollectives());
    assertThat(other.resolve("latest_checkpointed_iteration.txt")).doesNotExist();
  }

  @Test
  void namesAreThoseOfPyTorchAndMegatron() {
    new ToyRun().save(folder, 2).stopAfter(2).run(new LocalCollectives());

    assertThat(Stored.tensors(iteration(2)).keySet())
        .containsExactly(
            "model.embed.weight",
            "model.head.weight",
            "optimizer.state.embed.weight.exp_avg",
            "optimizer.state.embed.weight.exp_avg_sq",
            "optimizer.state.embed.weight.step",
            "optimizer.state.head.weight.exp_avg",
            "optimizer.state.head.weight.exp_avg_sq",
            "optimizer.state.head.weight.step",
            "rng_state.0.torch_rng_state");
    SortedMap<String, String> values = Stored.values(iteration(2));
    assertThat(values.keySet())
        .contains(
            "args",
            "checkpoint_version",
            "iteration",
            "opt_param_scheduler.lr_decay_style",
            "opt_param_scheduler.num_steps",
            "optimizer.param_groups.0.betas",
            "optimizer.param_groups.0.params",
            "optimizer.param_groups.1.weight_decay");
    assertThat(values.get("iteration")).endsWith(" 2");
    assertThat(values.get("checkpoint_version")).endsWith(" 3.0");
    assertThat(values.get("opt_param_scheduler.num_steps")).endsWith(" 24");
    assertThat(StoredRun.read(iteration(2)).consumedSamples()).hasValue(24);
  }

  @Test
  void switchesLeaveStateOut() {
    new ToyRun()
        .save(folder, 2, false, ToyRun.contents(false, false))
        .stopAfter(2)
        .run(new LocalCollectives());

    assertThat(Stored.tensors(iteration(2)).keySet())
        .containsExactly("model.embed.weight", "model.head.weight");
    assertThat(Stored.values(iteration(2)).keySet())
        .containsExactly("args", "checkpoint_version", "iteration");
  }

  @Test
  void aRankThatCannotWriteStopsAllAndLeavesWhatWasThere() throws IOException {
    for (boolean background : new boolean[] {false, true}) {
      Path root = folder.resolve("background-" + background);
      List<Ranks.Outcome<List<Double>>> outcomes =
          Ranks.outcomes(
              2,
              Duration.ofSeconds(60),
              group ->
                  new ToyRun()
                      .save(root, 2, background, ToyRun.contents(true, true))
                      .files(
                          group.rank() == 1
                              ? new FailingOps(4, "No space left on device")
                              : FileOps.DISK)
                      .run(group));

      assertThat(outcomes.get(1).thrown())
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("Cannot save the checkpoint of iteration 4 in " + root)
          .hasMessageContaining("No space left on device")
          .hasMessageContaining("checkpoints before it are as they were");
      assertThat(outcomes.get(0).thrown())
          .isInstanceOf(CollectiveException.class)
          .hasMessageContaining("iteration 4")
          .hasMessageContaining("rank [1] could not write its part");
      try (Stream<Path> content = Files.list(root)) {
        assertThat(content.map(path -> path.getFileName().toString()))
            .containsExactlyInAnyOrder("iter_0000002", "latest_checkpointed_iteration.txt");
      }
      DcpCheckpoint.open(root.resolve("iter_0000002")).verify();
    }
  }

  @Test
  void aFolderThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Throwable thrown =
        Ranks.outcomes(1, Duration.ofSeconds(60), group -> new ToyRun().save(file, 2).run(group))
            .get(0)
            .thrown();
    assertThat(thrown)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("Cannot write to the folder " + file);
  }

  @Test
  void anUpdateWaitsForTheCopyButNotForTheFiles() throws Exception {
    CountDownLatch copy = new CountDownLatch(1);
    CountDownLatch write = new CountDownLatch(1);
    FileOps files =
        new FailingOps(Integer.MAX_VALUE, "") {
          @Override
          public void createFolder(Path path) throws IOException {
            await(write);
            super.createFolder(path);
          }
        };
    CheckpointFolder root = new CheckpointFolder(folder, FileOps.DISK);
    StatusExchange ranks = new StatusExchange(new LocalCollectives());
    AtomicBoolean copied = new AtomicBoolean();
    try (Saver saver =
        new Saver(new CheckpointFolder(folder, files), files, ranks, "a", Duration.ofSeconds(10))) {
      Snapshot snapshot =
          new Snapshot(
              List.of(),
              List.of(),
              () -> {
                await(copy);
                copied.set(true);
              });
      LocalState state =
          new LocalState(List.of(), List.of(), List.of(new DcpValue(DcpKey.of("iteration"), 1L)));
      saver.begin(1, 0, snapshot, state);
      Thread update = new Thread(saver::awaitCopies);
      update.start();
      while (update.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      assertThat(copied).isFalse();
      copy.countDown();
      update.join();
      assertThat(copied).isTrue();
      assertThat(root.latest()).isZero();
      write.countDown();
      saver.finish();
      assertThat(root.latest()).isEqualTo(1);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}

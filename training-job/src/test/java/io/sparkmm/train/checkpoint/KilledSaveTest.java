package io.sparkmm.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.train.comm.LocalCollectives;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that ends between any two operations on files leaves the old or the new checkpoint. */
class KilledSaveTest {
  private static final String TRACKER = "latest_checkpointed_iteration.txt";

  @TempDir Path folder;

  private static Path iteration(Path root, int number) {
    return root.resolve(String.format("iter_%07d", number));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.sorted().toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  @Test
  void newCheckpointBesideAnOlderOne() throws IOException {
    Path whole = folder.resolve("whole");
    new ToyRun().save(whole, 2).stopAfter(4).run(new LocalCollectives());
    Map<String, String> old = Stored.tensors(iteration(whole, 2));
    Map<String, String> fresh = Stored.tensors(iteration(whole, 4));
    List<Double> losses = new ToyRun().run(new LocalCollectives());

    Path before = folder.resolve("before");
    new ToyRun().save(before, 2).stopAfter(2).run(new LocalCollectives());
    int reachedNew = 0;
    for (int allowed = 0; ; allowed++) {
      Path root = folder.resolve("killed-" + allowed);
      copy(before, root);
      FailingOps files = new FailingOps(allowed, "killed");
      ToyRun run =
          new ToyRun()
              .resume(iteration(root, 2))
              .save(root, 2)
              .attempt("run-1")
              .stopAfter(4)
              .files(files);
      try {
        run.run(new LocalCollectives());
      } catch (CheckpointException e) {
        assertThat(e).hasMessageContaining("killed");
      }
      String tracked = Files.readString(root.resolve(TRACKER));
      assertThat(tracked).isIn("2", "4");
      assertThat(Stored.tensors(iteration(root, Integer.parseInt(tracked))))
          .isEqualTo(tracked.equals("2") ? old : fresh);
      if (Files.exists(iteration(root, 4))) {
        DcpCheckpoint.open(iteration(root, 4)).verify();
        reachedNew++;
      }
      // Whatever is left, the next attempt ends as the undisturbed run does.
      List<Double> after =
          new ToyRun()
              .resume(iteration(root, Integer.parseInt(tracked)))
              .save(root, 2)
              .attempt("run-2")
              .run(new LocalCollectives());
      assertThat(after).isEqualTo(losses.subList(Integer.parseInt(tracked), ToyRun.ITERATIONS));
      try (Stream<Path> content = Files.list(root)) {
        assertThat(content.map(path -> path.getFileName().toString()))
            .containsExactlyInAnyOrder(TRACKER, "iter_0000002", "iter_0000004", "iter_0000006");
      }
      if (files.done() <= allowed) {
        break;
      }
    }
    assertThat(reachedNew).isGreaterThan(1);
  }

  @Test
  void replacedCheckpointOfTheSameIteration() throws IOException {
    Path before = folder.resolve("before");
    new ToyRun().save(before, 2).stopAfter(4).run(new LocalCollectives());
    for (int allowed = 0; ; allowed++) {
      Path root = folder.resolve("killed-" + allowed);
      copy(before, root);
      FailingOps files = new FailingOps(allowed, "killed");
      // Begins again at an earlier iteration than the latest one.
      ToyRun run =
          new ToyRun()
              .resume(iteration(root, 2))
              .save(root, 2)
              .attempt("other-0")
              .stopAfter(4)
              .files(files);
      try {
        run.run(new LocalCollectives());
      } catch (CheckpointException e) {
        assertThat(e).hasMessageContaining("killed");
      }
      String tracked = Files.readString(root.resolve(TRACKER));
      assertThat(tracked).isIn("2", "4");
      DcpCheckpoint.open(iteration(root, Integer.parseInt(tracked))).verify();
      if (files.done() <= allowed) {
        assertThat(tracked).isEqualTo("4");
        break;
      }
    }
  }

  @Test
  void unfinishedFolderIsNoCheckpoint() throws IOException {
    new ToyRun().save(folder, 2).stopAfter(2).run(new LocalCollectives());
    Files.delete(iteration(folder, 2).resolve(".metadata"));

    assertThatThrownBy(() -> new ToyRun().resume(iteration(folder, 2)).run(new LocalCollectives()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("it holds no .metadata");
  }
}

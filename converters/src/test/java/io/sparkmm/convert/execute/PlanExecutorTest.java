package io.sparkmm.convert.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.tensor.TensorRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlanExecutorTest {

  private static final ExecutionOptions OPTIONS = ExecutionOptions.defaults().withThreads(2);

  @TempDir private Path folder;
  private Path model;
  private Path target;

  @BeforeEach
  void makeModel() {
    model = SamplePlans.model(folder.resolve("model"));
    target = folder.resolve("out");
  }

  @Test
  void writesEveryByteOfTheParts() throws IOException {
    ConversionResult result = PlanExecutor.execute(SamplePlans.release(model, target, 2), OPTIONS);

    assertThat(result.files()).isEqualTo(5);
    assertThat(result.keptFiles()).isZero();
    assertThat(Trees.all(target).keySet())
        .containsExactly(
            "latest_checkpointed_iteration.txt",
            "release/config.json",
            "release/extra/notes.txt",
            "release/index.json",
            "release/rank_00/part.safetensors",
            "release/rank_01/part.safetensors",
            "release/sparkmm_conversion.json");
    assertThat(Files.readString(target.resolve("latest_checkpointed_iteration.txt")))
        .isEqualTo("release");
    byte[] whole = bytes(model.resolve("model-00001-of-00002.safetensors"), "layers.1.columns");
    byte[] right = bytes(target.resolve("release/rank_01/part.safetensors"), "layers.1.columns");
    for (int row = 0; row < 300; row++) {
      for (int at = 0; at < 256; at++) {
        assertThat(right[row * 256 + at]).isEqualTo(whole[row * 512 + 256 + at]);
      }
    }
  }

  @Test
  void givesTheSameBytesWhateverTheThreads() {
    PlanExecutor.execute(SamplePlans.release(model, target, 2), OPTIONS.withThreads(1));
    Path other = folder.resolve("other");
    PlanExecutor.execute(SamplePlans.release(model, other, 2), OPTIONS.withThreads(7));

    assertThat(Trees.all(other)).isEqualTo(Trees.all(target));
  }

  @Test
  void keepsTimeStampsOfFilesTakenOverAndSetsPermissions() throws IOException {
    PlanExecutor.execute(SamplePlans.release(model, target, 1), OPTIONS);

    assertThat(Files.getLastModifiedTime(target.resolve("release/config.json")))
        .isEqualTo(FileTime.fromMillis(1_600_000_000_000L));
    try (Stream<Path> paths = Files.walk(target)) {
      for (Path path : paths.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .as(path.toString())
            .isEqualTo(Files.isDirectory(path) ? "rwxr-x---" : "rw-r-----");
      }
    }
  }

  @Test
  void refusesAnExistingCheckpoint() {
    PlanExecutor.execute(SamplePlans.release(model, target, 1), OPTIONS);

    assertThatThrownBy(() -> PlanExecutor.execute(SamplePlans.release(model, target, 2), OPTIONS))
        .isInstanceOf(ConvertException.class)
        .hasMessageStartingWith("Cannot write " + target + "/release: it holds ")
        .hasMessageContaining("rank_00")
        .hasMessageContaining("--overwrite");
    assertThat(Trees.all(target)).containsKey("release/rank_00/part.safetensors");
  }

  @Test
  void replacesACheckpointWholeWhenAsked() {
    PlanExecutor.execute(SamplePlans.release(model, target, 4), OPTIONS);
    PlanExecutor.execute(SamplePlans.release(model, target, 1), OPTIONS.withOverwrite(true));
    PlanExecutor.execute(SamplePlans.release(model, folder.resolve("new"), 1), OPTIONS);

    assertThat(Trees.all(target)).isEqualTo(Trees.all(folder.resolve("new")));
  }

  @Test
  void replacesOnlyModelFilesOfAFolderThatHoldsOtherThings() throws IOException {
    PlanExecutor.execute(SamplePlans.plain(model, target, 4), OPTIONS);
    Files.writeString(target.resolve("mine.txt"), "keep");

    assertThatThrownBy(() -> PlanExecutor.execute(SamplePlans.plain(model, target, 2), OPTIONS))
        .hasMessageContaining(
            "it holds config.json, extra/notes.txt, index.json, part-00.safetensors,"
                + " part-01.safetensors and 3 more");
    PlanExecutor.execute(SamplePlans.plain(model, target, 2), OPTIONS.withOverwrite(true));

    assertThat(Trees.all(target).keySet())
        .containsExactly(
            "config.json",
            "extra/notes.txt",
            "index.json",
            "mine.txt",
            "part-00.safetensors",
            "part-01.safetensors",
            "sparkmm_conversion.json");
    assertThat(Files.readString(target.resolve("mine.txt"))).isEqualTo("keep");
  }

  @Test
  void fillsAnEmptyFolderByOneRename() throws IOException {
    Files.createDirectory(target);
    List<String> steps = Collections.synchronizedList(new ArrayList<>());
    PlanExecutor.execute(
        SamplePlans.plain(model, target, 1),
        OPTIONS.withListener(
            new ConversionListener() {
              @Override
              public void reached(Step step, String what) {
                if (step == Step.PUBLISHED) {
                  steps.add(what);
                }
              }
            }));

    assertThat(steps).containsExactly(target.toRealPath().toString());
    assertThat(Trees.all(folder)).doesNotContainKey(".out.sparkmm/lock");
  }

  @Test
  void refusesTheFolderThatIsRead() {
    assertThatThrownBy(
            () ->
                PlanExecutor.execute(
                    SamplePlans.plain(model, model, 1), OPTIONS.withOverwrite(true)))
        .isInstanceOf(ConvertException.class)
        .hasMessage(
            "Cannot write to "
                + model
                + ": it holds "
                + model
                + "/model-00001-of-00002.safetensors, which is read");
  }

  @Test
  void refusesASecondConversionToTheSameTarget() throws IOException {
    Path work = target.resolve(".release.sparkmm");
    Files.createDirectories(work);
    try (FileChannel channel =
            FileChannel.open(
                work.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      assertThat(held.isValid()).isTrue();
      assertThatThrownBy(() -> PlanExecutor.execute(SamplePlans.release(model, target, 1), OPTIONS))
          .isInstanceOf(ConvertException.class)
          .hasMessage("Cannot write " + target + "/release: another conversion is writing it now");
    }

    PlanExecutor.execute(SamplePlans.release(model, target, 1), OPTIONS);
    assertThat(Files.exists(work)).isFalse();
  }

  @Test
  void refusesAWorkFolderOfSomebodyElse() throws IOException {
    Path work = target.resolve(".release.sparkmm");
    Files.createDirectories(work.resolve("files"));
    Files.writeString(work.resolve("files/precious"), "x");

    assertThatThrownBy(() -> PlanExecutor.execute(SamplePlans.release(model, target, 1), OPTIONS))
        .hasMessageContaining("Cannot use " + work + ": it holds [files, lock]");
    assertThat(Files.readString(work.resolve("files/precious"))).isEqualTo("x");
  }

  @Test
  void refusesASourceThatChangesMeanwhile() {
    Path source = model.resolve("model-00001-of-00002.safetensors");
    ConversionListener change =
        new ConversionListener() {
          @Override
          public void begun(long bytes, int keptFiles) {
            try {
              Files.setLastModifiedTime(source, FileTime.fromMillis(1));
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          }
        };

    assertThatThrownBy(
            () ->
                PlanExecutor.execute(
                    SamplePlans.release(model, target, 1), OPTIONS.withListener(change)))
        .isInstanceOf(ConvertException.class)
        .hasMessage(
            "Cannot convert "
                + source
                + ": it changed while it was read; run again when nobody writes to it");
    assertThat(Trees.visible(target)).isEmpty();
  }

  @Test
  void aTruncatedSourceLeavesNothingBehind() throws IOException {
    ConversionPlan plan = SamplePlans.release(model, target, 1);
    try (FileChannel channel =
        FileChannel.open(
            model.resolve("model-00002-of-00002.safetensors"), StandardOpenOption.WRITE)) {
      channel.truncate(5000);
    }

    assertThatThrownBy(() -> PlanExecutor.execute(plan, OPTIONS))
        .isInstanceOf(ConvertException.class)
        .hasMessageContaining("model-00002-of-00002.safetensors: it ends before byte");
    assertThat(Trees.visible(target)).isEmpty();
  }

  @Test
  void saysWhichPathCannotBeWritten() throws IOException {
    Files.writeString(folder.resolve("file"), "in the way");
    Path impossible = folder.resolve("file/out");

    assertThatThrownBy(
            () -> PlanExecutor.execute(SamplePlans.release(model, impossible, 1), OPTIONS))
        .isInstanceOf(ConvertException.class)
        .hasMessageStartingWith("Cannot write " + impossible + "/.release.sparkmm: ");
  }

  @Test
  void anotherPlansLeftoversAreRemoved() {
    failAfterFirstFile(SamplePlans.release(model, target, 4));
    assertThat(Trees.all(target)).containsKey(".release.sparkmm/files/rank_00/part.safetensors");
    List<String> notes = new ArrayList<>();
    PlanExecutor.execute(
        SamplePlans.release(model, target, 1),
        OPTIONS.withListener(
            new ConversionListener() {
              @Override
              public void noted(String text) {
                notes.add(text);
              }
            }));

    assertThat(notes)
        .containsExactly("removing what another conversion to this folder left behind");
    PlanExecutor.execute(SamplePlans.release(model, folder.resolve("new"), 1), OPTIONS);
    assertThat(Trees.all(target)).isEqualTo(Trees.all(folder.resolve("new")));
  }

  @Test
  void aKeptFileThatChangedIsWrittenAgain() throws IOException {
    failAfterFirstFile(SamplePlans.release(model, target, 2));
    Path kept = target.resolve(".release.sparkmm/files/rank_00/part.safetensors");
    Files.write(kept, new byte[(int) Files.size(kept)]);

    ConversionResult result = PlanExecutor.execute(SamplePlans.release(model, target, 2), OPTIONS);

    assertThat(result.keptFiles()).isZero();
    PlanExecutor.execute(SamplePlans.release(model, folder.resolve("new"), 2), OPTIONS);
    assertThat(Trees.all(target)).isEqualTo(Trees.all(folder.resolve("new")));
  }

  private static void failAfterFirstFile(ConversionPlan plan) {
    ConversionListener stop =
        new ConversionListener() {
          @Override
          public void reached(Step step, String what) {
            if (step == Step.FILE_RECORDED) {
              throw new IllegalStateException("stopped by the test");
            }
          }
        };
    assertThatThrownBy(() -> PlanExecutor.execute(plan, OPTIONS.withThreads(1).withListener(stop)))
        .hasMessage("stopped by the test");
  }

  private static byte[] bytes(Path path, String name) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      TensorRef tensor = file.tensor(name);
      ByteBuffer target = ByteBuffer.allocate((int) tensor.byteSize());
      file.read(name, 0, target);
      return target.array();
    }
  }
}

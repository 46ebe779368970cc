package io.sparkmm.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.dcp.DcpFile;
import io.sparkmm.convert.dcp.DcpKey;
import io.sparkmm.convert.dcp.DcpShard;
import io.sparkmm.convert.dcp.DcpWriter;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.MemoryContent;
import io.sparkmm.train.comm.CollectiveException;
import io.sparkmm.train.comm.LocalCollectives;
import io.sparkmm.train.testing.Ranks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadingTest {
  @TempDir Path folder;
  private Path saved;

  @BeforeEach
  void save() {
    Ranks.run(2, group -> new ToyRun().save(folder, 2).stopAfter(2).run(group));
    saved = folder.resolve("iter_0000002");
  }

  private static LoadSettings settings(
      Path from, boolean resumes, boolean optimizer, boolean rng, boolean downcast) {
    return new LoadSettings(from.toString(), resumes, optimizer, rng, downcast);
  }

  private List<Double> run(LoadSettings settings) {
    return new ToyRun().load(settings).run(new LocalCollectives());
  }

  @Test
  void onlyWeightsBeginAtIterationZero() {
    assertThat(run(settings(saved, false, false, false, false))).hasSize(ToyRun.ITERATIONS);
  }

  @Test
  void withoutOptimizerTheScheduleBeginsAnewButNotTheData() {
    List<Double> whole = new ToyRun().run(new LocalCollectives());
    List<Double> losses = run(settings(saved, true, false, false, false));

    assertThat(losses).hasSize(ToyRun.ITERATIONS - 2);
    // The first loss is of the weights and of the third batch, before any update.
    assertThat(losses.get(0)).isEqualTo(whole.get(2), org.assertj.core.api.Assertions.within(1e-6));
    assertThat(losses.get(3)).isNotEqualTo(whole.get(5));
  }

  @Test
  void downcastRoundsWeights() {
    Path other = folder.resolve("other");
    new ToyRun()
        .load(settings(saved, true, true, true, true))
        .save(other, 1)
        .keepAtOnce()
        .run(new LocalCollectives());

    String weight = Stored.tensors(other.resolve("iter_0000002")).get("model.embed.weight");
    String hex = weight.substring(weight.lastIndexOf(' ') + 1);
    for (int at = 0; at < hex.length(); at += 8) {
      assertThat(hex.substring(at, at + 4)).isEqualTo("0000");
    }
  }

  @Test
  void missingStateNamesTheWayOut() {
    Path bare = folder.resolve("bare");
    new ToyRun()
        .save(bare, 2, false, ToyRun.contents(false, false))
        .stopAfter(2)
        .run(new LocalCollectives());
    Path from = bare.resolve("iter_0000002");

    assertThatThrownBy(() -> run(settings(from, true, true, false, false)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(from.toString())
        .hasMessageContaining("no state of the optimizer; give --no-load-optim or --finetune");
    assertThatThrownBy(() -> run(settings(from, true, false, true, false)))
        .hasMessageContaining(
            "no state of the random generators; give --no-load-rng or --finetune");
    assertThat(run(settings(from, true, false, false, false))).hasSize(ToyRun.ITERATIONS - 2);
  }

  @Test
  void missingWeightsAreListed() {
    Path strange = strange("model", "head.weight", "extra.weight");

    assertThatThrownBy(() -> run(settings(strange, false, false, false, false)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("1 weights of the model are not in it")
        .hasMessageContaining("missing keys: [embed.weight]")
        .hasMessageContaining("unexpected keys: [extra.weight]");
    Path foreign = strange("model", "a", "b");
    assertThatThrownBy(() -> run(settings(foreign, false, false, false, false)))
        .hasMessageContaining("none of its weights is one of the model's");
  }

  @Test
  void wrappersAndBareStatesAreSeenThrough() {
    for (String prefix : new String[] {"model", "model.model", ""}) {
      Path other = strange(prefix, "head.weight", "embed.weight");
      assertThat(run(settings(other, false, false, false, false))).hasSize(ToyRun.ITERATIONS);
    }
  }

  @Test
  void otherShapesAndTypesAreNamed() {
    Path strange = folder.resolve("shape");
    write(strange, "model", "head.weight", List.of(11L, 4L), "embed.weight", List.of(11L, 5L));
    assertThatThrownBy(() -> run(settings(strange, false, false, false, false)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("Cannot load tensor model.head.weight of checkpoint " + strange)
        .hasMessageContaining("shape is [11, 4], expected [11, 5]");
  }

  private Path strange(String prefix, String first, String second) {
    Path target = folder.resolve("strange-" + prefix + "-" + first);
    List<Long> shape = List.of(11L, 5L);
    write(target, prefix, first, shape, second, shape);
    return target;
  }

  private static void write(
      Path target,
      String prefix,
      String first,
      List<Long> firstShape,
      String second,
      List<Long> secondShape) {
    try {
      Files.createDirectories(target);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    DcpFile file =
        DcpFile.plan(
            DcpFile.name(0, 0),
            List.of(),
            List.of(shard(prefix, first, firstShape), shard(prefix, second, secondShape)));
    DcpWriter.finish(target, List.of(DcpWriter.write(target, file)));
  }

  private static DcpShard shard(String prefix, String name, List<Long> shape) {
    TensorSpec spec = new TensorSpec(name, DType.F32, shape);
    byte[] bytes = new byte[(int) spec.byteSize()];
    for (int at = 3; at < bytes.length; at += 4) {
      bytes[at] = 0x3c;
    }
    DcpKey key =
        prefix.isEmpty()
            ? DcpKey.of(name)
            : prefix.equals("model")
                ? DcpKey.of("model", name)
                : DcpKey.of("model", "model." + name);
    return DcpShard.whole(key, MemoryContent.of(spec, ByteBuffer.wrap(bytes)));
  }

  @Test
  void everyFlippedByteOfTensorsIsFound() throws IOException {
    Path file = saved.resolve("__1_0.distcp");
    byte[] whole = Files.readAllBytes(file);
    int found = 0;
    for (int at = 0; at < whole.length; at += 307) {
      byte[] damaged = Arrays.copyOf(whole, whole.length);
      damaged[at] ^= 0x40;
      Files.write(file, damaged);
      try {
        run(LoadSettings.everything(saved.toString()));
      } catch (CheckpointException e) {
        assertThat(e.kind()).isEqualTo(CheckpointException.Kind.DAMAGED);
        assertThat(e).hasMessageContaining(saved.toString());
        found++;
      }
    }
    // What is not found lies in the gaps that align records.
    assertThat(found).isGreaterThan(whole.length / 307 / 3);
    Files.write(file, whole);
  }

  @Test
  void damagedTensorIsNamedWithItsFileOnTheRankThatReadsIt() throws IOException {
    Path file = saved.resolve("__1_0.distcp");
    byte[] bytes = Files.readAllBytes(file);
    // The content of the first tensor of rank 1 begins at the first multiple of 64 after its head.
    byte[] weight = firstTensor();
    int at = indexOf(bytes, weight);
    bytes[at] ^= 1;
    Files.write(file, bytes);

    List<Ranks.Outcome<List<Double>>> outcomes =
        Ranks.outcomes(
            2,
            Duration.ofSeconds(60),
            group -> new ToyRun().load(LoadSettings.everything(saved.toString())).run(group));

    assertThat(outcomes.get(1).thrown())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("model.embed.weight")
        .hasMessageContaining("it was damaged");
    assertThat(outcomes.get(0).thrown())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("rank 1 cannot load checkpoint " + saved);
  }

  private byte[] firstTensor() {
    String text = Stored.tensors(saved).get("model.embed.weight");
    byte[] all = java.util.HexFormat.of().parseHex(text.substring(text.lastIndexOf(' ') + 1));
    // Rank 1 of 2 has the last 5 of 11 rows of 5 numbers.
    return Arrays.copyOfRange(all, 6 * 5 * 4, all.length);
  }

  private static int indexOf(byte[] all, byte[] part) {
    for (int at = 0; at + part.length <= all.length; at++) {
      if (Arrays.equals(all, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
    throw new AssertionError("not found");
  }

  @Test
  void missingAndShortFilesAreNamed() throws IOException {
    Path file = saved.resolve("__1_0.distcp");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> run(LoadSettings.everything(saved.toString())))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("__1_0.distcp")
        .hasMessageContaining("its data end at byte");
    Files.delete(file);
    assertThatThrownBy(() -> run(LoadSettings.everything(saved.toString())))
        .hasMessageContaining("there is no file __1_0.distcp");
  }

  @Test
  void trackerIsReadAndRefused() throws IOException {
    assertThat(CheckpointFolder.find(folder, Optional.empty())).isEqualTo(saved);
    assertThat(CheckpointFolder.find(folder, Optional.of("2"))).isEqualTo(saved);
    assertThatThrownBy(() -> CheckpointFolder.find(folder, Optional.of("7")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("iter_0000007");
    Path tracker = folder.resolve("latest_checkpointed_iteration.txt");
    for (String text : new String[] {"0", "-3", "latest", ""}) {
      Files.writeString(tracker, text);
      assertThatThrownBy(() -> CheckpointFolder.find(folder, Optional.empty()))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(tracker.toString())
          .hasMessageContaining("\"" + text + "\"");
    }
    Files.writeString(tracker, "9");
    assertThatThrownBy(() -> CheckpointFolder.find(folder, Optional.empty()))
        .hasMessageContaining("iter_0000009");
  }
}

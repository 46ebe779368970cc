package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

final class SafetensorsPropertyTest {

  @Provide
  Arbitrary<List<TensorSpec>> specs() {
    Arbitrary<String> names =
        Arbitraries.strings()
            .all()
            .ofMinLength(1)
            .ofMaxLength(12)
            .filter(SafetensorsPropertyTest::isWellFormed);
    Arbitrary<List<Long>> shapes = Arbitraries.longs().between(0, 5).list().ofMaxSize(4);
    return Combinators.combine(names, Arbitraries.of(DType.class), shapes)
        .as(TensorSpec::new)
        .list()
        .ofMaxSize(12)
        .uniqueElements(TensorSpec::name);
  }

  /** Half a surrogate pair has no UTF-8 form. */
  private static boolean isWellFormed(String text) {
    return text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }

  @Property(seed = "1", tries = 200)
  void readsBackWhatWasWritten(
      @ForAll("specs") List<TensorSpec> specs, @ForAll Map<String, String> pairs) {
    Map<String, String> metadata =
        pairs.entrySet().stream()
            .filter(pair -> isWellFormed(pair.getKey()) && isWellFormed(pair.getValue()))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    TestFiles.inTemporaryFolder(
        folder -> {
          Path path = folder.resolve("x");
          try (SafetensorsWriter out = SafetensorsWriter.create(path, specs, metadata)) {
            specs.forEach(s -> out.append(s.name(), ByteBuffer.wrap(TestFiles.pattern(s))));
            out.commit();
          }
          try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.metadata()).isEqualTo(metadata);
            assertThat(file.tensors())
                .extracting(TensorRef::spec)
                .containsExactlyInAnyOrderElementsOf(specs);
            for (TensorSpec spec : specs) {
              assertThat(TestFiles.content(file, spec.name())).isEqualTo(TestFiles.pattern(spec));
            }
            for (TensorRef tensor : file.tensors()) {
              assertThat(tensor.begin() % tensor.dtype().byteSize()).isZero();
            }
          }
          return null;
        });
  }

  @Property(seed = "1", tries = 300)
  void anyChangedByteOfTheHeaderIsRefusedOrStaysInBounds(
      @ForAll("specs") List<TensorSpec> specs, @ForAll Random random) {
    TestFiles.inTemporaryFolder(
        folder -> {
          Path path = TestFiles.write(folder.resolve("x"), specs, TestFiles::pattern);
          try {
            byte[] bytes = Files.readAllBytes(path);
            long headerBytes = 8 + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
            bytes[random.nextInt((int) headerBytes)] = (byte) random.nextInt(256);
            Files.write(path, bytes);
            assertRefusedOrReadable(path, bytes.length);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return null;
        });
  }

  @Property(seed = "1", tries = 200)
  void anyCutFileIsRefused(
      @ForAll("specs") List<TensorSpec> specs, @ForAll @IntRange(min = 1, max = 400) int cut) {
    TestFiles.inTemporaryFolder(
        folder -> {
          Path path = TestFiles.write(folder.resolve("x"), specs, TestFiles::pattern);
          try {
            byte[] bytes = Files.readAllBytes(path);
            Files.write(path, Arrays.copyOf(bytes, Math.max(0, bytes.length - cut)));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          assertThat(isRefused(path)).isTrue();
          return null;
        });
  }

  @Property(seed = "1", tries = 200)
  void planKeepsEveryTensorOnceAndTheLimit(
      @ForAll("specs") List<TensorSpec> specs, @ForAll @IntRange(min = 1, max = 2000) int limit) {
    ShardPlan plan = ShardPlan.of(specs, limit);

    assertThat(plan.shards().stream().flatMap(shard -> shard.tensors().stream()).toList())
        .containsExactlyInAnyOrderElementsOf(specs);
    assertThat(plan.shards())
        .allSatisfy(
            shard -> assertThat(shard.byteSize() <= limit || shard.tensors().size() == 1).isTrue());
  }

  @Property(seed = "1", tries = 50)
  void folderReadsBackWhatWasWritten(
      @ForAll("specs") List<TensorSpec> specs, @ForAll @IntRange(min = 1, max = 500) int limit) {
    TestFiles.inTemporaryFolder(
        folder -> {
          Path target = folder.resolve("model");
          try (CheckpointWriter out = CheckpointWriter.create(target, specs, limit)) {
            specs.forEach(s -> out.append(s.name(), ByteBuffer.wrap(TestFiles.pattern(s))));
            out.commit();
          }
          try (CheckpointFolder model = CheckpointFolder.open(target)) {
            assertThat(model.tensors())
                .extracting(TensorRef::spec)
                .containsExactlyInAnyOrderElementsOf(specs);
            for (TensorSpec spec : specs) {
              assertThat(TestFiles.content(model, spec.name())).isEqualTo(TestFiles.pattern(spec));
            }
          }
          assertThat(CheckpointReport.of(target).problems()).isEqualTo(Collections.emptyList());
          return null;
        });
  }

  private static boolean isRefused(Path path) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return file.path() == null;
    } catch (SafetensorsException e) {
      return true;
    }
  }

  private static void assertRefusedOrReadable(Path path, int fileBytes) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (TensorRef tensor : file.tensors()) {
        assertThat(tensor.end()).isLessThanOrEqualTo(fileBytes);
        assertThat(TestFiles.content(file, tensor.name())).hasSize((int) tensor.byteSize());
      }
    } catch (SafetensorsException e) {
      assertThat(e).hasMessageStartingWith("Cannot read " + path);
    }
  }
}

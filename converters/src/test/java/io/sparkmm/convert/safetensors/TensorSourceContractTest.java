package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSink;
import io.sparkmm.convert.tensor.TensorSource;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for every place that tensors can be read from and written to. */
final class TensorSourceContractTest {

  private static final List<TensorSpec> SPECS =
      List.of(
          TensorSpec.of("w.0", DType.F32, 7, 3),
          TensorSpec.of("w.1", DType.BF16, 5),
          TensorSpec.of("w.2", DType.I64),
          TensorSpec.of("w.3", DType.U8, 0, 2));

  @TempDir private Path folder;

  /** The implementations. */
  enum Kind {
    FILE {
      @Override
      TensorSink create(Path path) {
        return SafetensorsWriter.create(path, SPECS, SafetensorsWriter.TORCH);
      }

      @Override
      TensorSource open(Path path) {
        return SafetensorsFile.open(path);
      }
    },
    ONE_FILE_FOLDER {
      @Override
      TensorSink create(Path path) {
        return CheckpointWriter.create(path, SPECS, ShardPlan.DEFAULT_LIMIT);
      }

      @Override
      TensorSource open(Path path) {
        return CheckpointFolder.open(path);
      }
    },
    SHARDS {
      @Override
      TensorSink create(Path path) {
        return CheckpointWriter.create(path, SPECS, 16);
      }

      @Override
      TensorSource open(Path path) {
        return CheckpointFolder.open(path);
      }
    };

    abstract TensorSink create(Path path);

    abstract TensorSource open(Path path);
  }

  private Path write(Kind kind) {
    Path path = folder.resolve("target");
    try (TensorSink out = kind.create(path)) {
      List<TensorSpec> reversed = new ArrayList<>(SPECS);
      Collections.reverse(reversed);
      for (TensorSpec spec : reversed) {
        byte[] bytes = TestFiles.pattern(spec);
        int half = bytes.length / 2;
        out.append(spec.name(), ByteBuffer.wrap(bytes, 0, half));
        ByteArrayInputStream rest = new ByteArrayInputStream(bytes, half, bytes.length - half);
        out.appendFrom(spec.name(), Channels.newChannel(rest));
      }
      out.commit();
    }
    return path;
  }

  @ParameterizedTest
  @EnumSource
  void givesBackEveryTensor(Kind kind) {
    try (TensorSource source = kind.open(write(kind))) {
      assertThat(source.tensors())
          .extracting(TensorRef::spec)
          .containsExactlyInAnyOrderElementsOf(SPECS);
      assertThat(source.metadata()).isEqualTo(Map.of("format", "pt"));
      for (TensorSpec spec : SPECS) {
        byte[] expected = TestFiles.pattern(spec);
        assertThat(TestFiles.content(source, spec.name())).isEqualTo(expected);
        assertThat(TestFiles.toArray(source.map(spec.name()))).isEqualTo(expected);
        assertThat(source.find(spec.name())).contains(source.tensor(spec.name()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void listsTensorsInTheSameOrderEachTime(Kind kind) {
    Path path = write(kind);
    try (TensorSource first = kind.open(path);
        TensorSource second = kind.open(path)) {
      assertThat(first.tensors()).isEqualTo(second.tensors());
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyWindowIsTheSamePartOfTheTensor(Kind kind) {
    TensorSpec spec = SPECS.get(0);
    byte[] expected = TestFiles.pattern(spec);
    try (TensorSource source = kind.open(write(kind))) {
      for (int begin = 0; begin <= expected.length; begin += 5) {
        for (int length = 0; begin + length <= expected.length; length += 9) {
          byte[] part = Arrays.copyOfRange(expected, begin, begin + length);
          ByteBuffer copy = ByteBuffer.allocate(length);
          source.read(spec.name(), begin, copy);
          assertThat(copy.array()).isEqualTo(part);
          assertThat(TestFiles.toArray(source.window(spec.name(), begin, length))).isEqualTo(part);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void namesTensorsThatAreNotThere(Kind kind) {
    try (TensorSource source = kind.open(write(kind))) {
      assertThat(source.find("w.9")).isEmpty();
      for (Runnable use :
          List.<Runnable>of(
              () -> source.tensor("w.9"),
              () -> source.map("w.9"),
              () -> source.window("w.9", 0, 1),
              () -> source.read("w.9", 0, ByteBuffer.allocate(1)))) {
        assertThatThrownBy(use::run)
            .isInstanceOf(SafetensorsException.class)
            .hasMessageContaining("it holds no tensor w.9; nearest are [w.0, w.1, w.2]");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void manyThreadsReadAtTheSameTime(Kind kind) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (TensorSource source = kind.open(write(kind))) {
      List<Future<Boolean>> results = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        TensorSpec spec = SPECS.get(i % SPECS.size());
        results.add(
            threads.submit(
                () ->
                    Arrays.equals(
                        TestFiles.content(source, spec.name()), TestFiles.pattern(spec))));
      }
      for (Future<Boolean> result : results) {
        assertThat(result.get()).isTrue();
      }
    } finally {
      threads.shutdown();
    }
  }

  @ParameterizedTest
  @EnumSource
  void discardsWhatWasNotCommitted(Kind kind) {
    Path path = folder.resolve("target");
    try (TensorSink out = kind.create(path)) {
      out.append("w.0", ByteBuffer.allocate(4));
      out.close();
    }
    assertThatThrownBy(() -> kind.open(path).close())
        .isInstanceOf(SafetensorsException.class)
        .hasMessageStartingWith("Cannot read " + path);
  }
}

package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that the reference implementation wrote: read right, and written back byte by byte. */
final class GoldenFilesTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "all_types.safetensors",
        "no_tensors.safetensors",
        "vector_no_padding.safetensors",
        "vector_padding.safetensors"
      })
  void writesTheBytesOfTheReference(String name) throws IOException {
    Path golden = TestFiles.golden(name);
    Path copy = keepFolder().resolve(name);
    try (SafetensorsFile in = SafetensorsFile.open(golden)) {
      List<TensorSpec> specs = in.tensors().stream().map(TensorRef::spec).toList();
      try (SafetensorsWriter out = SafetensorsWriter.create(copy, specs, in.metadata())) {
        for (TensorSpec spec : specs) {
          out.append(spec.name(), in.map(spec.name()));
        }
        out.commit();
      }
    }
    assertThat(copy).hasBinaryContent(Files.readAllBytes(golden));
  }

  /** Where a peer of another language can look at the result afterwards. */
  private Path keepFolder() throws IOException {
    String keep = System.getProperty("sparkmm.keep", "");
    return keep.isEmpty() ? folder : Files.createDirectories(Path.of(keep));
  }

  @Test
  void readsEachType() {
    try (SafetensorsFile file = SafetensorsFile.open(TestFiles.golden("all_types.safetensors"))) {
      assertThat(file.metadata()).containsExactly(Map.entry("format", "pt"));
      for (DType type : DType.values()) {
        TensorRef tensor = file.tensor("t.%02d".formatted(type.ordinal()));
        assertThat(tensor.dtype()).isEqualTo(type);
        assertThat(tensor.shape()).containsExactly(2L, 3L);
        byte[] expected = new byte[6 * type.byteSize()];
        for (int i = 0; i < expected.length; i++) {
          expected[i] = (byte) (type == DType.BOOL ? i % 2 : i);
        }
        assertThat(TestFiles.content(file, tensor.name())).isEqualTo(expected);
      }
    }
  }

  @Test
  void readsScalarsEmptyTensorsAndOddNames() {
    try (SafetensorsFile file = SafetensorsFile.open(TestFiles.golden("all_types.safetensors"))) {
      assertThat(file.tensor("scalar").shape()).isEmpty();
      assertThat(file.map("scalar").getInt()).isEqualTo(0x03020100);
      assertThat(file.tensor("empty").shape()).containsExactly(0L, 4L);
      assertThat(file.tensor("odd \"name\"\\\n\u0001 é 中 \uD83D\uDE00 \uFB00").byteSize())
          .isEqualTo(4);
    }
  }

  @Test
  void sortsNamesByCodePointAndNotByUtf16() {
    try (SafetensorsFile file = SafetensorsFile.open(TestFiles.golden("all_types.safetensors"))) {
      assertThat(file.tensors())
          .filteredOn(tensor -> tensor.name().startsWith("odd ") && tensor.dtype() == DType.I16)
          .extracting(TensorRef::name)
          .containsExactly("odd \uFB00", "odd \uD83D\uDE00");
    }
  }

  @Test
  void readsShardsOfSavePretrained() {
    try (CheckpointFolder model = CheckpointFolder.open(TestFiles.golden("sharded"))) {
      assertThat(model.tensors())
          .extracting(TensorRef::name)
          .containsExactly("a", "b", "c", "d", "e", "huge");
      assertThat(model.files()).hasSize(5);
      byte[] expected = new byte[160];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = (byte) i;
      }
      assertThat(TestFiles.content(model, "huge")).isEqualTo(expected);
    }
  }

  @Test
  void writesTheFolderOfSavePretrained() throws IOException {
    Path golden = TestFiles.golden("sharded");
    long[] sizes = {10, 25, 40, 5, 30, 1};
    String[] names = {"c", "a", "huge", "b", "d", "e"};
    List<TensorSpec> specs = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      specs.add(TensorSpec.of(names[i], DType.F32, sizes[i]));
    }
    try (CheckpointWriter out = CheckpointWriter.create(folder, specs, 120)) {
      for (TensorSpec spec : specs) {
        ByteBuffer bytes = ByteBuffer.allocate((int) spec.byteSize());
        LongStream.range(0, spec.byteSize()).forEach(i -> bytes.put((byte) i));
        out.append(spec.name(), bytes.flip());
      }
      out.commit();
    }
    assertThat(TestFiles.names(folder)).isEqualTo(TestFiles.names(golden));
    for (String name : TestFiles.names(golden)) {
      assertThat(folder.resolve(name)).hasBinaryContent(Files.readAllBytes(golden.resolve(name)));
    }
  }
}

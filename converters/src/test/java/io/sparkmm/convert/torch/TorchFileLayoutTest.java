package io.sparkmm.convert.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.pickle.PickleNone;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TorchFileLayoutTest {

  private static final byte[] SERIALIZATION_ID =
      "written/.data/serialization_id".getBytes(StandardCharsets.US_ASCII);

  @TempDir private Path folder;

  /** The tree of the golden file {@code written.pt}. */
  private static Map<String, Object> goldenTree() {
    Map<String, Object> model = new LinkedHashMap<>();
    open("written.pt")
        .tensors("model")
        .forEach(
            (name, tensor) ->
                model.put(
                    name, new TensorSpec(name, tensor.dtype().orElseThrow(), tensor.shape())));
    model.put("tied", model.get("float32"));
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("model", model);
    tree.put("checkpoint_version", 3.0);
    tree.put("iteration", 70000);
    tree.put("list", List.of(1, -2L, 3.5, true, PickleNone.NONE, "x"));
    tree.put("one", Map.of("a", List.of()));
    return tree;
  }

  /** Where {@code check_torch.py} can look at the result afterwards. */
  private Path keepFolder() throws IOException {
    String keep = System.getProperty("sparkmm.keep", "");
    return keep.isEmpty() ? folder : Files.createDirectories(Path.of(keep));
  }

  private static TorchFile open(String name) {
    return TorchFile.open(TorchFixtures.golden(name));
  }

  @Test
  void writesTheBytesOfPyTorch() throws IOException {
    byte[] golden = TorchFixtures.bytes(TorchFixtures.golden("written.pt"));
    TorchFileLayout layout = TorchFileLayout.of("written", goldenTree());
    Path path = keepFolder().resolve("written.pt");

    TorchFileWriter.write(
        path,
        layout,
        (tensor, offset, target) -> {
          int at = (int) (tensor.offset() + offset);
          target.put(golden, at, target.remaining());
        });

    byte[] written = TorchFixtures.bytes(path);
    assertThat(written).hasSize((int) layout.size());
    int records = indexOf(golden, SERIALIZATION_ID, 0) - ZipFormat.LOCAL_BYTES;
    assertThat(Arrays.mismatch(Arrays.copyOf(golden, records), Arrays.copyOf(written, records)))
        .isEqualTo(-1);
    int goldenDirectory = directoryAt(golden);
    int directoryBytes =
        indexOf(golden, SERIALIZATION_ID, goldenDirectory)
            - ZipFormat.CENTRAL_BYTES
            - goldenDirectory;
    assertThat(Arrays.copyOfRange(written, records, records + directoryBytes))
        .isEqualTo(Arrays.copyOfRange(golden, goldenDirectory, goldenDirectory + directoryBytes));
    assertThat(written).hasSize(records + directoryBytes + ZipFormat.END_BYTES);
    TorchFile.open(path).verify();
  }

  @Test
  void writesThousandsOfTensors() throws IOException {
    Map<String, TensorSpec> model = new LinkedHashMap<>();
    for (int i = 0; i < 3000; i++) {
      model.put("layer." + i, TensorSpec.of("layer." + i, DType.U8, i % 7, 3));
    }
    TorchFileLayout layout = TorchFileLayout.of("many", Map.of("model", model));
    Path path = keepFolder().resolve("many.pt");

    TorchFileWriter.write(
        path,
        layout,
        (tensor, offset, target) -> {
          byte value = (byte) Integer.parseInt(tensor.name().substring("layer.".length()));
          while (target.hasRemaining()) {
            target.put(value);
          }
        });

    TorchFile file = TorchFile.open(path);
    file.verify();
    Map<String, TorchTensor> read = file.tensors("model");
    assertThat(read.keySet()).containsExactlyElementsOf(model.keySet());
    for (TensorPlace place : layout.tensors()) {
      assertThat(read.get(place.name()).begin()).isEqualTo(place.offset());
      assertThat(read.get(place.name()).shape()).isEqualTo(model.get(place.name()).shape());
    }
    assertCovered(layout);
  }

  private static int directoryAt(byte[] archive) {
    byte[] signature = {'P', 'K', 1, 2};
    return indexOf(archive, signature, 0);
  }

  private static int indexOf(byte[] bytes, byte[] part, int from) {
    for (int at = from; at <= bytes.length - part.length; at++) {
      if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
    throw new AssertionError("not found");
  }

  @Test
  void coversTheFileExactlyOnce() {
    TorchFileLayout layout = TorchFileLayout.of("written", goldenTree());

    assertCovered(layout);
  }

  private static void assertCovered(TorchFileLayout layout) {
    record Range(long begin, long end) {}
    List<Range> ranges = new ArrayList<>();
    for (TensorPlace tensor : layout.tensors()) {
      ranges.add(new Range(tensor.offset(), tensor.offset() + tensor.byteSize()));
      assertThat(tensor.offset() % 64).isZero();
    }
    for (Literal literal : layout.literals(new long[layout.tensors().size()])) {
      ranges.add(new Range(literal.offset(), literal.offset() + literal.length()));
    }
    ranges.sort(Comparator.comparingLong(Range::begin).thenComparingLong(Range::end));
    long at = 0;
    for (Range range : ranges) {
      assertThat(range.begin()).isEqualTo(at);
      at = range.end();
    }
    assertThat(at).isEqualTo(layout.size());
  }

  @Test
  void changesOnlyContentsOfLiteralsWithTheChecksums() {
    TorchFileLayout layout = TorchFileLayout.of("written", goldenTree());
    long[] crcs = new long[layout.tensors().size()];
    List<Literal> first = layout.literals(crcs);
    Arrays.fill(crcs, 0xFFFFFFFFL);
    List<Literal> second = layout.literals(crcs);

    assertThat(second)
        .extracting(Literal::offset)
        .isEqualTo(first.stream().map(Literal::offset).toList());
    assertThat(second)
        .extracting(Literal::length)
        .isEqualTo(first.stream().map(Literal::length).toList());
    assertThatThrownBy(() -> layout.literals(new long[1]))
        .hasMessage("Cannot finish a file of 17 tensors with 1 checksums");
  }

  /** Numbers of torch.save for tensors of 10, 5 * 2^28, 7 and 0 float32, in a file named big.pt. */
  @Test
  void laysOutMoreThanFourGibibytesAsPyTorchDoes() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("a", TensorSpec.of("a", DType.F32, 10));
    tree.put("big", TensorSpec.of("big", DType.F32, 5L << 28));
    tree.put("b", TensorSpec.of("b", DType.F32, 7));
    tree.put("c", TensorSpec.of("c", DType.F32, 0));

    TorchFileLayout layout = TorchFileLayout.of("big", tree);

    assertThat(layout.tensors())
        .containsExactly(
            new TensorPlace("a", 896, 40),
            new TensorPlace("big", 1024, 5368709120L),
            new TensorPlace("b", 5368710272L, 28),
            new TensorPlace("c", 5368710400L, 0));
    assertCovered(layout);
  }

  @Test
  void sharesStoragesOfEqualTensorsOnly() {
    TensorSpec tensor = TensorSpec.of("a", DType.F32, 2);

    assertThat(TorchFileLayout.of("x", Map.of("k", List.of(tensor, tensor))).tensors()).hasSize(1);
    assertThatThrownBy(
            () -> TorchFileLayout.of("x", List.of(tensor, TensorSpec.of("a", DType.F32, 3))))
        .hasMessage("two tensors have the name a");
  }

  @Test
  void namesTheFolderAfterTheFile() {
    assertThat(TorchFileLayout.prefixOf("model_optim_rng.pt")).isEqualTo("model_optim_rng");
    assertThat(TorchFileLayout.prefixOf("a.b.pt")).isEqualTo("a.b");
    assertThat(TorchFileLayout.prefixOf("name")).isEqualTo("name");
    for (String bad : List.of("", "a/b", "a\\b", ".", "..", "a\n", "\uD83D")) {
      assertThatThrownBy(() -> TorchFileLayout.of(bad, 1L))
          .hasMessage("Cannot name a folder of records '" + bad + "'");
    }
  }

  @Test
  void leavesNothingBehindWhenBytesAreMissing() {
    TorchFileLayout layout = TorchFileLayout.of("x", TensorSpec.of("a", DType.F32, 2));
    Path path = folder.resolve("x.pt");

    assertThatThrownBy(() -> TorchFileWriter.write(path, layout, (tensor, offset, target) -> {}))
        .isInstanceOf(TorchException.class)
        .hasMessage("Cannot write " + path + ": 8 bytes are missing of tensor a");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void readsBackTreesWithoutTensors() {
    Path path = folder.resolve("x.pt");

    TorchFileWriter.write(path, TorchFileLayout.of("archive", 3.0), TorchFixtures::pattern);

    assertThat(TorchFile.open(path).root()).isEqualTo(3.0);
  }
}

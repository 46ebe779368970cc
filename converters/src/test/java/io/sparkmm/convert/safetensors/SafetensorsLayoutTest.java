package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SafetensorsLayoutTest {

  private static final List<TensorSpec> SPECS =
      List.of(
          TensorSpec.of("b", DType.BF16, 3, 2),
          TensorSpec.of("a", DType.F32, 2),
          TensorSpec.of("empty", DType.I64, 0),
          TensorSpec.of("scalar", DType.F16));

  @TempDir private Path folder;

  @Test
  void describesExactlyTheBytesOfTheWriter() throws IOException {
    Path written = TestFiles.write(folder.resolve("model.safetensors"), SPECS, TestFiles::pattern);
    PlannedFile planned = SafetensorsLayout.plan("model.safetensors", views(written), Map.of());

    byte[] bytes = new byte[Math.toIntExact(planned.layout().size())];
    for (Literal literal : planned.layout().literals(new long[SPECS.size()])) {
      System.arraycopy(literal.bytes(), 0, bytes, (int) literal.offset(), literal.length());
    }
    try (SourceFiles files = new SourceFiles()) {
      for (int i = 0; i < planned.contents().size(); i++) {
        TensorPlace place = planned.layout().tensors().get(i);
        ByteBuffer target = ByteBuffer.allocateDirect((int) place.byteSize());
        planned.contents().get(i).read(0, target, files);
        target.flip().get(bytes, (int) place.offset(), (int) place.byteSize());
      }
    }

    assertThat(bytes).isEqualTo(Files.readAllBytes(written));
    assertThat(planned.layout().tensors())
        .extracting(TensorPlace::name)
        .containsExactly("empty", "a", "b", "scalar");
  }

  @Test
  void refusesTheReservedName() {
    Path written = TestFiles.write(folder.resolve("x"), SPECS, TestFiles::pattern);

    assertThatThrownBy(
            () ->
                SafetensorsLayout.plan(
                    "y", Map.of("__metadata__", views(written).get("a")), Map.of()))
        .isInstanceOf(SafetensorsException.class)
        .hasMessage("Cannot write y: a tensor must not be called __metadata__");
  }

  private static Map<String, TensorContent> views(Path path) {
    Map<String, TensorContent> views = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (TensorRef tensor : file.tensors()) {
        views.put(tensor.name(), TensorView.of(tensor));
      }
    }
    return views;
  }
}

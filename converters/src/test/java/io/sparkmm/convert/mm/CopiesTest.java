package io.sparkmm.convert.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopiesTest {

  @TempDir Path folder;

  private TensorView tensor(String name, byte... bytes) {
    try {
      Path file = Files.write(folder.resolve(name), bytes);
      return TensorView.of(new TensorRef(TensorSpec.of("t", DType.U8, bytes.length), file, 0));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void namesTensorsOfWhichAnyCopyDiffers() {
    TensorView one = tensor("one", (byte) 1, (byte) 2);
    TensorView same = tensor("same", (byte) 1, (byte) 2);
    TensorView other = tensor("other", (byte) 1, (byte) 3);

    assertThat(
            Copies.different(
                Map.of("equal", List.of(one, same, same), "norm", List.of(one, same, other))))
        .containsExactly("norm");
  }

  @Test
  void largeTensorsAreNotRead() {
    TensorView one = tensor("one", new byte[(1 << 20) + 1]);
    byte[] bytes = new byte[(1 << 20) + 1];
    bytes[5] = 1;

    assertThat(Copies.different(Map.of("large", List.of(one, tensor("other", bytes))))).isEmpty();
  }
}

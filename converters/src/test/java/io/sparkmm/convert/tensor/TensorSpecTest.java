package io.sparkmm.convert.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TensorSpecTest {

  @Test
  void countsElementsAndBytes() {
    TensorSpec spec = TensorSpec.of("w", DType.BF16, 2, 3, 5);

    assertThat(spec.elements()).isEqualTo(30);
    assertThat(spec.byteSize()).isEqualTo(60);
    assertThat(spec.dims()).containsExactly(2, 3, 5);
  }

  @Test
  void scalarHasOneElement() {
    assertThat(TensorSpec.of("s", DType.F64).byteSize()).isEqualTo(8);
  }

  @Test
  void zeroSizeMakesNoElements() {
    assertThat(TensorSpec.of("e", DType.F32, 0, 4).elements()).isZero();
  }

  @Test
  void doesNotShareTheGivenList() {
    List<Long> shape = new ArrayList<>(List.of(2L));
    TensorSpec spec = new TensorSpec("w", DType.U8, shape);
    shape.set(0, 7L);

    assertThat(spec.shape()).containsExactly(2L);
  }

  @Test
  void refusesNegativeSizes() {
    assertThatThrownBy(() -> TensorSpec.of("w", DType.U8, 2, -1))
        .hasMessage("Cannot describe tensor w: negative size in shape [2, -1]");
  }

  @Test
  void refusesBytesBeyondALong() {
    assertThatThrownBy(() -> TensorSpec.of("w", DType.U64, 1L << 40, 1L << 22))
        .hasMessage(
            "Cannot describe tensor w: shape [1099511627776, 4194304] has more bytes than fit 63"
                + " bits");
  }

  @Test
  void refusesOverflowBeforeAZero() {
    assertThatThrownBy(() -> TensorSpec.of("w", DType.U8, 1L << 62, 4, 0))
        .hasMessageContaining("more bytes than fit 63 bits");
  }

  @Test
  void refusesAnEmptyName() {
    assertThatThrownBy(() -> TensorSpec.of("", DType.U8))
        .hasMessage("Cannot describe a tensor without a name");
  }

  @Test
  void placesBytesInAFile() {
    TensorRef ref = new TensorRef(TensorSpec.of("w", DType.F32, 2), Path.of("a.bin"), 16);

    assertThat(ref.end()).isEqualTo(24);
    assertThat(ref.name()).isEqualTo("w");
    assertThat(ref.dtype()).isEqualTo(DType.F32);
    assertThat(ref.shape()).containsExactly(2L);
  }

  @Test
  void refusesPlacesOutsideAnyFile() {
    TensorSpec spec = TensorSpec.of("w", DType.F32, 2);

    assertThatThrownBy(() -> new TensorRef(spec, Path.of("a.bin"), -1))
        .hasMessage("Cannot place tensor w at byte -1 of a.bin");
    assertThatThrownBy(() -> new TensorRef(spec, Path.of("a.bin"), Long.MAX_VALUE - 3))
        .hasMessageContaining("Cannot place tensor w");
  }
}

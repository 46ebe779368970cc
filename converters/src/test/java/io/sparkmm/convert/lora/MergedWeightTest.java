package io.sparkmm.convert.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.number.FloatFormat;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Merged weights against those of PyTorch, which make_lora.py stored. */
final class MergedWeightTest {

  private static final double SCALE = 0.3;
  private static final int ROWS = 64;
  private static final int COLUMNS = 48;
  private static final int RANK = 9;

  @Test
  void isThatOfTheMergeOfStoredTypeInFloat() {
    assertThat(bytes(merged("w", "a", "b", merge(true, Optional.empty()))))
        .isEqualTo(bytes(view("stored.f32")));
  }

  @Test
  void isThatOfTheMergeThatScalesFirst() {
    assertThat(bytes(merged("w.bf16", "a", "b", merge(true, Optional.of(FloatFormat.BF16)))))
        .isEqualTo(bytes(view("first")));
  }

  @Test
  void isThatOfTheMergeThatScalesLast() {
    assertThat(bytes(merged("w.bf16", "a", "b", merge(false, Optional.of(FloatFormat.BF16)))))
        .isEqualTo(bytes(view("last")));
    assertThat(bytes(merged("w.bf16", "a", "b", merge(false, Optional.of(FloatFormat.F32)))))
        .isEqualTo(bytes(view("last.f32")));
  }

  /** PyTorch multiplies bfloat16 in pairs, so that sums can differ before they are rounded. */
  @Test
  void isWithinOneStepOfTheMergeOfStoredTypeInBf16() {
    ByteBuffer ours = bytes(merged("w.bf16", "a.bf16", "b.bf16", merge(true, Optional.empty())));
    ByteBuffer theirs = bytes(view("stored.bf16"));
    int different = 0;
    for (int at = 0; at < ours.capacity(); at += 2) {
      int gap = Math.abs(ours.getShort(at) - theirs.getShort(at));
      assertThat(gap).isLessThanOrEqualTo(1);
      different += gap;
    }
    assertThat(different).isLessThanOrEqualTo(ROWS * COLUMNS / 1000);
  }

  @Test
  void isNearerThanItsBoundToTheExactSum() {
    ByteBuffer ours = bytes(merged("w", "a", "b", merge(true, Optional.empty())));
    float[] w = floats("w");
    float[] a = floats("a");
    float[] b = floats("b");
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        double sum = 0;
        double magnitudes = 0;
        for (int k = 0; k < RANK; k++) {
          double product = SCALE * b[row * RANK + k] * a[k * COLUMNS + column];
          sum += product;
          magnitudes += Math.abs(product);
        }
        double exact = w[row * COLUMNS + column] + sum;
        double bound = (RANK + 2) * 0x1p-24 * magnitudes * 1.001 + 0x1p-24 * Math.abs(exact);
        double got = ours.getFloat(4 * (row * COLUMNS + column));
        assertThat(Math.abs(got - exact)).isLessThanOrEqualTo(bound);
      }
    }
  }

  @Test
  void isTheSameInAnyPieces() {
    TensorContent weight = merged("w.bf16", "a", "b", merge(true, Optional.empty()));
    ByteBuffer whole = bytes(weight);
    ByteBuffer pieces = ByteBuffer.allocateDirect(whole.capacity()).order(ByteOrder.LITTLE_ENDIAN);
    try (SourceFiles files = new SourceFiles()) {
      for (int at = 0; at < whole.capacity(); ) {
        int end = Math.min(whole.capacity(), at + 2 * (1 + at % 131));
        weight.read(at, pieces.limit(end).position(at), files);
        at = end;
      }
    }
    assertThat(pieces.clear()).isEqualTo(whole);
    assertThat(weight.views()).hasSize(3);
  }

  @Test
  void refusesMatricesThatDoNotFit() {
    LoraMerge merge = merge(true, Optional.empty());
    assertThatThrownBy(() -> merged("w", "b", "a", merge))
        .isInstanceOf(ConvertException.class)
        .hasMessage(
            "Cannot merge adapter layer into layer.weight: B [9, 48] times A [64, 9] is no weight"
                + " of [64, 48]");
    TensorView none = view("a").slice(0, 0, 0);
    LoraPair empty = new LoraPair("layer", none, view("b").slice(1, 0, 0));
    assertThatThrownBy(() -> MergedWeight.of("layer.weight", view("w"), empty, merge))
        .hasMessage("Cannot merge adapter layer into layer.weight: the rank of the adapter is 0");
    assertThatThrownBy(() -> merge(Double.NaN)).hasMessage("Cannot merge adapters with scale NaN");
  }

  private static LoraMerge merge(double scale) {
    return new LoraMerge(scale, true, Optional.empty());
  }

  private static LoraMerge merge(boolean scaleFirst, Optional<FloatFormat> result) {
    return new LoraMerge(SCALE, scaleFirst, result);
  }

  private static TensorContent merged(String w, String a, String b, LoraMerge merge) {
    return MergedWeight.of("layer.weight", view(w), new LoraPair("layer", view(a), view(b)), merge);
  }

  private static TensorView view(String name) {
    Path here = Path.of("src/test/golden/lora/merge.safetensors");
    Path path = Files.exists(here) ? here : Path.of("converters").resolve(here);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return TensorView.of(file.tensor(name));
    }
  }

  private static float[] floats(String name) {
    ByteBuffer bytes = bytes(view(name));
    float[] values = new float[bytes.remaining() / 4];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  private static ByteBuffer bytes(TensorContent content) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect((int) content.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
    try (SourceFiles files = new SourceFiles()) {
      content.read(0, buffer, files);
    }
    return buffer.flip();
  }
}

package io.sparkmm.convert.number;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Conversions of elements, against tables of all numbers that two bytes can hold. */
final class FloatFormatTest {

  private static final int INFINITY_F16 = 0x7c00;
  private static final int INFINITY_BF16 = 0x7f80;

  @ParameterizedTest
  @EnumSource(
      value = FloatFormat.class,
      names = {"BF16", "F16"})
  void readsAndWritesEveryNumberOfTwoBytes(FloatFormat format) {
    int infinity = format == FloatFormat.F16 ? INFINITY_F16 : INFINITY_BF16;
    for (int bits = 0; bits < 1 << 16; bits++) {
      if ((bits & 0x7fff) <= infinity) {
        assertThat(encode(format, decode(format, bits))).isEqualTo(bits);
      } else {
        assertThat(decode(format, bits)).isNaN();
        assertThat(decode(format, encode(format, decode(format, bits)))).isNaN();
      }
    }
  }

  @Test
  void knowsTheNumbersOfHalfPrecision() {
    assertThat(decode(FloatFormat.F16, 0x3c00)).isEqualTo(1f);
    assertThat(decode(FloatFormat.F16, 0x0001)).isEqualTo(0x1p-24f);
    assertThat(decode(FloatFormat.F16, 0x03ff)).isEqualTo(0x3ffp-24f);
    assertThat(decode(FloatFormat.F16, 0x7bff)).isEqualTo(65504f);
    assertThat(decode(FloatFormat.F16, 0xc000)).isEqualTo(-2f);
    assertThat(encode(FloatFormat.F16, 65519f)).isEqualTo(0x7bff);
    assertThat(encode(FloatFormat.F16, 65520f)).isEqualTo(INFINITY_F16);
    assertThat(encode(FloatFormat.F16, 0x1p-25f)).isZero();
    assertThat(encode(FloatFormat.F16, 0x3p-25f)).isEqualTo(2);
  }

  @Test
  void roundsTiesToEven() {
    assertThat(encode(FloatFormat.BF16, Float.intBitsToFloat(0x3f808000))).isEqualTo(0x3f80);
    assertThat(encode(FloatFormat.BF16, Float.intBitsToFloat(0x3f818000))).isEqualTo(0x3f82);
    assertThat(encode(FloatFormat.BF16, Float.intBitsToFloat(0x3f808001))).isEqualTo(0x3f81);
    assertThat(encode(FloatFormat.BF16, Float.MAX_VALUE)).isEqualTo(INFINITY_BF16);
  }

  @Property(seed = "1", tries = 4_000)
  void roundsToTheNearest(@ForAll int bits) {
    float value = Float.intBitsToFloat(bits);
    for (FloatFormat format : new FloatFormat[] {FloatFormat.BF16, FloatFormat.F16}) {
      if (Float.isNaN(value)) {
        assertThat(decode(format, encode(format, value))).isNaN();
      } else {
        assertThat(encode(format, value)).isEqualTo(nearest(format, value));
      }
    }
  }

  /** By search in the sorted list of all numbers of the format, with infinity as the next one. */
  private static int nearest(FloatFormat format, float value) {
    TreeMap<Double, Integer> table = TABLES.get(format);
    double magnitude = Math.abs((double) value);
    Map.Entry<Double, Integer> low = table.floorEntry(magnitude);
    Map.Entry<Double, Integer> high = table.ceilingEntry(magnitude);
    int result;
    if (high == null) {
      result = low.getValue();
    } else {
      double below = magnitude - low.getKey();
      double above = high.getKey() - magnitude;
      boolean even = (low.getValue() & 1) == 0;
      result = below < above || (below == above && even) ? low.getValue() : high.getValue();
    }
    return (Float.floatToRawIntBits(value) >>> 31) << 15 | result;
  }

  private static final Map<FloatFormat, TreeMap<Double, Integer>> TABLES =
      Map.of(
          FloatFormat.BF16, table(FloatFormat.BF16, INFINITY_BF16, 0x1p128),
          FloatFormat.F16, table(FloatFormat.F16, INFINITY_F16, 65536));

  private static TreeMap<Double, Integer> table(FloatFormat format, int infinity, double next) {
    TreeMap<Double, Integer> table = new TreeMap<>();
    for (int bits = 0; bits < infinity; bits++) {
      table.put((double) decode(format, bits), bits);
    }
    table.put(next, infinity);
    return table;
  }

  private static float decode(FloatFormat format, int bits) {
    ByteBuffer bytes = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
    float[] value = new float[1];
    format.get(bytes.putShort((short) bits).flip(), value, 1);
    return value[0];
  }

  private static int encode(FloatFormat format, float value) {
    ByteBuffer bytes = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
    format.put(new float[] {value}, 1, bytes);
    return bytes.getShort(0) & 0xffff;
  }

  @Test
  void castsInAnyPieces(@TempDir Path folder) throws IOException {
    int count = 50_000;
    ByteBuffer stored = ByteBuffer.allocate(count * 4).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer expected = ByteBuffer.allocate(count * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < count; at++) {
      float value = (at - 20_000) * 0.7331f;
      stored.putFloat(value);
      expected.putShort((short) encode(FloatFormat.BF16, value));
    }
    Path file = Files.write(folder.resolve("f32"), stored.array());
    TensorView view = TensorView.of(new TensorRef(TensorSpec.of("x", DType.F32, count), file, 0));
    TensorContent cast = CastContent.of(view, FloatFormat.BF16);
    ByteBuffer all = ByteBuffer.allocateDirect(count * 2);
    try (SourceFiles files = new SourceFiles()) {
      for (int at = 0; at < all.capacity(); ) {
        int end = Math.min(all.capacity(), at + 2 * (1 + at % 9973));
        cast.read(at, all.limit(end).position(at), files);
        at = end;
      }
    }
    assertThat(all.clear()).isEqualTo(expected.flip());
    assertThat(CastContent.of(view, FloatFormat.F32)).isSameAs(view);
    TensorView whole = TensorView.of(new TensorRef(TensorSpec.of("n", DType.I32, count), file, 0));
    assertThatThrownBy(() -> CastContent.of(whole, FloatFormat.BF16))
        .hasMessage("Cannot calculate with elements of type I32");
  }
}

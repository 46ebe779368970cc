package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LayoutTest {

  private static final Path PATH = Path.of("x.safetensors");

  private static Layout layout(TensorSpec... specs) {
    return Layout.of(PATH, List.of(specs), Map.of());
  }

  private static long jsonBytes(Layout layout) {
    return ByteBuffer.wrap(layout.header()).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  private static String json(Layout layout) {
    return new String(layout.header(), 8, layout.header().length - 8, StandardCharsets.UTF_8);
  }

  @Test
  void needsNoPaddingForTheFirstReferenceVector() {
    Layout layout = layout(TensorSpec.of("attn.0", DType.F32, 1, 2, 3));

    assertThat(jsonBytes(layout)).isEqualTo(64);
    assertThat(json(layout))
        .isEqualTo("{\"attn.0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[0,24]}}");
    assertThat(layout.fileBytes()).isEqualTo(8 + 64 + 24);
  }

  @Test
  void padsTheSecondReferenceVectorWithSevenBlanks() {
    Layout layout = layout(TensorSpec.of("attn0", DType.F32, 1, 1, 2, 3));

    assertThat(jsonBytes(layout)).isEqualTo(72);
    assertThat(json(layout)).endsWith("]}}" + " ".repeat(7));
  }

  @Test
  void aFileWithoutTensorsHasSixteenBytes() {
    Layout layout = layout();

    assertThat(json(layout)).isEqualTo("{}      ");
    assertThat(layout.fileBytes()).isEqualTo(16);
    assertThat(layout.tensors()).isEmpty();
  }

  @Test
  void putsWiderTypesFirstAndThenNames() {
    Layout layout =
        layout(
            TensorSpec.of("a", DType.BOOL),
            TensorSpec.of("b", DType.BF16),
            TensorSpec.of("d", DType.U64),
            TensorSpec.of("c", DType.BF16),
            TensorSpec.of("z", DType.F64),
            TensorSpec.of("f", DType.F16));

    assertThat(layout.tensors())
        .extracting(TensorRef::name)
        .containsExactly("d", "z", "b", "c", "f", "a");
    assertThat(layout.tensors())
        .extracting(tensor -> tensor.begin() - layout.header().length)
        .containsExactly(0L, 8L, 16L, 18L, 20L, 22L);
  }

  @Test
  void everyTensorIsAlignedToItsElements() {
    TensorSpec[] specs =
        IntStream.range(0, DType.values().length)
            .mapToObj(i -> TensorSpec.of("t" + i, DType.values()[i], 3))
            .toArray(TensorSpec[]::new);

    assertThat(layout(specs).tensors())
        .allSatisfy(tensor -> assertThat(tensor.begin() % tensor.dtype().byteSize()).isZero());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a\"b|a\\\"b",
        "a\\b|a\\\\b",
        "é|é",
        "\u007f|\u007f",
        "a/b|a/b",
      })
  void escapesOnlyWhatJsonDemands(String name, String quoted) {
    assertThat(json(layout(TensorSpec.of(name, DType.U8)))).startsWith("{\"" + quoted + "\":");
  }

  @Test
  void escapesControlCharactersAsTheReferenceDoes() {
    assertThat(json(layout(TensorSpec.of("\b\f\n\r\t\u0000\u001f", DType.U8))))
        .startsWith("{\"\\b\\f\\n\\r\\t\\u0000\\u001f\":");
  }

  @Test
  void putsMetadataFirst() {
    Layout layout =
        Layout.of(PATH, List.of(TensorSpec.of("a", DType.U8, 0)), Map.of("b", "2", "a", "1"));

    assertThat(json(layout))
        .startsWith(
            "{\"__metadata__\":{\"a\":\"1\",\"b\":\"2\"},\"a\":{\"dtype\":\"U8\",\"shape\":[0],"
                + "\"data_offsets\":[0,0]}}");
  }

  @Test
  void refusesAHeaderThatNoReaderAccepts() {
    String name = "x".repeat(2_000_000);
    List<TensorSpec> specs =
        IntStream.range(0, 51).mapToObj(i -> TensorSpec.of(name + i, DType.U8, 0)).toList();

    assertThatThrownBy(() -> Layout.of(PATH, specs, Collections.emptyMap()))
        .hasMessageStartingWith("Cannot write x.safetensors: the header would have 102")
        .hasMessageEndingWith("bytes, more than 100000000");
  }

  @Test
  void refusesMoreBytesThanAFileCanHave() {
    TensorSpec huge = TensorSpec.of("a", DType.U8, Long.MAX_VALUE);
    TensorSpec more = TensorSpec.of("b", DType.U8, 1);

    assertThatThrownBy(() -> layout(huge, more))
        .isInstanceOf(SafetensorsException.class)
        .hasMessage("Cannot write x.safetensors: the tensors have more bytes than fit 63 bits");
  }
}

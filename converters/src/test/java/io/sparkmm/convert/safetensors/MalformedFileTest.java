package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MalformedFileTest {

  private static final String OK = "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

  @TempDir private Path folder;

  private void assertRefused(Path path, Kind kind, String reason) {
    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> SafetensorsFile.open(path).close())
        .withMessage("Cannot read " + path + ": " + reason)
        .satisfies(
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e.path()).isEqualTo(path);
            });
  }

  private void assertRefused(String json, int dataBytes, Kind kind, String reason) {
    assertRefused(TestFiles.raw(folder.resolve("m.safetensors"), json, dataBytes), kind, reason);
  }

  private static String entry(String dtype, String shape, String offsets) {
    return "{\"w\":{\"dtype\":%s,\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(dtype, shape, offsets);
  }

  private static Path withLength(Path path, long length, int moreBytes) {
    byte[] bytes =
        ByteBuffer.allocate(8 + moreBytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
    return TestFiles.bytes(path, bytes);
  }

  @Test
  void acceptsTheFormThatTheOthersDamage() {
    Path path = TestFiles.raw(folder.resolve("m.safetensors"), "{\"w\":" + OK + "}", 8);

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.tensor("w").shape()).containsExactly(2L);
    }
  }

  @Test
  void refusesAMissingFile() {
    assertRefused(folder.resolve("absent"), Kind.IO, "no such file");
  }

  @Test
  void refusesAFolder() {
    SafetensorsException e =
        catchThrowableOfType(
            SafetensorsException.class, () -> SafetensorsFile.open(folder).close());

    assertThat(e.kind()).isEqualTo(Kind.IO);
    assertThat(e).hasMessageStartingWith("Cannot read " + folder + ": ");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7})
  void refusesAFileShorterThanTheLength(int bytes) {
    assertRefused(
        TestFiles.bytes(folder.resolve("short"), new byte[bytes]),
        Kind.FILE_TOO_SHORT,
        "it has " + bytes + " bytes, a safetensors file has at least 8");
  }

  @Test
  void refusesAHeaderOverTheLimit() {
    assertRefused(
        withLength(folder.resolve("large"), 100_000_001, 8),
        Kind.HEADER_TOO_LARGE,
        "header length 100000001 exceeds 100000000; is it a safetensors file?");
  }

  @Test
  void refusesALengthThatIsNegativeAsALong() {
    assertRefused(
        withLength(folder.resolve("large"), -1, 8),
        Kind.HEADER_TOO_LARGE,
        "header length 18446744073709551615 exceeds 100000000; is it a safetensors file?");
  }

  @Test
  void refusesAHeaderPastTheEnd() {
    assertRefused(
        withLength(folder.resolve("cut"), 100_000_000, 3),
        Kind.HEADER_PAST_END,
        "the header ends at byte 100000008, the file has 11 bytes");
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    byte[] json = {'{', '"', (byte) 0xC3, '"', '}'};
    assertRefused(
        TestFiles.raw(folder.resolve("latin"), json, 0),
        Kind.HEADER_NOT_UTF8,
        "the header is not UTF-8");
  }

  @Test
  void refusesUtf16() {
    Path path = TestFiles.raw(folder.resolve("wide"), "{}".getBytes(StandardCharsets.UTF_16LE), 0);

    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> SafetensorsFile.open(path).close())
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.HEADER_NOT_JSON));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " {}", "[]", "null", "\uFEFF{}"})
  void refusesAHeaderThatDoesNotBeginWithABrace(String json) {
    assertRefused(json, 0, Kind.HEADER_NOT_JSON, "the header does not begin with {");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{]", "{\"a\"}", "{\"a\":1,}", "{'a':{}}", "{\"w\":{\"dtype\":"})
  void refusesBrokenJson(String json) {
    Path path = TestFiles.raw(folder.resolve("broken"), json, 0);

    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> SafetensorsFile.open(path).close())
        .satisfies(
            e -> assertThat(e.kind()).isIn(Kind.HEADER_NOT_JSON, Kind.BAD_ENTRY),
            e -> assertThat(e).hasMessageStartingWith("Cannot read " + path));
  }

  @Test
  void refusesDeepNesting() {
    Path path = TestFiles.raw(folder.resolve("deep"), "{\"w\":{\"x\":" + "[".repeat(100_000), 0);

    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> SafetensorsFile.open(path).close())
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.HEADER_NOT_JSON));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}x", "{}{}", "{},", "{}\u0001"})
  void refusesTextBehindTheObject(String json) {
    Path path = TestFiles.raw(folder.resolve("tail"), json, 0);

    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> SafetensorsFile.open(path).close())
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.HEADER_NOT_JSON));
  }

  @Test
  void acceptsWhitespaceBehindTheObject() {
    try (SafetensorsFile file =
        SafetensorsFile.open(TestFiles.raw(folder.resolve("padded"), "{} \n\t ", 0))) {
      assertThat(file.tensors()).isEmpty();
    }
  }

  @Test
  void refusesANameThatStandsTwice() {
    assertRefused(
        "{\"w\":" + OK + ",\"w\":" + OK + "}",
        8,
        Kind.DUPLICATE_NAME,
        "the name w stands twice in the header");
  }

  @Test
  void refusesAKeyThatStandsTwice() {
    assertRefused(
        "{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        8,
        Kind.DUPLICATE_NAME,
        "tensor w has key dtype twice");
  }

  @Test
  void refusesMetadataThatIsNoObject() {
    assertRefused("{\"__metadata__\":[]}", 0, Kind.BAD_METADATA, "__metadata__ is not an object");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "null", "{}", "[]", "true"})
  void refusesMetadataValuesThatAreNoStrings(String value) {
    assertRefused(
        "{\"__metadata__\":{\"k\":" + value + "}}",
        0,
        Kind.BAD_METADATA,
        "__metadata__ key k has a value that is no string");
  }

  @Test
  void refusesAMetadataKeyThatStandsTwice() {
    assertRefused(
        "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}",
        0,
        Kind.DUPLICATE_NAME,
        "__metadata__ key k stands twice");
  }

  @Test
  void refusesAnEntryThatIsNoObject() {
    assertRefused("{\"w\":3}", 0, Kind.BAD_ENTRY, "the entry of tensor w is not an object");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dtype", "shape", "data_offsets"})
  void refusesAnEntryWithoutAKey(String key) {
    String json = ("{\"w\":" + OK + "}").replace("\"" + key + "\"", "\"other\"");
    assertRefused(json, 8, Kind.BAD_ENTRY, "tensor w has no " + key);
  }

  @Test
  void acceptsFurtherKeys() {
    String json = "{\"w\":" + OK.replace("{", "{\"x\":{\"y\":[1]},") + "}";
    try (SafetensorsFile file =
        SafetensorsFile.open(TestFiles.raw(folder.resolve("more"), json, 8))) {
      assertThat(file.tensors()).hasSize(1);
    }
  }

  @Test
  void refusesAnEmptyTensorName() {
    assertRefused("{\"\":" + OK + "}", 8, Kind.BAD_ENTRY, "a tensor has the empty name");
  }

  @Test
  void refusesANameThatNoFileCouldHold() {
    assertRefused(
        "{\"a\\ud800\":" + OK + "}",
        8,
        Kind.BAD_ENTRY,
        "a name has half a surrogate pair: a\ud800");
  }

  @Test
  void refusesADtypeThatIsNoString() {
    assertRefused(
        entry("32", "[2]", "[0,8]"), 8, Kind.BAD_ENTRY, "tensor w has a dtype that is no string");
  }

  @Test
  void refusesAnUnknownDtype() {
    assertRefused(
        entry("\"F4\"", "[2]", "[0,8]"),
        8,
        Kind.UNKNOWN_DTYPE,
        "tensor w has dtype F4; known are [BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, F16, BF16,"
            + " I32, U32, F32, F64, I64, U64]");
  }

  @Test
  void refusesAShapeThatIsNoArray() {
    assertRefused(
        entry("\"F32\"", "2", "[0,8]"), 8, Kind.BAD_ENTRY, "tensor w has a shape that is no array");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1.0", "1e3", "\"2\"", "true", "9223372036854775808"})
  void refusesSizesThatAreNoWholeNumbers(String size) {
    assertRefused(
        entry("\"F32\"", "[" + size + "]", "[0,8]"),
        8,
        Kind.BAD_ENTRY,
        "tensor w has in shape a value that is no whole number from 0 to 2^63-1: "
            + size.replace("\"", ""));
  }

  @Test
  void refusesOffsetsThatAreNotTwo() {
    assertRefused(
        entry("\"F32\"", "[2]", "[0,4,8]"),
        8,
        Kind.BAD_ENTRY,
        "tensor w has 3 data_offsets instead of 2");
  }

  @Test
  void refusesAnEndBeforeTheBegin() {
    assertRefused(
        entry("\"F32\"", "[2]", "[8,0]"),
        8,
        Kind.BAD_OFFSETS,
        "tensor w ends at 0, before its begin 8");
  }

  @Test
  void refusesAnOverflowOfTheShape() {
    assertRefused(
        entry("\"F32\"", "[4611686018427387904,4]", "[0,8]"),
        8,
        Kind.SIZE_OVERFLOW,
        "tensor w of shape [4611686018427387904, 4] has more bytes than fit 63 bits");
  }

  @Test
  void refusesAnOverflowByTheElementSize() {
    assertRefused(
        entry("\"F32\"", "[4611686018427387904]", "[0,8]"),
        8,
        Kind.SIZE_OVERFLOW,
        "tensor w of shape [4611686018427387904] has more bytes than fit 63 bits");
  }

  @Test
  void refusesARangeThatDoesNotFitTheShape() {
    assertRefused(
        entry("\"F32\"", "[3]", "[0,8]"),
        8,
        Kind.SIZE_MISMATCH,
        "tensor w of F32 [3] needs 12 bytes, its data_offsets hold 8");
  }

  @Test
  void refusesAFirstRangeThatDoesNotBeginAtZero() {
    assertRefused(
        entry("\"F32\"", "[1]", "[4,8]"),
        8,
        Kind.GAP,
        "bytes 0 to 4, before tensor w, are used by no tensor");
  }

  @Test
  void refusesAGapBetweenTensors() {
    assertRefused(
        "{\"a\":" + OK + ",\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[9,10]}}",
        10,
        Kind.GAP,
        "bytes 8 to 9, before tensor b, are used by no tensor");
  }

  @Test
  void refusesTensorsThatShareBytes() {
    assertRefused(
        "{\"a\":" + OK + ",\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[7,11]}}",
        11,
        Kind.OVERLAP,
        "tensor b begins at 7, inside the tensor before it, which ends at 8");
  }

  @Test
  void refusesTwoNamesForTheSameBytes() {
    Path path = TestFiles.raw(folder.resolve("m"), "{\"a\":" + OK + ",\"b\":" + OK + "}", 8);
    assertRefused(
        path, Kind.OVERLAP, "tensor b begins at 0, inside the tensor before it, which ends at 8");
  }

  @Test
  void refusesDataPastTheEnd() {
    assertRefused(
        "{\"w\":" + OK + "}",
        7,
        Kind.DATA_PAST_END,
        "tensor w ends at 8, the file has 7 bytes of data; it was cut off");
  }

  @Test
  void refusesBytesBehindTheLastTensor() {
    assertRefused("{\"w\":" + OK + "}", 9, Kind.TRAILING_BYTES, "1 bytes follow the last tensor");
  }

  @Test
  void refusesDataWithoutTensors() {
    assertRefused("{}", 5, Kind.TRAILING_BYTES, "5 bytes follow the last tensor");
  }
}

package io.sparkmm.convert.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.pickle.PickleException.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pickles that would run programs or fill memory in a reader that believes them. */
final class HostilePickleTest {

  private static final Global SYSTEM = new Global("os", "system");
  private static final int MANY = 1_000_000;

  /** Every way in which a pickle can ask for {@code os.system("x")}. */
  static List<byte[]> calls() {
    String text = "X\u0001\0\0\0x";
    return List.of(
        Pickles.of("cos\nsystem\n", text, 0x85, "R."),
        Pickles.of(0x8c, 2, "os", 0x8c, 6, "system", 0x93, text, 0x85, "R."),
        Pickles.of("cos\nsystem\n", text, 0x85, 0x81, "."),
        Pickles.of("cos\nsystem\n", text, 0x85, "}", 0x92, "."),
        Pickles.of("(", text, "ios\nsystem\n."),
        Pickles.of("(cos\nsystem\n", text, "o."));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void keepsACallAsData(byte[] pickle) {
    PickleObject object = (PickleObject) PickleReader.read(pickle, PickleDialect.standard());

    assertThat(object.is(SYSTEM)).isTrue();
    assertThat(object.arguments()).isEqualTo(PickleTuple.of("x"));
  }

  @Test
  void keepsAStateThatWouldCallAsData() {
    PickleObject object =
        (PickleObject)
            Pickles.read(
                "cpackage\nType\n)",
                0x81,
                "}X",
                12,
                0,
                0,
                0,
                "__setstate__cos\nsystem\nsb(X",
                1,
                0,
                0,
                0,
                "xtb.");

    assertThat(object.state()).isEqualTo(PickleTuple.of("x"));
  }

  @Test
  void keepsACallOfTheResultOfACallAsData() {
    PickleObject object =
        (PickleObject)
            Pickles.read(
                "cbuiltins\ngetattr\ncos\nX", 1, 0, 0, 0, "\nX", 1, 0, 0, 0, "s", 0x86, "R)R.");

    assertThat(object.callee()).isInstanceOf(PickleObject.class);
    assertThat(object).hasToString("an object of a made class");
  }

  @Test
  void refusesTheRegistryOfExtensions() {
    for (Object[] parts :
        List.of(
            new Object[] {0x82, 1, "."},
            new Object[] {0x83, 1, 0, "."},
            new Object[] {0x84, 1, 0, 0, 0, "."})) {
      assertThatThrownBy(() -> Pickles.read(parts))
          .isInstanceOf(PickleException.class)
          .hasMessageContaining("registry of extensions");
    }
  }

  @Test
  void readsAMillionNestedListsAndDoesNothingDeepWithThem() {
    PickleLimits limits = new PickleLimits(10L * MANY, 10L * MANY);
    byte[] pickle = Pickles.of(Pickles.times(MANY, "]"), Pickles.times(MANY - 1, "a"), ".");

    Object list = PickleReader.read(pickle, PickleDialect.standard(), limits);

    assertThat(list).hasToString("a list of 1");
    assertThatThrownBy(() -> PickleWriter.write(list))
        .isInstanceOf(PickleException.class)
        .hasMessage("Cannot write pickle: the value is nested deeper than 500");
  }

  @Test
  void readsAMillionNestedTuplesIdsAndCalls() {
    PickleLimits limits = new PickleLimits(10L * MANY, 10L * MANY);
    for (String step : List.of("\u0085", "Q")) {
      byte[] pickle = Pickles.of("N", Pickles.times(MANY, step), ".");
      Object value = PickleReader.read(pickle, PickleDialect.standard(), limits);

      assertThat(PickleText.describe(value)).hasSizeLessThan(40);
      assertThat(value.equals(PickleReader.read(pickle, PickleDialect.standard(), limits)))
          .isFalse();
    }
    byte[] calls = Pickles.of("cm\nn\n", Pickles.times(MANY, ")R"), ".");
    assertThat(PickleReader.read(calls, PickleDialect.standard(), limits))
        .hasToString("an object of a made class");
  }

  @Test
  void refusesAMillionMarksWithoutAnythingInThem() {
    assertThatThrownBy(() -> Pickles.read(Pickles.times(MANY, "("), "."))
        .isInstanceOfSatisfying(
            PickleException.class, e -> assertThat(e.kind()).isEqualTo(Kind.STACK));
  }

  /** Each tuple holds the one before twice, so that the last has 2^n leaves. */
  private static byte[] doubling(int times) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("K\u0001".getBytes(StandardCharsets.ISO_8859_1));
    for (int i = 0; i < times; i++) {
      out.writeBytes(new byte[] {'2', (byte) 0x86});
    }
    return out.toByteArray();
  }

  @Test
  void hashesAndComparesDoublingTuplesInNoTime() {
    Object first = Pickles.read(doubling(5000), ".");
    Object second = Pickles.read(doubling(5000), ".");

    assertThat(first).isNotEqualTo(second);
    assertThat(first.hashCode()).isEqualTo(second.hashCode());
    assertThatThrownBy(() -> Pickles.read("}", doubling(5000), "Ns."))
        .hasMessageContaining("a tuple of 2 cannot be a key");
  }

  @Test
  void refusesLengthsBeyondTheEndBeforeAllocating() {
    byte[] huge = {-1, -1, -1, -1, -1, -1, -1, 127};
    byte[] negative = {-1, -1, -1, -1, -1, -1, -1, -1};
    for (int opcode : new int[] {0x8d, 0x8e, 0x95, 0x96}) {
      for (byte[] length : List.of(huge, negative)) {
        assertThatThrownBy(() -> Pickles.read(opcode, length, "."))
            .isInstanceOfSatisfying(
                PickleException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TRUNCATED));
      }
    }
    for (String opcode : List.of("X", "B", "T")) {
      assertThatThrownBy(() -> Pickles.read(opcode, 255, 255, 255, 255, "."))
          .isInstanceOfSatisfying(
              PickleException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TRUNCATED));
    }
  }

  @Test
  void refusesHugeWholeNumbers() {
    assertThatThrownBy(() -> Pickles.read(0x8b, 255, 255, 255, 127, "."))
        .hasMessageContaining("a whole number of 2147483647 bytes; accepted are 1024");
    assertThatThrownBy(() -> Pickles.read(0x8b, 255, 255, 255, 255, "."))
        .isInstanceOf(PickleException.class);
    assertThatThrownBy(() -> Pickles.read(0x8b, 1, 4, 0, 0, new byte[1025], "."))
        .hasMessageContaining("1025 bytes");
  }

  @Test
  void countsValuesAgainstTheLimit() {
    PickleLimits limits = new PickleLimits(1000, 10);
    byte[] pickle = Pickles.of(Pickles.times(11, "]"), ".");

    assertThatThrownBy(() -> PickleReader.read(pickle, PickleDialect.standard(), limits))
        .hasMessageContaining("opcode EMPTY_LIST: the pickle makes more than 10 values");
  }

  @Test
  void countsBytesAgainstTheLimit() {
    PickleLimits limits = new PickleLimits(10, 10);

    assertThatThrownBy(() -> PickleReader.read(new byte[11], PickleDialect.standard(), limits))
        .hasMessage("Cannot read pickle at byte 0: it has 11 bytes, accepted are 10");
  }

  /** A list of n pairs, given n times to OrderedDict, would be copied n times. */
  @Test
  void countsWhatADialectCopies() {
    PickleLimits limits = new PickleLimits(1 << 20, 100_000);
    byte[] pairs = Pickles.times(1000, "NN\u0086");
    byte[] calls = Pickles.times(1000, "h\1h\0\u0085R0");
    byte[] pickle =
        Pickles.of("ccollections\nOrderedDict\nq", 1, "](", pairs, "eq", 0, "0", calls, ".");

    assertThatThrownBy(() -> PickleReader.read(pickle, PickleDialect.standard(), limits))
        .isInstanceOfSatisfying(
            PickleException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TOO_LARGE));
  }
}

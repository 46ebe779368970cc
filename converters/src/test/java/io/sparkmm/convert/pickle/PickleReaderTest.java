package io.sparkmm.convert.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.convert.pickle.PickleException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PickleReaderTest {

  private static AbstractThrowableAssert<?, ?> assertRefused(Kind kind, Object... parts) {
    return assertThatThrownBy(() -> Pickles.read(parts))
        .isInstanceOfSatisfying(PickleException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  @Test
  void readsObjectsWithStateItemsAndEntries() {
    PickleObject object =
        (PickleObject)
            Pickles.read(
                "cpackage\nType\n)",
                0x81,
                "(K",
                1,
                "K",
                2,
                "eK",
                3,
                "K",
                4,
                "s}X",
                1,
                0,
                0,
                0,
                "aNsb.");

    assertThat(object.callee()).isEqualTo(new Global("package", "Type"));
    assertThat(object.items()).containsExactly(1L, 2L);
    assertThat(object.entries()).containsEntry(3L, 4L).hasSize(1);
    assertThat(object.attribute("a")).contains(PickleNone.NONE);
    assertThat(object).hasToString("an object of package.Type");
  }

  @Test
  void findsAttributesInSlots() {
    PickleObject object =
        (PickleObject) Pickles.read("cp\nT\n)", 0x81, "N}X", 1, 0, 0, 0, "aK", 5, "s", 0x86, "b.");

    assertThat(object.attribute("a")).contains(5L);
  }

  @Test
  void keepsTheStateOfADict() {
    PickleDict dict =
        (PickleDict) Pickles.read("ccollections\nOrderedDict\n)R}K", 1, "K", 2, "sb.");

    assertThat(dict.entries()).isEmpty();
    assertThat(((PickleDict) dict.state()).get(1L)).contains(2L);
  }

  @Test
  void callsTheDialectForWhatItKnows() {
    PickleDialect dialect =
        PickleDialect.standard()
            .with(new Global("m", "sum"), a -> (Long) a.get(0) + (Long) a.get(1))
            .withPersistentLoad(id -> "loaded " + id);

    assertThat(PickleReader.read(Pickles.of("cm\nsum\nK", 1, "K", 2, 0x86, "R."), dialect))
        .isEqualTo(3L);
    assertThat(PickleReader.read(Pickles.of("K", 7, "Q."), dialect)).isEqualTo("loaded 7");
  }

  @Test
  void passesOnWhyTheDialectRefuses() {
    PickleDialect dialect =
        PickleDialect.standard()
            .with(
                new Global("m", "f"),
                a -> {
                  throw new IllegalArgumentException("it takes nothing");
                });

    assertThatThrownBy(() -> PickleReader.read(Pickles.of("cm\nf\n)R."), dialect))
        .hasMessage(
            "Cannot read pickle at byte 8, opcode REDUCE: cannot make m.f: it takes nothing");
  }

  @Test
  void refusesAGlobalTwiceInADialect() {
    assertThatThrownBy(() -> PickleDialect.standard().with(new Global("builtins", "set"), a -> a))
        .hasMessage("Cannot add global builtins.set: it is known already");
  }

  @Test
  void tellsWhereAPickleWasCutOff() {
    assertRefused(Kind.TRUNCATED, "X", 9, 0, 0, 0, "abc")
        .hasMessage(
            "Cannot read pickle at byte 2, opcode BINUNICODE: it needs 9 more bytes, the pickle"
                + " has 3; it was cut off or damaged");
    assertRefused(Kind.TRUNCATED, "N")
        .hasMessage("Cannot read pickle at byte 3: the pickle ends without STOP; it was cut off");
  }

  @Test
  void refusesOtherProtocolsAndOtherFiles() {
    for (byte[] bytes :
        List.of(
            new byte[0],
            new byte[] {(byte) 0x80},
            new byte[] {(byte) 0x80, 6, '.'},
            new byte[] {(byte) 0x80, 1, 'N', '.'},
            "(dp0\n.".getBytes(StandardCharsets.US_ASCII))) {
      assertThatThrownBy(() -> PickleReader.read(bytes, PickleDialect.standard()))
          .isInstanceOf(PickleException.class)
          .hasMessageContaining("Cannot read pickle at byte 0");
    }
  }

  @Test
  void refusesBytesBehindTheEnd() {
    assertRefused(Kind.TRAILING_BYTES, "N.N").hasMessageEndingWith("STOP: 1 bytes follow the end");
  }

  @Test
  void refusesALeftStack() {
    assertRefused(Kind.STACK, "NN.").hasMessageContaining("1 values besides the result are left");
    assertRefused(Kind.STACK, ".").hasMessageContaining("takes a value where there is none");
    assertRefused(Kind.STACK, "N(.").hasMessageContaining("takes a value where there is none");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0", "2", "R", "a", "s", "b", "Q", "\u0081", "\u0092", "\u0093", "\u0085", "\u0086",
        "\u0087", "\u0094", "q\u0000", "(0N0"
      })
  void refusesToTakeFromAnEmptyStack(String instructions) {
    assertRefused(Kind.STACK, instructions, ".");
  }

  @ParameterizedTest
  @ValueSource(strings = {"t", "l", "d", "e", "u", "1", "\u0090", "\u0091", "o", "im\nn\n"})
  void refusesAMissingMark(String instruction) {
    assertRefused(Kind.STACK, "N", instruction, ".").hasMessageContaining("finds no mark");
  }

  @Test
  void refusesKeysThatCannotBeKeys() {
    assertRefused(Kind.BAD_KEY, "}]Ns.").hasMessageContaining("a list of 0 cannot be a key");
    assertRefused(Kind.BAD_KEY, "}}", 0x85, "Ns.").hasMessageContaining("a tuple of 1 cannot be");
    assertRefused(Kind.BAD_KEY, 0x8f, "(", 0x8f, 0x90, ".").hasMessageContaining("a set of 0");
  }

  @Test
  void refusesOperandsOfTheWrongType() {
    assertRefused(Kind.BAD_OPERAND, "NNa.").hasMessageContaining("cannot append to None");
    assertRefused(Kind.BAD_OPERAND, "NNNs.").hasMessageContaining("cannot set items of None");
    assertRefused(Kind.BAD_OPERAND, "N(N", 0x90, ".").hasMessageContaining("cannot add items");
    assertRefused(Kind.BAD_OPERAND, "NNb.").hasMessageContaining("cannot attach a state to None");
    assertRefused(Kind.BAD_OPERAND, "cm\nn\nNR.").hasMessageContaining("arguments are a tuple");
    assertRefused(Kind.BAD_OPERAND, "N)R.").hasMessageContaining("neither a class nor a function");
    assertRefused(Kind.BAD_OPERAND, "NN", 0x93, ".").hasMessageContaining("are texts, not None");
    assertRefused(Kind.BAD_OPERAND, "cm\nn\n)N", 0x92, ".").hasMessageContaining("are a dict");
    assertRefused(Kind.STACK, "}(Nu.").hasMessageContaining("the last key has no value");
  }

  @Test
  void refusesUnknownAndUnsupportedInstructions() {
    assertRefused(Kind.UNKNOWN_OPCODE, 0xff).hasMessageContaining("byte 0xff is no instruction");
    assertRefused(Kind.UNSUPPORTED_OPCODE, 0x80, 2).hasMessageContaining("PROTO: it cannot stand");
    for (String opcode : List.of("F", "I", "L", "P", "S", "V", "g", "p")) {
      assertRefused(Kind.UNSUPPORTED_OPCODE, opcode, "1\n.")
          .hasMessageContaining("only protocols 0 and 1 use it");
    }
  }

  @Test
  void refusesAMemoThatWasNotSet() {
    assertRefused(Kind.BAD_MEMO, "h", 3, ".")
        .hasMessageContaining("no value is remembered under number 3");
    assertRefused(Kind.BAD_MEMO, "j", 255, 255, 255, 255, ".").hasMessageContaining("4294967295");
  }

  @Test
  void remembersUnderAnyNumber() {
    assertThat(Pickles.read("Nr", 255, 255, 255, 255, "0j", 255, 255, 255, 255, "."))
        .isEqualTo(PickleNone.NONE);
  }

  @Test
  void refusesTextThatIsNotUtf8() {
    assertRefused(Kind.BAD_TEXT, "X", 1, 0, 0, 0, 0xff, ".").hasMessageContaining("is not UTF-8");
  }

  @Test
  void namesOffsetOpcodeAndKindOfAFailure() {
    assertThatThrownBy(() -> Pickles.read("Nh", 3, "."))
        .isInstanceOfSatisfying(
            PickleException.class,
            e -> {
              assertThat(e.offset()).hasValue(3);
              assertThat(e.opcode()).contains("BINGET");
              assertThat(e.kind()).isEqualTo(Kind.BAD_MEMO);
            });
  }
}

package io.sparkmm.convert.pickle;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class PicklePropertyTest {

  @Provide
  Arbitrary<Object> values() {
    Arbitrary<Object> scalars =
        Arbitraries.oneOf(
            Arbitraries.longs().asGeneric(),
            Arbitraries.longs()
                .map(n -> BigInteger.ONE.shiftLeft(70).multiply(BigInteger.valueOf(n | 1)))
                .asGeneric(),
            Arbitraries.doubles().asGeneric(),
            Arbitraries.of(true, false).asGeneric(),
            Arbitraries.just(PickleNone.NONE).asGeneric(),
            Arbitraries.strings().ascii().ofMaxLength(300).asGeneric(),
            Arbitraries.bytes().array(byte[].class).map(PickleBytes::of).asGeneric(),
            Arbitraries.strings().alpha().ofMinLength(1).map(s -> new Global(s, s)).asGeneric());
    Arbitrary<Object> values = scalars;
    for (int depth = 0; depth < 3; depth++) {
      values = Arbitraries.oneOf(scalars, containers(scalars, values));
    }
    return values;
  }

  private static Arbitrary<Object> containers(Arbitrary<Object> keys, Arbitrary<Object> values) {
    return Arbitraries.oneOf(
        values.list().ofMaxSize(5).map(PickleTuple::of).asGeneric(),
        values.list().ofMaxSize(5).map(PickleList::of).asGeneric(),
        Arbitraries.maps(keys, values).ofMaxSize(5).map(PickleDict::of).asGeneric(),
        Arbitraries.maps(Arbitraries.strings().alpha(), values)
            .ofMaxSize(3)
            .map(map -> PickleObject.instance(new Global("m", "T"), map))
            .asGeneric(),
        values
            .list()
            .ofMaxSize(3)
            .map(list -> PickleObject.call(new Global("m", "f"), list.toArray()))
            .asGeneric());
  }

  @Property(seed = "1", tries = 300, edgeCases = EdgeCasesMode.NONE)
  void readsBackWhatWasWritten(@ForAll("values") Object value) {
    byte[] pickle = PickleWriter.write(value);

    Object read = PickleReader.read(pickle, PickleDialect.standard());

    assertSame(value, read);
    assertThat(PickleWriter.write(read)).isEqualTo(pickle);
  }

  private static void assertSame(Object value, Object read) {
    assertThat(read).hasSameClassAs(value);
    if (value instanceof PickleDict dict) {
      assertAllSame(flat(dict.entries()), flat(((PickleDict) read).entries()));
    } else if (value instanceof PickleList list) {
      assertAllSame(list.items(), ((PickleList) read).items());
    } else if (value instanceof PickleTuple tuple) {
      assertAllSame(tuple.items(), ((PickleTuple) read).items());
    } else if (value instanceof PickleObject object) {
      PickleObject other = (PickleObject) read;
      assertThat(other.callee()).isEqualTo(object.callee());
      assertThat(other.origin()).isEqualTo(object.origin());
      assertSame(object.arguments(), other.arguments());
      assertSame(object.state(), other.state());
    } else {
      assertThat(read).isEqualTo(value);
    }
  }

  private static void assertAllSame(List<Object> values, List<Object> read) {
    assertThat(read).hasSameSizeAs(values);
    for (int i = 0; i < values.size(); i++) {
      assertSame(values.get(i), read.get(i));
    }
  }

  private static List<Object> flat(Map<Object, Object> entries) {
    List<Object> flat = new ArrayList<>();
    entries.forEach(
        (key, value) -> {
          flat.add(key);
          flat.add(value);
        });
    return flat;
  }

  @Property(seed = "1", tries = 2000)
  void anyBytesAreReadOrRefused(@ForAll @Size(max = 60) byte[] bytes) {
    assertReadOrRefused(Pickles.of(bytes));
  }

  @Property(seed = "1", tries = 2000)
  void anyInstructionsAreReadOrRefused(@ForAll("instructions") List<Integer> codes) {
    byte[] bytes = new byte[codes.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = codes.get(i).byteValue();
    }
    assertReadOrRefused(Pickles.of("NK", 1, "]}cm\nn\n)", bytes, "."));
  }

  /** Mostly real instructions that take no operand, so that some get far. */
  @Provide
  Arbitrary<List<Integer>> instructions() {
    String instructions =
        "(012NRabd}el]ost)uQ\u0081\u0085\u0086\u0087\u0088\u008f\u0090\u0091\u0092\u0094";
    return Arbitraries.of(instructions.chars().boxed().toList()).list().ofMaxSize(40);
  }

  @Property(seed = "1", tries = 2000)
  void anyChangedByteOfAPickleIsReadOrRefused(
      @ForAll @IntRange(min = 2, max = 5) int protocol,
      @ForAll @IntRange(min = 0, max = 699) int at,
      @ForAll byte value) {
    byte[] bytes = Pickles.bytes("plain" + protocol + ".pkl");
    bytes[at] = value;
    assertReadOrRefused(bytes);
  }

  private static void assertReadOrRefused(byte[] pickle) {
    try {
      Object value = PickleReader.read(pickle, PickleDialect.standard());
      assertThat(PickleText.describe(value)).hasSizeLessThan(400);
      assertThat(value.hashCode()).isEqualTo(value.hashCode());
    } catch (PickleException e) {
      assertThat(e.getMessage()).startsWith("Cannot read pickle at byte ");
      assertThat(e.offset().orElseThrow()).isBetween(0, pickle.length);
    }
  }
}

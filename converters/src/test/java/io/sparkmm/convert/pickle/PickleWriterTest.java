package io.sparkmm.convert.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PickleWriterTest {

  private static Object roundTrip(Object value) {
    return PickleReader.read(PickleWriter.write(value), PickleDialect.standard());
  }

  @Test
  void readsBackWholeNumbersOfAllSizes() {
    for (int bits = 0; bits < 200; bits++) {
      for (int add = -1; add <= 1; add++) {
        BigInteger number = BigInteger.TWO.pow(bits).add(BigInteger.valueOf(add));
        for (BigInteger value : List.of(number, number.negate())) {
          Object expected = value.bitLength() < 64 ? (Object) value.longValue() : value;
          assertThat(roundTrip(expected)).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void readsBackScalars() {
    for (Object value :
        List.of(
            PickleNone.NONE,
            true,
            false,
            1.5,
            Double.NaN,
            -0.0,
            "text \uD83D\uDE00",
            PickleBytes.of(new byte[] {0, 127, -128, -1}),
            new Global("a.b", "c.d"))) {
      assertThat(roundTrip(value)).isEqualTo(value);
    }
    assertThat(roundTrip(12)).isEqualTo(12L);
  }

  @Test
  void readsBackObjects() {
    Global type = new Global("m", "T");
    PickleObject written = PickleObject.instance(type, Map.of("a", PickleList.of(List.of(1L))));

    PickleObject read = (PickleObject) roundTrip(written);

    assertThat(read.origin()).isEqualTo(PickleObject.Origin.NEW);
    assertThat(read.is(type)).isTrue();
    assertThat(((PickleList) read.attribute("a").orElseThrow()).items()).containsExactly(1L);
  }

  @Test
  void keepsOneValueAtSeveralPlacesOne() {
    PickleList shared = PickleList.of(List.of(1L));

    PickleTuple read = (PickleTuple) roundTrip(PickleTuple.of(shared, shared));

    assertThat(read.get(0)).isSameAs(read.get(1));
  }

  @Test
  void writesAListThatHoldsItself() {
    PickleList loop = new PickleList();
    loop.add(loop);

    PickleList read = (PickleList) roundTrip(loop);

    assertThat(read.items().get(0)).isSameAs(read);
  }

  @Test
  void readsBackMoreValuesThanFitAByteOfMemo() {
    List<String> names = IntStream.range(0, 1000).mapToObj(i -> "n" + i).toList();

    PickleTuple read =
        (PickleTuple) roundTrip(PickleTuple.of(PickleTuple.of(names), PickleTuple.of(names)));

    assertThat(((PickleTuple) read.get(0)).items()).isEqualTo(names);
    assertThat(((PickleTuple) read.get(1)).items()).isEqualTo(names);
  }

  @Test
  void readsBackSetsAndPersistentIds() {
    PickleSet set = (PickleSet) roundTrip(PickleSet.of(List.of("b", "a")));
    PersistentId id = (PersistentId) roundTrip(new PersistentId(PickleTuple.of("storage", 1L)));

    assertThat(set.items()).containsExactly("b", "a");
    assertThat(id.id()).isEqualTo(PickleTuple.of("storage", 1L));
  }

  @Test
  void refusesWhatPicklesCannotHold() {
    assertThatThrownBy(() -> PickleWriter.write(new StringBuilder()))
        .hasMessage("Cannot write pickle: a value of java.lang.StringBuilder");
    assertThatThrownBy(() -> PickleWriter.write("\uD83D"))
        .hasMessageContaining("half a surrogate pair");
    assertThatThrownBy(() -> PickleWriter.write(new Global("a\nb", "c")))
        .hasMessageContaining("has a line break");
    assertThatThrownBy(() -> PickleWriter.write(BigInteger.TWO.pow(3000)))
        .hasMessage("Cannot write pickle: a whole number of 376 bytes");
  }
}

package io.sparkmm.convert.pickle;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pickles that Python wrote. */
final class GoldenPicklesTest {

  private static PickleDict plain(int protocol) {
    byte[] bytes = Pickles.bytes("plain" + protocol + ".pkl");
    return (PickleDict) PickleReader.read(bytes, PickleDialect.standard());
  }

  private static <T> T value(PickleDict dict, Object key, Class<T> type) {
    return type.cast(dict.get(key).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void readsPlainDataOfEachProtocol(int protocol) {
    PickleDict dict = plain(protocol);

    assertThat(value(dict, "numbers", PickleList.class).items())
        .containsExactly(
            1L,
            2L,
            300L,
            70000L,
            -1L,
            1L << 40,
            BigInteger.TWO.pow(100),
            Long.MIN_VALUE,
            BigInteger.TWO.pow(63),
            1.5);
    assertThat(value(dict, "tuples", PickleTuple.class).items())
        .containsExactly(
            PickleTuple.of(),
            PickleTuple.of(1L),
            PickleTuple.of(1L, 2L),
            PickleTuple.of(1L, 2L, 3L),
            PickleTuple.of(1L, 2L, 3L, 4L));
    assertThat(value(dict, "set", PickleSet.class).items()).containsExactly(1L);
    assertThat(value(dict, "frozen", PickleSet.class).items()).containsExactly(2L);
    assertThat(value(dict, "frozen", PickleSet.class).isFrozen()).isTrue();
    assertThat(dict.get("bytes")).contains(PickleBytes.of(new byte[] {0, -1}));
    assertThat(dict.get("none")).contains(PickleNone.NONE);
    assertThat(dict.get("true")).contains(true);
    assertThat(dict.get("false")).contains(false);
    assertThat(List.copyOf(value(dict, "ordered", PickleDict.class).entries().entrySet()))
        .containsExactly(Map.entry("b", 1L), Map.entry("a", 2L));
    assertThat(dict.get(PickleTuple.of(1L, "x"))).contains("key");
    assertThat(dict.get(3L)).contains("number");
    assertThat(dict.get("text é \uD83D\uDE00")).contains("x".repeat(300));
    assertThat(dict.get("class")).contains(new Global("collections", "OrderedDict"));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void readsAListThatHoldsItself(int protocol) {
    PickleList loop = value(plain(protocol), "loop", PickleList.class);

    assertThat(loop.items().get(1)).isSameAs(loop);
    assertThat(loop).hasToString("a list of 2");
    assertThat(loop.hashCode()).isEqualTo(loop.hashCode());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void keepsForeignObjectsAsData(int protocol) {
    PickleDict dict = plain(protocol);
    PickleObject name = value(dict, "name", PickleObject.class);
    PickleObject range = value(dict, "range", PickleObject.class);

    assertThat(name.is(new Global("argparse", "Namespace"))).isTrue();
    assertThat(name.origin()).isEqualTo(PickleObject.Origin.NEW);
    assertThat(name.attribute("a")).contains(1L);
    assertThat(name.attribute("b")).isEmpty();
    assertThat(range.origin()).isEqualTo(PickleObject.Origin.CALL);
    assertThat(range.arguments()).isEqualTo(PickleTuple.of(0L, 3L, 1L));
    assertThat(
            range.is(
                new Global(
                    protocol == 2 ? "__builtin__" : "builtins",
                    protocol == 2 ? "xrange" : "range")))
        .isTrue();
  }

  @Test
  void writesTheBatchesOfPython() {
    byte[] golden = Pickles.bytes("batches.pkl");

    byte[] written = PickleWriter.write(PickleReader.read(golden, PickleDialect.standard()));

    assertThat(Arrays.mismatch(written, golden)).isEqualTo(-1);
  }
}

package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.conf.ConfigSection.Dialect;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShardingSizeTest {
  private final ConfigProblems problems = new ConfigProblems();

  @Property(seed = "1")
  void autoIsTheWholeGroup(@ForAll @IntRange(min = 1, max = 100_000) int group) {
    assertThat(ShardingSize.AUTO.divides(group)).isTrue();
    assertThat(ShardingSize.AUTO.resolve(group)).isEqualTo(group);
  }

  @Property(seed = "1")
  void oneAndTheGroupItselfAlwaysFit(@ForAll @IntRange(min = 1, max = 100_000) int group) {
    assertThat(ShardingSize.of(1).resolve(group)).isEqualTo(1);
    assertThat(ShardingSize.of(group).resolve(group)).isEqualTo(group);
  }

  @Property(seed = "1")
  void aSizeFitsWhenGroupsOfItFillTheWorkers(
      @ForAll @IntRange(min = 1, max = 64) int size,
      @ForAll @IntRange(min = 1, max = 256) int group) {
    ShardingSize sharding = ShardingSize.of(size);

    assertThat(sharding.divides(group)).isEqualTo(group / size * size == group);
    if (sharding.divides(group)) {
      assertThat(sharding.resolve(group)).isEqualTo(size);
    } else {
      assertThatThrownBy(() -> sharding.resolve(group))
          .hasMessage(
              "Cannot shard over groups of %d: %d workers divided by %d leave %d",
              size, group, size, group - group / size * size);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void noSizeIsBelowOne(int size) {
    assertThatThrownBy(() -> ShardingSize.of(size))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot shard over " + size + " workers");
  }

  @ParameterizedTest
  @CsvSource({"{}, 1", "{'a': null}, 1", "{'a': 1}, 1", "{'a': 8}, 8", "{'a': 'auto'}, auto"})
  void readsAutoAndWholeNumbers(String text, String size) {
    assertThat(read(text)).hasToString(size);
    assertThat(problems.problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-1",
        "1.5",
        "2.0",
        "'AUTO'",
        "'Auto'",
        "'8'",
        "''",
        "true",
        "[1]",
        "{}",
        "4294967297"
      })
  void refusesOtherValues(String value) {
    read("{'a': " + value + "}");

    assertThat(problems.problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.key()).isEqualTo("a");
              assertThat(problem.message())
                  .isEqualTo("must be auto or a whole number of at least 1");
            });
  }

  private ShardingSize read(String text) {
    return ShardingSize.read(
        ConfigSection.root("f", Dialect.YAML, json(text.replace('\'', '"')), problems), "a");
  }
}

package io.sparkmm.conf;

import static io.sparkmm.conf.ConfigTesting.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigSection.Dialect;
import io.sparkmm.conf.load.ConfigLoader;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReshardAfterForwardTest {
  private final ConfigProblems problems = new ConfigProblems();

  @ParameterizedTest
  @CsvSource({"{}, true", "{'a': null}, true", "{'a': true}, true", "{'a': false}, false"})
  void readsFlags(String text, boolean enabled) {
    ReshardAfterForward read = read(text);

    assertThat(read.enabled()).isEqualTo(enabled);
    assertThat(read.groupSize()).isEmpty();
    assertThat(read).hasToString(Boolean.toString(enabled));
    assertThat(problems.problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 1024})
  void readsGroupSizes(int size) {
    assertThat(read("{'a': " + size + "}")).isEqualTo(ReshardAfterForward.over(size));
    assertThat(problems.problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "0", "-2", "2.0", "'2'", "'true'", "[]", "4294967298"})
  void refusesOtherValues(String value) {
    assertThat(read("{'a': " + value + "}")).isEqualTo(ReshardAfterForward.ALWAYS);
    assertThat(problems.problems())
        .singleElement()
        .extracting(ConfigProblem::message)
        .isEqualTo("must be true, false or a whole number greater than 1");
  }

  @Property(seed = "1", tries = 200)
  void aGroupIsAProperDivisorOfTheShards(@ForAll @IntRange(min = 2, max = 24) int workers) {
    List<Integer> accepted =
        IntStream.rangeClosed(2, 30)
            .filter(size -> problemsOf("auto", size, workers).isEmpty())
            .boxed()
            .toList();

    assertThat(accepted)
        .isEqualTo(
            IntStream.range(2, workers).filter(size -> workers % size == 0).boxed().toList());
  }

  @ParameterizedTest
  @CsvSource({"8, 4, 16, true", "8, 8, 16, false", "4, 8, 16, false", "1, 2, 16, false"})
  void theShardsCountNotTheWorkers(String shards, int size, int workers, boolean accepted) {
    assertThat(problemsOf(shards, size, workers).isEmpty()).isEqualTo(accepted);
  }

  private static List<ConfigProblem> problemsOf(String shards, int size, int workers) {
    String text = "sharding_size: " + shards + "\nreshard_after_forward: " + size;
    return ConfigLoader.parseFsdp2("f.yaml", text).validate("f.yaml", workers);
  }

  private ReshardAfterForward read(String text) {
    return ReshardAfterForward.read(
        ConfigSection.root("f", Dialect.YAML, json(text.replace('\'', '"')), problems), "a");
  }
}

package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Effective values against those that {@code effective_config.py} works out from the same files.
 */
class EffectiveConfigTest {
  private static final Path EXAMPLES = Path.of("..", "conf", "examples");
  private static final Path GOLDEN = Path.of("src", "test", "golden");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quickstart/model",
        "qwen2vl/model_2b",
        "qwen2vl/model_7b",
        "qwen2vl/model_72b",
      })
  void everyKeyOfAModelFileHasItsValue(String name) throws IOException {
    assertLines(name, ConfigPrinter.lines(ConfigLoader.loadModel(example(name))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quickstart/data",
        "qwen2vl/data_2b",
        "qwen2vl/data_7b",
        "qwen2vl/data_72b",
        "qwen2vl/data_72b_dpo",
      })
  void everyKeyOfADataFileHasItsValue(String name) throws IOException {
    assertLines(name, ConfigPrinter.lines(ConfigLoader.loadData(example(name))));
  }

  private static Path example(String name) {
    return EXAMPLES.resolve(name + ".json");
  }

  private static void assertLines(String name, List<String> lines) throws IOException {
    List<String> golden = Files.readAllLines(GOLDEN.resolve(name.replace('/', '-') + ".txt"));
    assertThat(lines.stream().sorted().toList()).isEqualTo(golden);
  }
}

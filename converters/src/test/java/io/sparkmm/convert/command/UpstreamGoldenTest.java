package io.sparkmm.convert.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Conversions whose results were compared with those of the original converter by {@code
 * compare_upstream.py}, which wrote the hashes down.
 */
class UpstreamGoldenTest {

  private static JsonNode golden() throws IOException {
    Path here = Path.of("src/test/golden");
    Path folder = Files.isDirectory(here) ? here : Path.of("converters").resolve(here);
    return TinyHf.MAPPER.readTree(folder.resolve("upstream_layouts.json").toFile());
  }

  static Stream<Arguments> cases() throws IOException {
    JsonNode golden = golden();
    List<Arguments> cases = new ArrayList<>();
    for (JsonNode item : golden.path("cases")) {
      String name = item.path("model").asText();
      String title =
          name + " " + item.path("command").asText() + " " + item.path("parallel_config");
      cases.add(Arguments.of(title, golden.path("models").path(name), item));
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void writesWhatTheOriginalWrites(
      String title, JsonNode model, JsonNode item, @TempDir Path folder) {
    ObjectNode request = item.deepCopy();
    request.put("hf_dir", TinyHf.of(model).write(folder.resolve("hf")).toString());
    request.put("mm_dir", folder.resolve("mm").toString());

    JsonNode answer = ManyConversions.run(request);

    assertThat(answer.has("problems")).as(answer.toString()).isFalse();
    SortedMap<String, List<String>> expected = new TreeMap<>();
    item.path("files")
        .properties()
        .forEach(
            file -> {
              List<String> values = new ArrayList<>();
              file.getValue().forEach(value -> values.add(value.asText()));
              expected.put(file.getKey(), values);
            });
    SortedMap<String, List<String>> actual = new TreeMap<>();
    RankTensors.files(folder.resolve("mm/release"), ".pt")
        .forEach((name, path) -> actual.put(name, described(path)));
    assertThat(actual).isEqualTo(expected);
  }

  /** Number of tensors, hash of names, types and shapes, hash of contents. */
  private static List<String> described(Path file) {
    StringBuilder names = new StringBuilder();
    StringBuilder contents = new StringBuilder();
    int[] count = {0};
    RankTensors.read(file)
        .forEach(
            (key, tensors) ->
                tensors.forEach(
                    (name, found) -> {
                      count[0]++;
                      String what = key + " " + name + " ";
                      names.append(what).append(found.dtype()).append(' ');
                      names.append(found.shape()).append('\n');
                      contents.append(what).append(found.sha()).append('\n');
                    }));
    return List.of(
        Integer.toString(count[0]),
        RankTensors.sha(names.toString()),
        RankTensors.sha(contents.toString()));
  }
}

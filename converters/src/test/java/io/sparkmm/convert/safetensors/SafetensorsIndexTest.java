package io.sparkmm.convert.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sparkmm.convert.safetensors.SafetensorsException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SafetensorsIndexTest {

  @TempDir private Path folder;

  private Path text(String json) throws IOException {
    return Files.writeString(folder.resolve(SafetensorsIndex.FILE_NAME), json);
  }

  private void assertRefused(String json, String reason) throws IOException {
    Path path = text(json);
    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> SafetensorsIndex.read(path))
        .withMessageStartingWith("Cannot read " + path + ": " + reason)
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.BAD_INDEX));
  }

  @Test
  void readsBackWhatItWrote() {
    TreeMap<String, String> map = new TreeMap<>();
    map.put("b", "2.safetensors");
    map.put("a é \"q\"", "1.safetensors");
    map.put("c", "1.safetensors");
    SafetensorsIndex index = new SafetensorsIndex(OptionalLong.of(7), map);
    Path path = folder.resolve("i.json");
    index.write(path);

    assertThat(SafetensorsIndex.read(path)).isEqualTo(index);
    assertThat(index.shards()).containsExactly("1.safetensors", "2.safetensors");
    assertThat(TestFiles.names(folder)).containsExactly("i.json");
  }

  @Test
  void printsEmptyObjectsAsPythonDoes() {
    assertThat(new SafetensorsIndex(OptionalLong.empty(), new TreeMap<>()).toJson())
        .isEqualTo("{\n  \"metadata\": {},\n  \"weight_map\": {}\n}\n");
  }

  @Test
  void doesNotShareTheGivenMap() {
    TreeMap<String, String> map = new TreeMap<>();
    SafetensorsIndex index = new SafetensorsIndex(OptionalLong.empty(), map);
    map.put("a", "b");

    assertThat(index.weightMap()).isEmpty();
  }

  @Test
  void toleratesMissingAndFurtherMetadata() throws IOException {
    assertThat(SafetensorsIndex.read(text("{\"weight_map\": {}}")).totalSize()).isEmpty();
    assertThat(
            SafetensorsIndex.read(
                    text("{\"metadata\":{\"total_size\":5,\"x\":[]},\"weight_map\":{}}"))
                .totalSize())
        .hasValue(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "3", "{\"weight_map\": []}"})
  void refusesAnIndexWithoutWeightMap(String json) throws IOException {
    assertRefused(json, "it has no object weight_map");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{\"weight_map\": {\"a\":\"x\",\"a\":\"y\"}}", "nope"})
  void refusesBrokenJsonAndNamesThatStandTwice(String json) throws IOException {
    assertRefused(json, "it is not JSON: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "null", "\"\"", "\"..\"", "\"../x\"", "\"/etc/x\"", "\"a\\\\b\""})
  void refusesShardsOutsideTheFolder(String shard) throws IOException {
    assertRefused(
        "{\"weight_map\":{\"w\":" + shard + "}}",
        "the shard of tensor w is no name of a file in the same folder: " + shard);
  }

  @Test
  void saysWhenItIsMissing() {
    Path path = folder.resolve("absent");

    assertThatExceptionOfType(SafetensorsException.class)
        .isThrownBy(() -> SafetensorsIndex.read(path))
        .withMessage("Cannot read " + path + ": no such file")
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.IO));
  }
}

package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.load.ConfigFile.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {
  @TempDir private Path folder;

  private final ConfigProblems problems = new ConfigProblems();

  @Test
  void aJsonFileIsTheSection() throws IOException {
    assertThat(load(Kind.MODEL, write("model.json", "{\"a\": 1}")))
        .hasValueSatisfying(file -> assertThat(file.content()).hasToString("{\"a\":1}"));
  }

  @ParameterizedTest
  @CsvSource({"MODEL, 1", "DATA, 2", "TOOLS, 3"})
  void aYamlFileHoldsTheSectionUnderItsName(Kind kind, int value) throws IOException {
    String path = write("all.yaml", "model: {a: 1}\ndata: {a: 2}\ntool: {a: 3}\n");

    assertThat(load(kind, path))
        .hasValueSatisfying(
            file -> assertThat(file.content().get("a").intValue()).isEqualTo(value));
  }

  @Test
  void theShardingFileIsYamlAsAWhole() throws IOException {
    assertThat(load(Kind.FSDP2, write("f.yaml", "sharding_size: 1"))).isPresent();
    assertThat(load(Kind.FSDP2, write("f.yml", "sharding_size: 1"))).isPresent();
  }

  @Test
  void theSuffixOfTheRealFileCounts() throws IOException {
    Path real = Path.of(write("real.json", "{}"));
    Path link = Files.createSymbolicLink(folder.resolve("link.yaml"), real);
    Path wrong =
        Files.createSymbolicLink(folder.resolve("link.json"), Path.of(write("real.txt", "{}")));

    assertThat(load(Kind.MODEL, link.toString())).isPresent();
    assertThat(load(Kind.MODEL, wrong.toString())).isEmpty();
    assertThat(messages())
        .containsExactly(
            wrong
                + ": unsupported config suffix: the model configuration has suffix .txt, expected"
                + " .json or .yaml");
  }

  @ParameterizedTest
  @CsvSource({
    "MODEL, m.yml, suffix .yml, .json or .yaml",
    "DATA, data, no suffix, .json or .yaml",
    "TOOLS, t.toml, suffix .toml, .json or .yaml",
    "FSDP2, f.json, suffix .json, .yaml or .yml",
  })
  void refusesOtherSuffixes(Kind kind, String name, String found, String accepted)
      throws IOException {
    String path = write(name, "{}");

    assertThat(load(kind, path)).isEmpty();
    assertThat(ConfigFile.parse(kind, name, "{}", new ConfigProblems())).isEmpty();
    assertThat(messages())
        .singleElement()
        .asString()
        .startsWith(path + ": unsupported config suffix: the ")
        .endsWith(" has " + found + ", expected " + accepted);
  }

  @Test
  void saysThatAFileIsMissing() {
    load(Kind.DATA, folder.resolve("none.json").toString());

    assertThat(messages())
        .containsExactly(
            folder.resolve("none.json")
                + ": data configuration cannot be read: there is no such file");
  }

  @Test
  void saysThatAFileIsAFolder() throws IOException {
    Path path = Files.createDirectory(folder.resolve("model.json"));

    assertThat(load(Kind.MODEL, path.toString())).isEmpty();
    assertThat(messages())
        .singleElement()
        .asString()
        .startsWith(path + ": model configuration cannot be read: ");
  }

  @Test
  void saysThatAFileIsNoText() throws IOException {
    Path path = folder.resolve("tools.json");
    Files.write(path, new byte[] {'{', (byte) 0xff, '}'});

    load(Kind.TOOLS, path.toString());

    assertThat(messages())
        .containsExactly(path + ": tools configuration cannot be read: it is not UTF-8 text");
  }

  @Test
  void saysThatAPathIsNone() {
    load(Kind.MODEL, "a\0b.json");

    assertThat(messages())
        .singleElement()
        .asString()
        .contains("model configuration cannot be read: ");
  }

  @Test
  void saysThatASectionIsMissing() throws IOException {
    String path = write("all.yaml", "data: {}\nmodel:\n");

    load(Kind.MODEL, path);

    assertThat(messages())
        .containsExactly(path + ": model: the section is missing in this YAML file");
  }

  @Test
  void refusesAFileOfUnlikelySize() throws IOException {
    Path path = folder.resolve("big.json");
    Files.write(path, new byte[(16 << 20) + 1]);

    load(Kind.MODEL, path.toString());

    assertThat(messages())
        .containsExactly(path + ": model configuration is larger than 16777216 bytes");
  }

  @Test
  void parsesTextsByTheirName() {
    assertThat(ConfigFile.parse(Kind.DATA, "hdfs://x/data.json", "{}", problems)).isPresent();
    assertThat(ConfigFile.parse(Kind.DATA, "hdfs://x/all.yaml", "data: {}", problems)).isPresent();
    assertThat(ConfigFile.parse(Kind.DATA, "hdfs://x.json/data", "{}", problems)).isEmpty();
    assertThat(messages()).hasSize(1);
  }

  private Optional<ConfigFile> load(Kind kind, String path) {
    return ConfigFile.load(kind, path, problems);
  }

  private String write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text, StandardCharsets.UTF_8).toString();
  }

  private List<String> messages() {
    return problems.problems().stream().map(ConfigProblem::toString).toList();
  }
}

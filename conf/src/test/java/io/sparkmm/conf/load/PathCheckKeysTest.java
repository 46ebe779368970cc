package io.sparkmm.conf.load;

import static io.sparkmm.conf.ConfigTesting.arguments;
import static io.sparkmm.conf.ConfigTesting.json;
import static io.sparkmm.conf.ConfigTesting.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.ConfigSection.Dialect;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.load.ConfigFile.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each key that holds a path, and the ways in which a path can lead elsewhere. */
class PathCheckKeysTest {
  @TempDir private Path folder;

  private final ConfigProblems problems = new ConfigProblems();
  private Path working;

  @BeforeEach
  void makeFolders() throws IOException {
    folder = folder.toRealPath();
    working = Files.createDirectories(folder.resolve("work"));
    Files.createDirectories(folder.resolve("other/inner"));
  }

  @ParameterizedTest
  @CsvSource({
    "DATA, dataset_param.basic_parameters.data_path",
    "DATA, dataset_param.basic_parameters.data_folder",
    "DATA, dataset_param.basic_parameters.dataset_dir",
    "DATA, dataset_param.basic_parameters.dataset",
    "DATA, dataset_param.basic_parameters.cache_dir",
    "DATA, dataset_param.tokenizer_config.from_pretrained",
    "DATA, dataset_param.tokenizer_config.template_file_path",
    "DATA, dataset_param.processor_path",
    "DATA, dataset_param.video_folder",
    "DATA, dataset_param.preprocess_parameters.model_name_or_path",
    "DATA, dataset_param.preprocess_parameters.processor_name_or_path",
    "DATA, dataloader_param.collate_param.processor_name_or_path",
    "MODEL, text_encoder.from_pretrained",
    "MODEL, text_encoder.template_file_path",
    "MODEL, tokenizer.from_pretrained",
    "MODEL, tokenizer.template_file_path",
    "MODEL, image_encoder.vision_encoder.ckpt_path",
    "MODEL, image_encoder.vision_projector.ckpt_path",
    "MODEL, ae.from_pretrained",
    "MODEL, predictor.from_pretrained",
    "MODEL, save_path",
    "MODEL, image_path",
    "MODEL, file_path",
    "MODEL, from_pretrained",
    "MODEL, ckpt_path",
    "TOOLS, profile.static_param.save_path",
    "TOOLS, memory_profile.save_path",
    "TOOLS, sorafeature.save_path",
  })
  void everyPathOfTheReferenceIsLookedAt(Kind kind, String key) {
    run(kind, with("{}", key, "\"../other\""));

    assertThat(messages())
        .containsExactly("f: " + key + " = ../other: is not below the working directory");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--load", "--save", "--load-base-model", "--mm-model", "--mm-data"})
  void everyPathOptionIsLookedAt(String option) {
    LaunchArguments launch =
        LaunchArguments.parse(arguments(option, "../other", "--save-interval", "1"));

    new PathCheck(working, problems).run(launch, Map.of());

    assertThat(messages())
        .containsExactly(
            "launch arguments: " + option + " = ../other: is not below the working directory");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "\"\"", "3", "true", "[]", "{}", "{\"from_pretrained\": null}"})
  void whatIsNoPathEndsTheLookUpQuietly(String value) {
    run(Kind.MODEL, with("{}", "tokenizer", value));
    run(Kind.MODEL, with("{}", "tokenizer.from_pretrained", value));

    assertThat(messages()).isEmpty();
  }

  @Test
  void otherKeysAreNotLookedAt() {
    run(Kind.MODEL, "{\"model_id\": \"../other\", \"tokenizer\": {\"name\": \"../other\"}}");
    run(Kind.DATA, "{\"from_pretrained\": \"../other\"}");

    assertThat(messages()).isEmpty();
  }

  @Test
  void listsAreEnteredAtEveryLevel() {
    run(
        Kind.DATA,
        "{\"dataset_param\": [{\"basic_parameters\": [{\"dataset\": [\"a\", \"../other\"]}, 4]},"
            + " {\"processor_path\": \"../other\"}, null]}");

    String outside = " = ../other: is not below the working directory";
    assertThat(messages())
        .containsExactly(
            "f: dataset_param.basic_parameters.dataset" + outside,
            "f: dataset_param.processor_path" + outside);
  }

  @Test
  void aLinkInsideToAFolderInsideIsALinkOnly() throws IOException {
    Path target = Files.createDirectory(working.resolve("target"));
    Files.createSymbolicLink(working.resolve("link"), target);

    check("link", "./link", "link/../target");

    assertThat(messages())
        .containsExactly(
            "f: k = link: is a symbolic link to " + target,
            "f: k = ./link: is a symbolic link to " + target);
  }

  @Test
  void aLinkToAFolderOutsideIsBoth() throws IOException {
    Files.createSymbolicLink(working.resolve("link"), folder.resolve("other"));

    check("link");

    assertThat(messages())
        .containsExactly(
            "f: k = link: is a symbolic link to " + folder.resolve("other"),
            "f: k = link: is not below the working directory");
  }

  @Test
  void aFileBehindALinkedFolderIsOutsideButNoLinkItself() throws IOException {
    Files.createSymbolicLink(working.resolve("link"), folder.resolve("other"));

    check("link/inner");

    assertThat(messages()).containsExactly("f: k = link/inner: is not below the working directory");
  }

  @Test
  void aChainOfLinksIsNamedByItsEnd() throws IOException {
    Path end = Files.createDirectory(working.resolve("end"));
    Files.createSymbolicLink(working.resolve("second"), end);
    Files.createSymbolicLink(working.resolve("first"), Path.of("second"));

    check("first");

    assertThat(messages()).containsExactly("f: k = first: is a symbolic link to " + end);
  }

  @Test
  void aLinkToNowhereDoesNotExist() throws IOException {
    Files.createSymbolicLink(working.resolve("link"), folder.resolve("none"));

    check("link");

    assertThat(messages()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "./", "../work", "../work/../work/."})
  void theWorkingDirectoryItselfIsInside(String path) {
    check(path);

    assertThat(messages()).isEmpty();
  }

  @Test
  void theWorkingDirectoryMayBeALink() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("alias"), working);
    Files.createDirectory(working.resolve("data"));

    new PathCheck(link, problems).check("f", "k", "data");

    assertThat(messages()).isEmpty();
  }

  @Test
  void namesOfFoldersAreComparedAsAWhole() throws IOException {
    for (String name : List.of("work2", "wor", "work.old")) {
      Files.createDirectory(folder.resolve(name));
      check("../" + name);
    }

    assertThat(messages())
        .hasSize(3)
        .allSatisfy(line -> assertThat(line).endsWith("is not below the working directory"));
  }

  @Test
  void aTextThatIsNoPathIsRemarkedOn() {
    check("a\0b");

    assertThat(messages()).singleElement().asString().contains("cannot be looked at");
  }

  private void run(Kind kind, String text) {
    ConfigFile file = new ConfigFile("f", Dialect.JSON, json(text));
    new PathCheck(working, problems).run(LaunchArguments.parse(arguments()), Map.of(kind, file));
  }

  private void check(String... paths) {
    for (String path : paths) {
      new PathCheck(working, problems).check("f", "k", path);
    }
  }

  private List<String> messages() {
    assertThat(problems.problems()).as("never a problem").isEmpty();
    return problems.warnings().stream().map(ConfigProblem::toString).toList();
  }
}

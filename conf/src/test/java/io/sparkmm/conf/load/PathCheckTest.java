package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.ConfigSection.Dialect;
import io.sparkmm.conf.ConfigTesting;
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

class PathCheckTest {
  @TempDir private Path folder;

  private final ConfigProblems problems = new ConfigProblems();
  private Path working;

  @BeforeEach
  void makeWorkingDirectory() throws IOException {
    folder = folder.toRealPath();
    working = Files.createDirectories(folder.resolve("work"));
  }

  @Test
  void saysNothingOfPathsThatDoNotExist() {
    check("none", folder.resolve("none").toString(), "hdfs://host/none");

    assertThat(messages()).isEmpty();
  }

  @Test
  void saysNothingOfPathsBelowTheWorkingDirectory() throws IOException {
    Files.createDirectories(working.resolve("data/inner"));

    check("data", "./data/inner", working.resolve("data").toString());

    assertThat(messages()).isEmpty();
  }

  @Test
  void remarksOnSymbolicLinks() throws IOException {
    Path real = Files.createDirectory(working.resolve("real"));
    Files.createSymbolicLink(working.resolve("link"), real);

    check("link");

    assertThat(messages()).containsExactly("f: k = link: is a symbolic link to " + real);
  }

  @Test
  void remarksOnPathsOutside() throws IOException {
    Files.createDirectory(folder.resolve("other"));

    check("../other");

    assertThat(messages()).containsExactly("f: k = ../other: is not below the working directory");
  }

  @Test
  void comparesWholeNamesOfFolders() throws IOException {
    Path alike = Files.createDirectory(folder.resolve("workbench"));

    check(alike.toString());

    assertThat(messages())
        .containsExactly("f: k = " + alike + ": is not below the working directory");
  }

  @Test
  void looksAtArgumentsAndFilesAndThroughLists() throws IOException {
    Files.createDirectory(folder.resolve("other"));
    LaunchArguments launch = LaunchArguments.parse(ConfigTesting.arguments("--load", "../other"));
    ConfigFile data =
        new ConfigFile(
            "data.json",
            Dialect.JSON,
            ConfigTesting.json(
                """
                {"dataset_param": {
                  "basic_parameters": [{"dataset": "x,../other"}, {"cache_dir": "../other"}],
                  "preprocess_parameters": {"model_name_or_path": null}}}
                """));
    ConfigFile model =
        new ConfigFile(
            "model.json",
            Dialect.JSON,
            ConfigTesting.json("{\"init_from_hf_path\": \"../other\"}"));

    new PathCheck(working, problems).run(launch, Map.of(Kind.DATA, data, Kind.MODEL, model));

    String outside = " = ../other: is not below the working directory";
    assertThat(messages())
        .containsExactly(
            "launch arguments: --load" + outside,
            "data.json: dataset_param.basic_parameters.dataset" + outside,
            "data.json: dataset_param.basic_parameters.cache_dir" + outside,
            "model.json: init_from_hf_path" + outside);
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

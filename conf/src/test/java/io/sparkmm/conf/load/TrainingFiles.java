package io.sparkmm.conf.load;

import static io.sparkmm.conf.ConfigTesting.MINIMAL_ARGUMENTS;
import static io.sparkmm.conf.ConfigTesting.MINIMAL_DATA;
import static io.sparkmm.conf.ConfigTesting.MINIMAL_MODEL;
import static io.sparkmm.conf.ConfigTesting.with;

import io.sparkmm.conf.ConfigProblem;
import io.sparkmm.conf.ConfigTesting;
import io.sparkmm.conf.TrainingConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The files of a run in a folder, changed step by step; problems name files without the folder. */
final class TrainingFiles {
  /** What FSDP2 asks for. */
  static final String FSDP2 =
      "--use-torch-fsdp2 --fsdp2-config-path fsdp2.yaml --untie-embeddings-and-output-weights"
          + " --no-gradient-accumulation-fusion --ckpt-format torch_dcp";

  private final Path folder;
  private final List<String> arguments = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private String model =
      with(MINIMAL_MODEL, "text_decoder.untie_embeddings_and_output_weights", "true");
  private String data = MINIMAL_DATA;
  private String fsdp2 = "sharding_size: auto\n";

  TrainingFiles(Path folder) {
    this.folder = folder;
  }

  TrainingFiles arguments(String words) {
    arguments.addAll(Arrays.asList(words.strip().split("\\s+", -1)));
    return this;
  }

  TrainingFiles environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  TrainingFiles model(String key, String value) {
    model = with(model, key, value);
    return this;
  }

  TrainingFiles data(String key, String value) {
    data = with(data, key, value);
    return this;
  }

  TrainingFiles fsdp2(String text) {
    fsdp2 = text;
    return this;
  }

  TrainingConfiguration load() {
    try {
      Files.writeString(folder.resolve("model.json"), model);
      Files.writeString(folder.resolve("data.json"), data);
      Files.writeString(folder.resolve("fsdp2.yaml"), fsdp2);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    List<String> all = new ArrayList<>(MINIMAL_ARGUMENTS);
    all.addAll(List.of("--mm-model", "model.json", "--mm-data", "data.json"));
    all.addAll(arguments);
    all.replaceAll(word -> isOurs(word) ? folder.resolve(word).toString() : word);
    return ConfigLoader.load(all, environment);
  }

  List<String> problems() {
    return ConfigTesting.problemsOf(this::load).stream().map(this::shorten).toList();
  }

  /** Warnings, without those on files outside the working directory. */
  List<String> warnings() {
    return load().warnings().stream()
        .map(ConfigProblem::toString)
        .filter(warning -> !warning.endsWith("is not below the working directory"))
        .map(this::shorten)
        .toList();
  }

  private static boolean isOurs(String word) {
    return List.of("model.json", "data.json", "fsdp2.yaml").contains(word);
  }

  private String shorten(String message) {
    return message.replace(folder + "/", "");
  }
}

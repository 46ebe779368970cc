package io.sparkmm.conf.load;

import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.ModelConfig;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The folder that a model is built from must have a {@code config.json}. */
final class HuggingFaceFolder {
  private HuggingFaceFolder() {}

  /** Folders with a scheme such as {@code hdfs://} are left to those who read them. */
  static void check(String file, ModelConfig model, ConfigProblems problems) {
    String folder = model.initFromHfPath().orElse("");
    if (model.initFromHfPath().isEmpty() || folder.contains("://")) {
      return;
    }
    try {
      Path path = Path.of(folder);
      if (!Files.isDirectory(path)) {
        problems.add(file, "init_from_hf_path", folder, "there is no such folder");
      } else if (!Files.isRegularFile(path.resolve("config.json"))) {
        problems.add(file, "init_from_hf_path", folder, "the folder has no config.json");
      }
    } catch (InvalidPathException e) {
      problems.add(file, "init_from_hf_path", folder, "is not a path: " + e.getReason());
    }
  }
}

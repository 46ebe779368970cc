package io.sparkmm.conf.load;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.load.ConfigFile.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at every path in the configuration and warns of symbolic links and of paths outside the
 * working directory. It never stops anything, and says nothing of paths that do not exist.
 */
final class PathCheck {
  private static final List<String> DATA_KEYS =
      List.of(
          "dataset_param.basic_parameters.data_path",
          "dataset_param.basic_parameters.data_folder",
          "dataset_param.basic_parameters.dataset_dir",
          "dataset_param.basic_parameters.dataset",
          "dataset_param.basic_parameters.cache_dir",
          "dataset_param.tokenizer_config.from_pretrained",
          "dataset_param.tokenizer_config.template_file_path",
          "dataset_param.processor_path",
          "dataset_param.video_folder",
          "dataset_param.preprocess_parameters.model_name_or_path",
          "dataset_param.preprocess_parameters.processor_name_or_path",
          "dataloader_param.collate_param.processor_name_or_path");
  private static final List<String> MODEL_KEYS =
      List.of(
          "text_encoder.from_pretrained",
          "text_encoder.template_file_path",
          "tokenizer.from_pretrained",
          "tokenizer.template_file_path",
          "image_encoder.vision_encoder.ckpt_path",
          "image_encoder.vision_projector.ckpt_path",
          "ae.from_pretrained",
          "predictor.from_pretrained",
          "init_from_hf_path",
          "save_path",
          "image_path",
          "file_path",
          "from_pretrained",
          "ckpt_path");
  private static final List<String> TOOL_KEYS =
      List.of(
          "profile.static_param.save_path", "memory_profile.save_path", "sorafeature.save_path");

  private final Path workingDirectory;
  private final ConfigProblems problems;

  PathCheck(Path workingDirectory, ConfigProblems problems) {
    this.workingDirectory = workingDirectory;
    this.problems = problems;
  }

  void run(LaunchArguments launch, Map<Kind, ConfigFile> files) {
    checkArgument("--load-base-model", launch.lora().loadBaseModel());
    checkArgument("--mm-data", launch.sources().mmData());
    checkArgument("--mm-model", launch.sources().mmModel());
    checkArgument("--mm-tool", launch.sources().mmTool());
    checkArgument("--save", launch.checkpoint().save());
    checkArgument("--tensorboard-dir", launch.logging().tensorboard().tensorboardDir());
    checkArgument("--load", launch.checkpoint().load());
    checkFile(files.get(Kind.DATA), DATA_KEYS);
    checkFile(files.get(Kind.MODEL), MODEL_KEYS);
    checkFile(files.get(Kind.TOOLS), TOOL_KEYS);
  }

  private void checkArgument(String option, Optional<String> path) {
    path.ifPresent(value -> check(LaunchArguments.FILE, option, value));
  }

  private void checkFile(ConfigFile file, List<String> keys) {
    if (file != null) {
      keys.forEach(key -> descend(file, key, file.content(), List.of(key.split("\\.", -1))));
    }
  }

  /** Follows the rest of a dotted key, element by element through lists. */
  private void descend(ConfigFile file, String key, JsonNode node, List<String> rest) {
    if (node.isArray()) {
      node.forEach(element -> descend(file, key, element, rest));
    } else if (!rest.isEmpty()) {
      descend(file, key, node.path(rest.get(0)), rest.subList(1, rest.size()));
    } else if (node.isTextual() && !node.textValue().isEmpty()) {
      for (String path : node.textValue().split(",", -1)) {
        check(file.name(), key, path);
      }
    }
  }

  void check(String file, String key, String value) {
    try {
      Path path = workingDirectory.resolve(value);
      if (!Files.exists(path)) {
        return;
      }
      Path real = path.toRealPath();
      if (Files.isSymbolicLink(path)) {
        problems.warn(file, key, value, "is a symbolic link to " + real);
      }
      if (!real.startsWith(workingDirectory.toRealPath())) {
        problems.warn(file, key, value, "is not below the working directory");
      }
    } catch (IOException | InvalidPathException e) {
      problems.warn(file, key, value, "cannot be looked at: " + e.getMessage());
    }
  }
}

package io.sparkmm.train.launch;

import io.sparkmm.conf.CheckpointArguments;
import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.plan.OutputFolder;
import io.sparkmm.train.checkpoint.CheckpointException;
import io.sparkmm.train.checkpoint.DcpCheckpoints;
import io.sparkmm.train.checkpoint.StoredRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Weights of a model that is not trained itself: the one under adapters, or the one that
 * preferences are measured against.
 *
 * @param huggingFace Hugging Face folder
 * @param checkpoint folder of a distributed checkpoint's iteration
 */
record BaseWeights(Optional<Path> huggingFace, Optional<Path> checkpoint) {
  /** No weights. */
  static final BaseWeights NONE = new BaseWeights(Optional.empty(), Optional.empty());

  /** Whether there are weights. */
  boolean found() {
    return huggingFace.isPresent() || checkpoint.isPresent();
  }

  /** Whether a folder is a model of Hugging Face libraries. */
  static boolean isHuggingFace(Path folder) {
    return !Files.exists(folder.resolve(OutputFolder.TRACKER))
        && Files.isRegularFile(folder.resolve("config.json"));
  }

  /** The weights in the folder of an option; nothing when a problem was added. */
  static BaseWeights in(String option, String folder, ConfigProblems problems) {
    Path path = Path.of(folder);
    if (isHuggingFace(path)) {
      return new BaseWeights(Optional.of(path), Optional.empty());
    }
    try {
      Path found = DcpCheckpoint.isIn(path) ? path : DcpCheckpoints.find(path, OptionalInt.empty());
      if (StoredRun.read(found).hasAdapters()) {
        problems.add(
            LaunchArguments.FILE,
            option,
            folder,
            "holds adapters, not the weights of a model; merge them with mm-convert first");
        return NONE;
      }
      return new BaseWeights(Optional.empty(), Optional.of(found));
    } catch (CheckpointException e) {
      problems.add(LaunchArguments.FILE, option, folder, e.getMessage());
      return NONE;
    }
  }

  /**
   * The weights that adapters are trained over: those of {@code --load-base-model}, else those of
   * {@code --load} where these are no adapters.
   */
  static BaseWeights underAdapters(
      LaunchArguments launch, Optional<StoredRun> loaded, ConfigProblems problems) {
    CheckpointArguments arguments = launch.checkpoint();
    Optional<String> named = launch.lora().loadBaseModel();
    if (named.isPresent()) {
      return in("--load-base-model", named.get(), problems);
    }
    Optional<Path> folder = arguments.load().map(Path::of).filter(BaseWeights::isHuggingFace);
    return new BaseWeights(folder, loaded.filter(run -> !run.hasAdapters()).map(StoredRun::folder));
  }
}

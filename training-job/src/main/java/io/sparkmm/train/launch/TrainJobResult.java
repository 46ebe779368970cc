package io.sparkmm.train.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Outcome of a training job.
 *
 * @param exportFolder the trained model as a Hugging Face folder; empty without {@code --save}, and
 *     for a model that has no such form
 * @param metricsFile JSON lines, one per iteration; empty without {@code --save}, and if no
 *     iteration was left to do
 * @param workers number of workers
 * @param iterations iterations done
 * @param consumedSamples samples that all workers together trained on
 * @param summary lines about the throughput
 */
public record TrainJobResult(
    Optional<Path> exportFolder,
    Optional<Path> metricsFile,
    int workers,
    long iterations,
    long consumedSamples,
    List<String> summary) {
  public TrainJobResult {
    Objects.requireNonNull(exportFolder, "exportFolder");
    Objects.requireNonNull(metricsFile, "metricsFile");
    summary = List.copyOf(summary);
  }
}

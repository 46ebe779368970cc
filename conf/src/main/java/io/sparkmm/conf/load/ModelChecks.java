package io.sparkmm.conf.load;

import io.sparkmm.conf.ConfigProblems;
import io.sparkmm.conf.LaunchArguments;
import io.sparkmm.conf.LossType;
import io.sparkmm.conf.ModelConfig;
import io.sparkmm.conf.PipelineLayers;
import java.util.List;
import java.util.Optional;

/** What the model and the launch arguments ask of each other. */
final class ModelChecks {
  private static final String VISION = "image_encoder.vision_encoder.pipeline_num_layers";
  private static final String TEXT = "text_decoder.pipeline_num_layers";

  private final ConfigProblems problems;
  private final LaunchArguments launch;
  private final ModelConfig model;
  private final String file;

  ModelChecks(ConfigProblems problems, LaunchArguments launch, ModelConfig model) {
    this.problems = problems;
    this.launch = launch;
    this.model = model;
    this.file = launch.sources().mmModel().orElse("");
  }

  void run() {
    checkLoss();
    if (model.initFromHfPath().isPresent()) {
      return;
    }
    checkSequenceLength();
    Optional<PipelineLayers> vision = model.visionEncoder().pipelineNumLayers();
    Optional<PipelineLayers> text = model.textDecoder().pipelineNumLayers();
    vision.ifPresent(layers -> checkLength(VISION, layers));
    text.ifPresent(layers -> checkLength(TEXT, layers));
    if (vision.isPresent() && text.isPresent()) {
      checkFrozenStages(vision.get(), text.get());
    }
  }

  private void checkLoss() {
    LossType inFile = model.lossCfg().lossType();
    Optional<LossType> byArgument = launch.run().lossType();
    if (byArgument.isPresent() && inFile != LossType.DEFAULT && inFile != byArgument.get()) {
      problems.add(
          LaunchArguments.FILE,
          byArgument.get() == LossType.PER_TOKEN
              ? "--calculate-per-token-loss"
              : "--calculate-per-sample-loss",
          "",
          "contradicts loss_cfg.loss_type = " + inFile.text() + " of " + file);
    }
  }

  private void checkSequenceLength() {
    int length = launch.batch().seqLength();
    int longest = model.textDecoder().maxPositionEmbeddings();
    if (length > longest && !launch.batch().variableSeqLengths()) {
      problems.add(
          LaunchArguments.FILE,
          "--seq-length",
          Integer.toString(length),
          "must not be greater than text_decoder.max_position_embeddings = " + longest);
    }
  }

  private void checkLength(String key, PipelineLayers layers) {
    int stages = launch.parallel().pipelineModelParallelSize();
    if (layers.length() != stages) {
      problems.add(
          file,
          key,
          layers.toString(),
          "must have as many entries as --pipeline-model-parallel-size = "
              + stages
              + ", has "
              + layers.length());
    }
    int virtual = launch.parallel().virtualPipelineModelParallelSize().orElse(1);
    if (layers.stages().size() != virtual) {
      problems.add(
          file,
          key,
          layers.toString(),
          "must have one list per virtual stage, --virtual-pipeline-model-parallel-size = "
              + virtual
              + ", has "
              + layers.stages().size());
    }
  }

  /** A stage that holds nothing but frozen vision layers has no gradient. */
  private void checkFrozenStages(PipelineLayers vision, PipelineLayers text) {
    boolean frozen = model.visionEncoder().freeze();
    if (!frozen || launch.optimizer().enableDummyOptimizer()) {
      return;
    }
    boolean projectorTrains = !model.visionProjector().isFrozen(false);
    List<Integer> visionLayers = vision.flat();
    List<Integer> textLayers = text.flat();
    for (int stage = 0; stage < Math.min(visionLayers.size(), textLayers.size()); stage++) {
      boolean onlyVision = visionLayers.get(stage) > 0 && textLayers.get(stage) == 0;
      boolean projectorHere = projectorTrains && stage == vision.last();
      if (onlyVision && !projectorHere) {
        problems.add(
            file,
            VISION,
            vision.toString(),
            "stage " + stage + " has only frozen parameters: add --enable-dummy-optimizer");
        return;
      }
    }
  }
}

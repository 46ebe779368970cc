package io.sparkmm.conf.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelChecksTest {
  private static final String VISION = "image_encoder.vision_encoder.pipeline_num_layers";
  private static final String TEXT = "text_decoder.pipeline_num_layers";

  @TempDir private Path folder;

  @Test
  void stagesMustBeAsManyAsThePipelineHas() {
    assertThat(pipeline("[2, 0]", "[0, 3]").problems())
        .containsExactly(
            "model.json: "
                + VISION
                + " = [2, 0]: must have as many entries as --pipeline-model-parallel-size = 1,"
                + " has 2",
            "model.json: "
                + TEXT
                + " = [0, 3]: must have as many entries as --pipeline-model-parallel-size = 1,"
                + " has 2");
  }

  @Test
  void aStageOfFrozenLayersOnlyNeedsTheDummyOptimizer() {
    TrainingFiles files =
        pipeline("[1, 1, 0]", "[0, 2, 1]")
            .arguments("--pipeline-model-parallel-size 3 --nproc_per_node 3");

    assertThat(files.problems())
        .containsExactly(
            "model.json: "
                + VISION
                + " = [1, 1, 0]: stage 0 has only frozen parameters: add --enable-dummy-optimizer");
    assertThat(files.arguments("--enable-dummy-optimizer").load().worldSize()).isEqualTo(3);
  }

  @Test
  void aTrainedProjectorGivesItsStageAGradient() {
    TrainingFiles files =
        pipeline("[2, 0]", "[0, 3]")
            .arguments("--pipeline-model-parallel-size 2 --nproc_per_node 2");

    assertThat(files.load().worldSize()).isEqualTo(2);
    assertThat(files.model("image_encoder.vision_projector.freeze", "true").problems()).hasSize(1);
    assertThat(files.model("image_encoder.vision_encoder.freeze", "false").load().worldSize())
        .isEqualTo(2);
  }

  @Test
  void virtualStagesNeedOneListEach() {
    TrainingFiles files =
        pipeline("[[1, 1], [0, 0]]", "[[0, 1], [1, 1]]")
            .arguments("--pipeline-model-parallel-size 2 --nproc_per_node 2")
            .arguments("--enable-dummy-optimizer");

    assertThat(files.problems())
        .hasSize(2)
        .first()
        .asString()
        .endsWith(
            "must have one list per virtual stage, --virtual-pipeline-model-parallel-size = 1,"
                + " has 2");
    assertThat(files.arguments("--virtual-pipeline-model-parallel-size 2").load().worldSize())
        .isEqualTo(2);
  }

  private TrainingFiles pipeline(String vision, String text) {
    return new TrainingFiles(folder).model(VISION, vision).model(TEXT, text);
  }
}

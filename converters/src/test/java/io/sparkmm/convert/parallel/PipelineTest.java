package io.sparkmm.convert.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.parallel.Pipeline.Place;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelineTest {

  private static final String EMBEDDING = "text_decoder.embedding.word_embeddings.weight";
  private static final String HEAD = "text_decoder.output_layer.weight";
  private static final String NORM = "text_decoder.decoder.final_layernorm.weight";
  private static final String PATCHES = "image_encoder.encoder.patch_embed.proj.weight";
  private static final String PROJECTOR = "image_encoder.projector.layernorm.weight";

  private static String text(int layer) {
    return "text_decoder.decoder.layers." + layer + ".mlp.linear_fc1.weight";
  }

  private static String vision(int layer) {
    return "image_encoder.encoder.blocks.layers." + layer + ".mlp.linear_fc1.weight";
  }

  @Test
  void layersAreNumberedFromZeroOnTheirStage() {
    Pipeline pipeline =
        TinyModel.pipeline(List.of(List.of(1, 10, 10, 7)), List.of(List.of(32, 0, 0, 0)));

    assertThat(pipeline.places(text(0))).containsExactly(new Place(0, text(0)));
    assertThat(pipeline.places(text(1))).containsExactly(new Place(1, text(0)));
    assertThat(pipeline.places(text(20))).containsExactly(new Place(2, text(9)));
    assertThat(pipeline.places(text(27))).containsExactly(new Place(3, text(6)));
    assertThat(pipeline.places(vision(31))).containsExactly(new Place(0, vision(31)));
  }

  @Test
  void endsOfTowersLieOnTheirFirstAndLastStage() {
    Pipeline pipeline =
        TinyModel.pipeline(List.of(List.of(1, 10, 10, 7)), List.of(List.of(32, 0, 0, 0)));

    assertThat(pipeline.places(EMBEDDING)).containsExactly(new Place(0, EMBEDDING));
    assertThat(pipeline.places(HEAD)).containsExactly(new Place(3, HEAD));
    assertThat(pipeline.places(NORM)).containsExactly(new Place(3, NORM));
    assertThat(pipeline.places(PATCHES)).containsExactly(new Place(0, PATCHES));
    assertThat(pipeline.places(PROJECTOR)).containsExactly(new Place(0, PROJECTOR));
  }

  @Test
  void theFirstStageIsTheFirstOneWithLayers() {
    Pipeline pipeline = TinyModel.pipeline(List.of(List.of(0, 14, 14)), List.of(List.of(30, 2, 0)));

    assertThat(pipeline.places(EMBEDDING)).containsExactly(new Place(1, EMBEDDING));
    assertThat(pipeline.places(text(0))).containsExactly(new Place(1, text(0)));
    assertThat(pipeline.places(text(27))).containsExactly(new Place(2, text(13)));
    assertThat(pipeline.places(HEAD)).containsExactly(new Place(2, HEAD));
    assertThat(pipeline.places(PROJECTOR)).containsExactly(new Place(1, PROJECTOR));
  }

  @Test
  void virtualStagesFollowEachOtherOverTheDevices() {
    Pipeline pipeline =
        TinyModel.pipeline(
            List.of(List.of(0, 0, 0, 1), List.of(4, 4, 4, 4), List.of(4, 3, 2, 2)),
            List.of(List.of(32, 0, 0, 0), List.of(0, 0, 0, 0), List.of(0, 0, 0, 0)));

    assertThat(pipeline.stages()).isEqualTo(12);
    assertThat(pipeline.places(EMBEDDING)).containsExactly(new Place(3, EMBEDDING));
    assertThat(pipeline.places(text(0))).containsExactly(new Place(3, text(0)));
    assertThat(pipeline.places(text(1))).containsExactly(new Place(4, text(0)));
    assertThat(pipeline.places(text(27))).containsExactly(new Place(11, text(1)));
    assertThat(pipeline.places(HEAD)).containsExactly(new Place(11, HEAD));
  }

  @Test
  void aShorterListIsRepeatedAlongThePipeline() {
    Pipeline pipeline = TinyModel.pipeline(List.of(List.of(7, 7, 7, 7)), List.of(List.of(20, 12)));

    assertThat(pipeline.places(vision(0)))
        .containsExactly(new Place(0, vision(0)), new Place(2, vision(0)));
    assertThat(pipeline.places(vision(20)))
        .containsExactly(new Place(1, vision(0)), new Place(3, vision(0)));
    assertThat(pipeline.places(PATCHES)).extracting(Place::stage).containsExactly(0, 2);
    assertThat(pipeline.places(PROJECTOR)).extracting(Place::stage).containsExactly(1, 3);
  }

  @Test
  void theEdgeHoldsBothEndsOfTheLanguageModel() {
    ParallelLayout layout =
        TinyModel.layout(
            List.of(List.of(0, 0, 0, 0, 0), List.of(0, 16, 16, 16, 16), List.of(0, 0, 0, 0, 0)),
            List.of(List.of(3, 7, 7, 7, 7), List.of(1, 0, 0, 0, 0), List.of(0, 0, 0, 0, 0)),
            1,
            0,
            1);
    Pipeline pipeline = Pipeline.edgeCloud(layout, List.of(TinyModel.VISION, TinyModel.TEXT));

    assertThat(pipeline.places(EMBEDDING)).containsExactly(new Place(5, EMBEDDING));
    assertThat(pipeline.places(text(0))).containsExactly(new Place(6, text(0)));
    assertThat(pipeline.places(NORM)).containsExactly(new Place(10, NORM));
    assertThat(pipeline.places(HEAD)).containsExactly(new Place(10, HEAD));
    assertThat(pipeline.places(PROJECTOR)).containsExactly(new Place(5, PROJECTOR));
    assertThat(pipeline.places(vision(31))).containsExactly(new Place(5, vision(0)));
  }

  @Test
  void aShortListOfTheEdgeCloudPipelineIsNotRepeated() {
    ParallelLayout layout =
        TinyModel.layout(List.of(List.of(0, 2, 2)), List.of(List.of(4)), 1, 0, 1);
    Pipeline pipeline = Pipeline.edgeCloud(layout, List.of(TinyModel.VISION, TinyModel.TEXT));

    assertThat(pipeline.places(vision(0))).containsExactly(new Place(0, vision(0)));
    assertThat(pipeline.places(PROJECTOR)).containsExactly(new Place(0, PROJECTOR));
    assertThat(pipeline.count(Modality.VISION, 1)).isZero();
  }

  @Test
  void layersPastTheListsHaveNoPlace() {
    Pipeline pipeline = TinyModel.pipeline(List.of(List.of(1, 1)), List.of(List.of(2, 0)));

    assertThat(pipeline.places(text(2))).isEmpty();
    assertThat(pipeline.places("lm_head.weight")).isEmpty();
    assertThat(pipeline.places("text_decoder.decoder.layers.x.weight")).isEmpty();
  }

  @Test
  void numbersOfStagesBecomeNumbersOfTheModel() {
    Pipeline pipeline = TinyModel.pipeline(List.of(List.of(3, 5)), List.of(List.of(2, 0)));

    assertThat(pipeline.global(1, text(4))).isEqualTo(text(7));
    assertThat(pipeline.global(0, text(2))).isEqualTo(text(2));
    assertThat(pipeline.global(1, HEAD)).isEqualTo(HEAD);
  }
}

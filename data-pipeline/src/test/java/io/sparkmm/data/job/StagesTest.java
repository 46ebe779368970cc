package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.DatasetParam;
import io.sparkmm.conf.load.ConfigLoader;
import io.sparkmm.data.encode.SampleStage;
import io.sparkmm.data.sample.SampleKind;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StagesTest {
  private final ObjectNode config =
      TestInputs.config(Path.of("model"), Path.of("records.json"), Path.of("media"));

  private DatasetParam dataset() {
    return ConfigLoader.parseData("data.json", config.toString()).datasetParam();
  }

  private void switches(String keys) {
    for (String key : keys.split("\\+", -1)) {
      TestInputs.attr(config).put(key, true);
    }
    TestInputs.attr(config).put("chosen", "c").put("rejected", "r");
  }

  @ParameterizedTest
  @CsvSource({
    "ranking+packing+pretrain, PREFERENCE",
    "ranking+pretrain, PREFERENCE",
    "packing+pretrain, PACKED",
    "packing, PACKED",
    "pretrain, PRETRAIN"
  })
  void rankingGoesBeforePackingBeforePretraining(String keys, SampleKind kind) {
    switches(keys);
    assertThat(Stages.of(dataset(), 64).kind()).isEqualTo(kind);
  }

  @Test
  void conversationsAreImitatedOtherwise() {
    TestInputs.basic(config).put("packing", true);
    assertThat(Stages.of(dataset(), 64)).isEqualTo(SampleStage.sft(64));
  }

  @Test
  void windowsHaveTheSizeOfAPreprocessingCall() {
    switches("packing");
    SampleStage stage = Stages.of(dataset(), 64);
    assertThat(stage.window()).isEqualTo(1000);
    assertThat(stage.recordLength()).isEqualTo(63);
    TestInputs.basic(config).put("preprocessing_batch_size", 7);
    assertThat(Stages.of(dataset(), 64).window()).isEqualTo(7);
  }

  @Test
  void pretrainingPacksUnlessToldOtherwise() {
    switches("pretrain");
    assertThat(Stages.of(dataset(), 64).window()).isEqualTo(1000);
    TestInputs.basic(config).put("packing", false);
    assertThat(Stages.of(dataset(), 64).window()).isZero();
  }

  @Test
  void aShardHoldsWholeWindows() {
    SampleStage stage = new SampleStage(SampleKind.PACKED, 64, 1000);
    assertThat(stage.recordsPerShard(4096)).isEqualTo(4000);
    assertThat(stage.recordsPerShard(1000)).isEqualTo(1000);
    assertThat(stage.recordsPerShard(9)).isEqualTo(1000);
    assertThat(SampleStage.sft(64).recordsPerShard(9)).isEqualTo(9);
  }

  @Test
  void namesSettingsWithoutEffect() {
    assertThat(Stages.withoutEffect(dataset())).isEmpty();
    TestInputs.basic(config).put("packing", true).put("neat_packing", true);
    assertThat(Stages.withoutEffect(dataset()))
        .containsExactly(
            "dataset_param.basic_parameters.packing has no effect: only attr.pretrain reads it;"
                + " conversations are packed with attr.packing",
            "dataset_param.basic_parameters.neat_packing has no effect without attr.packing");
    TestInputs.basic(config).remove("packing");
    TestInputs.basic(config).put("train_on_prompt", true).put("neat_packing", false);
    switches("ranking+packing+pretrain");
    assertThat(Stages.withoutEffect(dataset()))
        .containsExactly(
            "dataset_param.attr.packing has no effect: attr.ranking goes before it",
            "dataset_param.attr.pretrain has no effect: attr.ranking goes before it",
            "dataset_param.basic_parameters.train_on_prompt and mask_history have no effect on"
                + " preference samples");
  }

  @Test
  void refusesRowsThatHoldNothing() {
    assertThatThrownBy(() -> new SampleStage(SampleKind.PACKED, 1, 5))
        .hasMessage("Cannot make packed samples of 1 tokens from windows of 5 records");
    assertThatThrownBy(() -> new SampleStage(SampleKind.SFT, 9, 5))
        .hasMessageContaining("Cannot make sft samples");
  }
}

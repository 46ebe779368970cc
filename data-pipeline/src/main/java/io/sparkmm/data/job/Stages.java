package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.conf.DatasetAttr;
import io.sparkmm.conf.DatasetParam;
import io.sparkmm.data.encode.SampleStage;
import io.sparkmm.data.sample.SampleKind;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out what records are to become: {@code attr.ranking} goes before {@code attr.packing}, that
 * before {@code attr.pretrain}, and without any of them conversations are imitated.
 */
final class Stages {
  private Stages() {}

  /**
   * The stage that the settings ask for.
   *
   * @param sequenceLength most tokens of a sample
   */
  static SampleStage of(DatasetParam dataset, int sequenceLength) {
    BasicParameters basic = dataset.basicParameters();
    SampleKind kind = kind(dataset.attr());
    boolean packs =
        kind == SampleKind.PACKED || (kind == SampleKind.PRETRAIN && basic.packing().orElse(true));
    return new SampleStage(kind, sequenceLength, packs ? basic.preprocessingBatchSize() : 0);
  }

  /** Settings of the stage that have no effect, each with the reason. */
  static List<String> withoutEffect(DatasetParam dataset) {
    BasicParameters basic = dataset.basicParameters();
    DatasetAttr attr = dataset.attr();
    SampleKind kind = kind(attr);
    List<String> notes = new ArrayList<>();
    if (basic.packing().isPresent() && kind != SampleKind.PRETRAIN) {
      notes.add(
          "dataset_param.basic_parameters.packing has no effect: only attr.pretrain reads it;"
              + " conversations are packed with attr.packing");
    }
    if (basic.neatPacking() && kind != SampleKind.PACKED) {
      notes.add("dataset_param.basic_parameters.neat_packing has no effect without attr.packing");
    }
    if (attr.packing() && kind != SampleKind.PACKED) {
      notes.add("dataset_param.attr.packing has no effect: attr.ranking goes before it");
    }
    if (attr.pretrain() && kind != SampleKind.PRETRAIN) {
      String first = attr.ranking() ? "attr.ranking" : "attr.packing";
      notes.add("dataset_param.attr.pretrain has no effect: " + first + " goes before it");
    }
    if ((basic.trainOnPrompt() || basic.maskHistory())
        && (kind == SampleKind.PREFERENCE || kind == SampleKind.PRETRAIN)) {
      notes.add(
          "dataset_param.basic_parameters.train_on_prompt and mask_history have no effect on "
              + kind.text()
              + " samples");
    }
    return notes;
  }

  private static SampleKind kind(DatasetAttr attr) {
    if (attr.ranking()) {
      return SampleKind.PREFERENCE;
    }
    if (attr.packing()) {
      return SampleKind.PACKED;
    }
    return attr.pretrain() ? SampleKind.PRETRAIN : SampleKind.SFT;
  }
}

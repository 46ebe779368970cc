package io.sparkmm.convert.command;

import io.sparkmm.convert.model.ModelShape;
import io.sparkmm.convert.parallel.LayoutLimits;
import io.sparkmm.convert.parallel.Modality;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.parallel.StageSchema;
import io.sparkmm.convert.parallel.TensorParallel;
import io.sparkmm.convert.parallel.TensorSplit;
import io.sparkmm.convert.parallel.TpTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the commands ask of a layout. */
final class Layouts {

  static final String EMBEDDING = "text_decoder.embedding.word_embeddings.weight";
  private static final String QKV = "self_attention.linear_qkv.weight";

  private Layouts() {}

  /**
   * What a model allows.
   *
   * @param text whether the language model is converted too
   */
  static LayoutLimits limits(
      ModelShape shape, List<StageSchema> stages, TpTable table, boolean text) {
    boolean evenVocabulary = text && table.split(EMBEDDING).equals(TensorSplit.ROW);
    return new LayoutLimits(
        Map.of(Modality.TEXT, shape.text().layers(), Modality.VISION, shape.vision().layers()),
        OptionalInt.of(shape.text().kvHeads()),
        visionQkv(stages, table).equals(TensorSplit.ROW)
            ? OptionalInt.of(shape.vision().heads())
            : OptionalInt.empty(),
        evenVocabulary ? shape.text().vocab() : OptionalLong.empty(),
        OptionalInt.of(shape.text().experts()));
  }

  private static TensorSplit visionQkv(List<StageSchema> stages, TpTable table) {
    return stages.stream()
        .filter(schema -> schema.modality() == Modality.VISION)
        .map(schema -> table.split(schema.layers() + "0." + QKV))
        .findFirst()
        .orElse(TensorSplit.WHOLE);
  }

  /** What is unusual about a layout that can be written. */
  static List<String> warnings(
      ModelShape shape, List<StageSchema> stages, TpTable table, ParallelLayout layout) {
    List<String> warnings = new ArrayList<>();
    int size = TensorParallel.of(layout).size(Modality.VISION);
    int heads = shape.vision().heads();
    if (!visionQkv(stages, table).equals(TensorSplit.ROW) && heads < size) {
      warnings.add(
          "the vision tower has "
              + heads
              + " heads for "
              + size
              + " tensor parallel ranks: the last ranks hold none");
    }
    return warnings;
  }

  /** What is unusual about dividing a canonical layout. */
  static List<String> canonicalWarnings(ParallelLayout layout) {
    int size = TensorParallel.of(layout).size(Modality.VISION);
    return size == 1
        ? List.of()
        : List.of(
            "enable_canonical_hf_struct with "
                + size
                + " tensor parallel ranks of the vision tower: its linear_qkv is divided by plain"
                + " rows, so that a rank does not hold q, k and v of whole heads");
  }

  /** A layout for the manifest. */
  static SortedMap<String, String> told(ParallelLayout layout) {
    SortedMap<String, String> result = new TreeMap<>();
    for (Modality modality : Modality.values()) {
      layout
          .layers(modality)
          .ifPresent(lists -> result.put(modality.option() + "_pp_layers", compact(lists)));
    }
    result.put("tp_size", Integer.toString(layout.tp()));
    result.put("vit_tp_size", Integer.toString(layout.vitTp()));
    result.put("audio_tp_size", Integer.toString(layout.audioTp()));
    result.put("ep_size", Integer.toString(layout.ep()));
    result.put("pp_size", Integer.toString(layout.pp()));
    result.put("vpp_size", Integer.toString(layout.vpp()));
    return result;
  }

  private static String compact(Object lists) {
    return lists.toString().replace(" ", "");
  }
}

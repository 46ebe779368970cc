package io.sparkmm.convert.parallel;

import java.util.List;
import java.util.Optional;

/**
 * The parallel sizes of a checkpoint, as the options of {@code parallel_config} give them.
 *
 * @param llmLayers layers of the language model per virtual stage (outer) and device (inner)
 * @param vitLayers layers of the vision tower, likewise
 * @param audioLayers layers of the audio tower, likewise
 * @param tp tensor parallel size, at least 1
 * @param vitTp tensor parallel size of the vision tower; 0 for {@code tp}
 * @param audioTp tensor parallel size of the audio tower; 0 for {@code tp}
 * @param ep expert parallel size, at least 1
 */
public record ParallelLayout(
    List<List<Integer>> llmLayers,
    List<List<Integer>> vitLayers,
    Optional<List<List<Integer>>> audioLayers,
    int tp,
    int vitTp,
    int audioTp,
    int ep) {

  public ParallelLayout {
    llmLayers = llmLayers.stream().map(List::copyOf).toList();
    vitLayers = vitLayers.stream().map(List::copyOf).toList();
    audioLayers = audioLayers.map(lists -> lists.stream().map(List::copyOf).toList());
  }

  /** The layers of a modality; empty when the options do not give any. */
  public Optional<List<List<Integer>>> layers(Modality modality) {
    return switch (modality) {
      case TEXT -> Optional.of(llmLayers);
      case VISION -> Optional.of(vitLayers);
      case AUDIO -> audioLayers;
    };
  }

  /** Number of pipeline devices. */
  public int pp() {
    return llmLayers.get(0).size();
  }

  /** Number of virtual stages per device. */
  public int vpp() {
    return llmLayers.size();
  }
}

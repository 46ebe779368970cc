package io.sparkmm.convert.parallel;

import java.util.List;

/**
 * Where on the pipeline the tensors of one modality go, by what their names begin with.
 *
 * @param firsts prefixes of what goes to the first stage that has layers
 * @param lasts prefixes of what goes to the last stage that has layers
 * @param layers prefix of the layers, up to and including the dot before the number
 */
public record StageSchema(List<String> firsts, List<String> lasts, String layers) {

  public StageSchema {
    firsts = List.copyOf(firsts);
    lasts = List.copyOf(lasts);
    if (Modality.of(layers).isEmpty()) {
      throw new IllegalArgumentException("Cannot tell the modality of layers " + layers);
    }
  }

  /** The modality, as the prefix of its layers tells it. */
  public Modality modality() {
    return Modality.of(layers).orElseThrow();
  }
}

package io.sparkmm.train.model.qwen2vl;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Video clips of a micro-batch, which the common batch type has no place for.
 *
 * @param pixelValues {@code [N, C*T*P*P]} patches of all clips, empty without clips
 * @param grids patch grid of each clip in batch order
 */
public record Video(Optional<Tensor> pixelValues, List<Grid> grids) {
  public Video {
    grids = List.copyOf(grids);
  }

  /** No clips. */
  public static Video none() {
    return new Video(Optional.empty(), List.of());
  }
}

package io.sparkmm.convert.parallel;

import io.sparkmm.convert.view.TensorView;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Tensor parallel sizes of the parts of a model. All ranks of the largest size exist; a part of
 * size {@code t} is divided {@code t}-fold, and rank {@code r} holds slice {@code r mod t}.
 *
 * @param tp size of the language model
 * @param vitTp size of the vision tower; 0 for {@code tp}
 * @param audioTp size of the audio tower; 0 for {@code tp}
 */
public record TensorParallel(int tp, int vitTp, int audioTp) {

  /** The sizes of a layout. */
  public static TensorParallel of(ParallelLayout layout) {
    return new TensorParallel(layout.tp(), layout.vitTp(), layout.audioTp());
  }

  /** Number of ranks. */
  public int ranks() {
    return Math.max(tp, Math.max(vitTp, audioTp));
  }

  /** How many slices the tensors of a modality have. */
  public int size(Modality modality) {
    int own =
        switch (modality) {
          case TEXT -> tp;
          case VISION -> vitTp;
          case AUDIO -> audioTp;
        };
    return own == 0 ? tp : own;
  }

  private int size(String key) {
    return Modality.of(key).map(this::size).orElse(tp);
  }

  /**
   * The slices of a tensor.
   *
   * @return one per rank of the tensor's modality; rank {@code r} of all holds number {@code r mod
   *     size}
   */
  public List<TensorView> slices(TpTable table, String key, TensorView whole) {
    int size = size(key);
    TensorSplit split = table.split(key);
    if (size == 1 || split.equals(TensorSplit.WHOLE)) {
      return List.of(whole);
    }
    return IntStream.range(0, size).mapToObj(rank -> split.slice(key, whole, rank, size)).toList();
  }

  /**
   * The tensor that the ranks hold in slices.
   *
   * @param parts what each rank holds, in the order of the ranks
   */
  public TensorView merge(TpTable table, String key, List<TensorView> parts) {
    int size = size(key);
    return size == 1 ? parts.get(0) : table.split(key).merge(key, parts.subList(0, size));
  }

  /** Whether every rank holds the whole of a tensor. */
  public boolean isCopied(TpTable table, String key) {
    return size(key) == 1 || table.split(key).equals(TensorSplit.WHOLE);
  }
}

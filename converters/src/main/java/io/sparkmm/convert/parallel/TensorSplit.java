package io.sparkmm.convert.parallel;

import io.sparkmm.convert.view.TensorView;
import java.util.List;

/**
 * How one tensor is divided among tensor parallel ranks. Merging all slices gives the whole again,
 * element by element.
 */
public sealed interface TensorSplit
    permits WholeSplit, EvenSplit, GluSplit, UnevenSplit, UnevenQkvSplit {

  /** Every rank holds a copy. */
  TensorSplit WHOLE = new WholeSplit();

  /** Equal blocks of rows. */
  TensorSplit ROW = new EvenSplit(0);

  /** Equal blocks of columns. */
  TensorSplit COL = new EvenSplit(1);

  /** Gate rows above as many up rows: equal blocks of each, gate first. */
  TensorSplit GLU = new GluSplit();

  /** Blocks of rows, of which the first {@code rows mod size} have one row more. */
  TensorSplit UNEVEN_ROW = new UnevenSplit(0, UnevenSplit.EACH);

  /**
   * All query rows above all key rows above all value rows: whole heads of each, where the first
   * {@code heads mod size} ranks have one head more.
   *
   * @param heads heads of the whole tensor
   */
  static TensorSplit unevenQkvRow(int heads) {
    return new UnevenQkvSplit(heads);
  }

  /**
   * Whole heads along the columns, where the first {@code heads mod size} ranks have one more.
   *
   * @param heads heads of the whole tensor
   */
  static TensorSplit unevenCol(int heads) {
    return new UnevenSplit(1, heads);
  }

  /**
   * The slice of a rank.
   *
   * @param key name for messages
   * @param whole the undivided tensor
   * @param rank from 0 to {@code size - 1}
   * @param size number of ranks, at least 1
   * @throws io.sparkmm.convert.ConvertException of kind DATA when it cannot be divided without
   *     remainder
   */
  TensorView slice(String key, TensorView whole, int rank, int size);

  /**
   * The undivided tensor.
   *
   * @param key name for messages
   * @param parts the slices of all ranks, in their order
   * @throws io.sparkmm.convert.ConvertException of kind DATA when they do not fit together
   */
  TensorView merge(String key, List<TensorView> parts);
}

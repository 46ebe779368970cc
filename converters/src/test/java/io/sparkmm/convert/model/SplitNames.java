package io.sparkmm.convert.model;

import io.sparkmm.convert.parallel.TensorSplit;

/** The ways of division by the names of the classes of the reference converter. */
final class SplitNames {

  private SplitNames() {}

  static TensorSplit split(String name) {
    int heads =
        name.endsWith(")")
            ? Integer.parseInt(name.substring(name.indexOf('(') + 1, name.length() - 1))
            : 0;
    return switch (name.replaceFirst("\\(.*", "")) {
      case "none" -> TensorSplit.WHOLE;
      case "RowSplit" -> TensorSplit.ROW;
      case "ColSplit" -> TensorSplit.COL;
      case "GLUSplit" -> TensorSplit.GLU;
      case "UnalignedEmbeddingSplit" -> TensorSplit.UNEVEN_ROW;
      case "UnalignedRowSplit" -> TensorSplit.unevenQkvRow(heads);
      case "UnalignedColSplit" -> TensorSplit.unevenCol(heads);
      default -> throw new IllegalArgumentException("Cannot find a division for " + name);
    };
  }
}

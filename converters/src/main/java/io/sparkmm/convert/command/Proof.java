package io.sparkmm.convert.command;

import io.sparkmm.convert.view.Coverage;
import io.sparkmm.convert.view.Piece;
import io.sparkmm.convert.view.StoredTensor;
import io.sparkmm.convert.view.TensorView;
import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;

/** Proves that rearranging a model neither loses nor doubles anything. */
final class Proof {

  private final Coverage coverage = new Coverage();

  /** Declares tensors that must be used exactly once. */
  Proof sources(Collection<TensorView> views) {
    views.forEach(view -> each(view, coverage::source));
    return this;
  }

  /** Declares that some of them may be used several times. */
  Proof repeated(TensorView view) {
    each(view, coverage::mayRepeat);
    return this;
  }

  /** Declares that some of them may be left out. */
  Proof unused(TensorView view) {
    each(view, coverage::mayStayUnused);
    return this;
  }

  /** Checks the results. */
  void check(Map<String, TensorView> results) {
    results.forEach(coverage::use);
    coverage.check();
  }

  private static void each(TensorView view, Consumer<StoredTensor> action) {
    view.pieces().stream().map(Piece::source).distinct().forEach(action);
  }
}

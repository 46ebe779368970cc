package io.sparkmm.convert.view;

import io.sparkmm.convert.ConvertException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Proof that a conversion neither loses nor doubles anything: every element of every source tensor
 * is used exactly once, and every element of every result is filled exactly once.
 *
 * <pre>{@code
 * Coverage coverage = new Coverage();
 * sources.forEach(coverage::source);
 * coverage.mayRepeat(embedding);               // the tied head takes it a second time
 * results.forEach(coverage::use);              // name of the result, content
 * coverage.check();
 * }</pre>
 *
 * <p>Not safe for use by several threads.
 */
public final class Coverage {

  private static final int MOST_LABELS = 3;

  private final Map<StoredTensor, List<BoxCover.Labelled>> uses = new LinkedHashMap<>();
  private final Set<StoredTensor> repeated = new HashSet<>();
  private final Set<StoredTensor> optional = new HashSet<>();
  private final List<String> problems = new ArrayList<>();

  /** Declares a tensor that must be used. */
  public void source(StoredTensor tensor) {
    uses.computeIfAbsent(tensor, key -> new ArrayList<>());
  }

  /**
   * Declares that elements of a source may be used more than once: an embedding that is also the
   * head, or a tensor that every rank has a copy of.
   */
  public void mayRepeat(StoredTensor tensor) {
    source(tensor);
    repeated.add(tensor);
  }

  /** Declares that a source need not be used. What is used of it must still be used only once. */
  public void mayStayUnused(StoredTensor tensor) {
    source(tensor);
    optional.add(tensor);
  }

  /**
   * Counts all that a result is made from, and checks that its boxes fill it.
   *
   * @param name of the result, for messages
   */
  public void use(String name, TensorContent content) {
    for (TensorView view : content.views()) {
      fault(view).ifPresent(fault -> problems.add(describe("result " + name, fault, "filled")));
      for (Piece piece : view.pieces()) {
        List<BoxCover.Labelled> boxes = uses.get(piece.source());
        if (boxes == null) {
          problems.add(
              "result "
                  + name
                  + " takes bytes of tensor "
                  + piece.source().spec().name()
                  + " of "
                  + piece.source().file()
                  + ", which is not a source");
        } else {
          boxes.add(BoxCover.Labelled.of(name, piece.sourceAt(), piece.sourceExtent()));
        }
      }
    }
  }

  /** Everything that is wrong, in the order of the results and then of the sources. */
  public List<String> problems() {
    List<String> all = new ArrayList<>(problems);
    uses.forEach(
        (tensor, boxes) -> {
          List<Long> shape = tensor.spec().shape();
          long least = optional.contains(tensor) ? 0 : 1;
          long most = repeated.contains(tensor) ? Long.MAX_VALUE : 1;
          Optional<BoxCover.Fault> fault = BoxCover.fault(shape, boxes, least, most);
          String what = "tensor " + tensor.spec().name() + " of " + tensor.file().getFileName();
          fault.ifPresent(found -> all.add(describe(what, found, "used")));
        });
    return all;
  }

  /**
   * Refuses a conversion that has any problem.
   *
   * @throws ConvertException of kind DATA with all problems
   */
  public void check() {
    List<String> all = problems();
    if (!all.isEmpty()) {
      throw ConvertException.data(all);
    }
  }

  /** Where the pieces of a view leave a gap or overlap. */
  static Optional<BoxCover.Fault> fault(TensorView view) {
    List<BoxCover.Labelled> boxes = new ArrayList<>();
    for (Piece piece : view.pieces()) {
      boxes.add(BoxCover.Labelled.of(piece.source().spec().name(), piece.at(), piece.extent()));
    }
    return BoxCover.fault(view.shape(), boxes, 1, 1);
  }

  private static String describe(String what, BoxCover.Fault fault, String verb) {
    List<String> labels = fault.labels();
    String by =
        labels.isEmpty()
            ? " by nothing"
            : " more than once, by "
                + String.join(" and ", labels.subList(0, Math.min(MOST_LABELS, labels.size())))
                + (labels.size() > MOST_LABELS
                    ? " and " + (labels.size() - MOST_LABELS) + " more"
                    : "");
    return what + ": " + fault.range() + " is " + verb + by;
  }
}

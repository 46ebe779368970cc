package io.sparkmm.convert.parallel;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Experts of mixture layers over ranks: each rank holds equally many, in their order, and numbers
 * them from 0. All other tensors are copied to each rank.
 *
 * @param size number of ranks
 * @param experts number of experts of a layer; 0 when the model has none
 */
public record ExpertParallel(int size, int experts) {

  private static final String MARK = ".local_experts.";

  /** Neither ranks nor experts. */
  public static final ExpertParallel NONE = new ExpertParallel(1, 0);

  /**
   * @throws IllegalArgumentException when the ranks cannot hold equally many experts
   */
  public ExpertParallel {
    if (size < 1 || experts < 0 || experts % size != 0) {
      throw new IllegalArgumentException(
          "Cannot divide " + experts + " experts among " + size + " ranks");
    }
  }

  /** Experts of a layer on one rank. */
  public int perRank() {
    return experts / size;
  }

  /** The name of a tensor on a rank; empty when it belongs to an expert of another rank. */
  public Optional<String> local(int rank, String key) {
    OptionalInt expert = expert(key);
    if (size == 1 || expert.isEmpty()) {
      return Optional.of(key);
    }
    int local = expert.getAsInt() - rank * perRank();
    return local >= 0 && local < perRank() ? Optional.of(renumbered(key, local)) : Optional.empty();
  }

  /** The name in the whole model of a tensor that has {@code name} on a rank. */
  public String global(int rank, String name) {
    OptionalInt expert = expert(name);
    return expert.isEmpty() ? name : renumbered(name, expert.getAsInt() + rank * perRank());
  }

  /** The number of the expert in a name; empty when it is not that of an expert. */
  public static OptionalInt expert(String name) {
    int begin = name.indexOf(MARK);
    if (begin < 0) {
      return OptionalInt.empty();
    }
    begin += MARK.length();
    int end = name.indexOf('.', begin);
    String number = end < 0 ? "" : name.substring(begin, end);
    return number.matches("[0-9]{1,8}")
        ? OptionalInt.of(Integer.parseInt(number))
        : OptionalInt.empty();
  }

  private static String renumbered(String key, int expert) {
    int begin = key.indexOf(MARK) + MARK.length();
    return key.substring(0, begin) + expert + key.substring(key.indexOf('.', begin));
  }
}

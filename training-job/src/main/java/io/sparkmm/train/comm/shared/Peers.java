package io.sparkmm.train.comm.shared;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The processes of the ranks of a group.
 *
 * @param identities one for each rank
 */
record Peers(List<Identity> identities) {
  Peers {
    identities = List.copyOf(identities);
  }

  /**
   * Why this rank waits in vain; empty if those that it waits for are there. A process that ended
   * is the reason why others gave up, so it is named first.
   *
   * @param gone ranks that are not there any more
   * @param blockers ranks that this one waits for
   */
  static Optional<String> reason(Map<Integer, Gone> gone, Set<Integer> blockers) {
    return blockers.stream().noneMatch(gone::containsKey)
        ? Optional.empty()
        : gone.entrySet().stream()
            .filter(each -> each.getValue().died() || blockers.contains(each.getKey()))
            .map(Map.Entry::getValue)
            .min(Comparator.comparing(each -> !each.died()))
            .map(Gone::text);
  }

  /**
   * How a rank went away.
   *
   * @param died whether its process ended without a word
   * @param text the same for people
   */
  record Gone(boolean died, String text) {}

  /** Ranks that are not there any more. */
  Map<Integer, Gone> gone(Segment segment) {
    Map<Integer, Gone> found = new TreeMap<>();
    for (int rank = 0; rank < identities.size(); rank++) {
      Segment.State state = segment.state(rank);
      Identity process = identities.get(rank);
      if (rank == segment.rank()) {
        continue;
      }
      if (state == Segment.State.CLOSED) {
        found.put(rank, new Gone(false, "rank " + rank + " has closed the group"));
      } else if (!process.alive()) {
        String text = "rank " + rank + " is gone: its process " + process.pid() + " ended";
        found.put(rank, new Gone(true, text));
      } else if (state == Segment.State.ABORTED) {
        found.put(rank, new Gone(false, "rank " + rank + " has given up the group"));
      }
    }
    return found;
  }
}

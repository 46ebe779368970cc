package io.sparkmm.convert.mm;

import io.sparkmm.convert.parallel.Rank;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The ranks of a checkpoint and the names of their folders: {@code mp_rank_TT[_PPP][_EEE]}, where a
 * number is left out when there is only one rank of its kind.
 *
 * @param tp number of tensor parallel ranks
 * @param pp number of pipeline ranks
 * @param ep number of expert parallel ranks
 */
public record RankGrid(int tp, int pp, int ep) {

  /** What the names of all folders of ranks begin with. */
  public static final String PREFIX = "mp_rank_";

  /** The file with the weights in each of the folders. */
  public static final String FILE_NAME = "model_optim_rng.pt";

  /** All ranks, in their order. */
  public List<Rank> ranks() {
    return Rank.all(tp, pp, ep);
  }

  /** The name of the folder of a rank. */
  public String folder(Rank rank) {
    StringBuilder name = new StringBuilder(PREFIX);
    name.append(String.format(Locale.ROOT, "%02d", rank.tp()));
    if (pp > 1) {
      name.append(String.format(Locale.ROOT, "_%03d", rank.pp()));
    }
    if (ep > 1) {
      name.append(String.format(Locale.ROOT, "_%03d", rank.ep()));
    }
    return name.toString();
  }

  /** The file of a rank, relative to the folder of the iteration. */
  public String file(Rank rank) {
    return folder(rank) + "/" + FILE_NAME;
  }

  /** The file of a rank in the folder of an iteration. */
  public Path file(Path iteration, Rank rank) {
    return iteration.resolve(folder(rank)).resolve(FILE_NAME);
  }

  @Override
  public String toString() {
    return "tp "
        + tp
        + ", "
        + pp
        + (pp == 1 ? " pipeline stage" : " pipeline stages")
        + ", ep "
        + ep;
  }
}

package io.sparkmm.data.job;

import io.sparkmm.data.shard.RejectSummary;
import java.util.List;

/**
 * What an import made.
 *
 * @param kept records of the new file
 * @param dropped records that were left out, by reason
 */
public record ImportReport(long kept, List<RejectSummary> dropped) {
  public ImportReport {
    dropped = List.copyOf(dropped);
  }
}

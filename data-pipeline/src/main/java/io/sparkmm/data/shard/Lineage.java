package io.sparkmm.data.shard;

import java.util.List;
import java.util.Objects;

/**
 * How a data set came to be what it is.
 *
 * @param sources the source files, in the order in which their records were taken
 * @param additions what each version added, the first one first; the last one is the manifest's own
 */
public record Lineage(List<SourceState> sources, List<Addition> additions) {
  /** Of a data set that was not made from source files. */
  public static final Lineage UNKNOWN = new Lineage(List.of(), List.of(Addition.UNKNOWN));

  /**
   * What one version added.
   *
   * @param fingerprint hexadecimal name of the inputs and settings that the version was made from
   * @param records source records that were read
   * @param samples samples of all splits that they became
   * @param rejected records that were left out
   */
  public record Addition(String fingerprint, long records, long samples, long rejected) {
    static final Addition UNKNOWN = new Addition("", 0, 0, 0);

    public Addition {
      Objects.requireNonNull(fingerprint, "fingerprint");
    }
  }

  public Lineage {
    sources = List.copyOf(sources);
    additions = List.copyOf(additions);
    if (additions.isEmpty()) {
      throw new IllegalArgumentException("Cannot describe a data set without a version");
    }
  }

  /** Number of the version, from 1. */
  public int version() {
    return additions.size();
  }

  /** Names what the newest version was made from. */
  public String fingerprint() {
    return additions.get(additions.size() - 1).fingerprint();
  }

  /** Source records that all versions read. */
  public long records() {
    return additions.stream().mapToLong(Addition::records).sum();
  }
}

package io.sparkmm.data.shard;

import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of the files that one version of a data set adds. Those of the first version are plain; a
 * later version puts its number and the beginning of its fingerprint behind the number of the
 * shard, so that different additions never collide and equal ones are equal.
 *
 * @param suffix what stands between the shard's number and the file's ending
 */
public record ShardNaming(String suffix) implements Serializable {
  /** Names of the first version. */
  public static final ShardNaming FIRST = new ShardNaming("");

  private static final int TOKEN_LENGTH = 8;
  private static final Pattern SUFFIX = Pattern.compile("-v(\\d{1,9})-([0-9a-f]{8})\\.[a-z]+$");

  public ShardNaming {
    Objects.requireNonNull(suffix, "suffix");
  }

  /** An addition that a file name tells of. */
  record Addition(int version, String token) {
    ShardNaming naming() {
      return new ShardNaming("-v" + version + "-" + token);
    }
  }

  /**
   * Names of a version.
   *
   * @param version number of the version, from 1
   * @param fingerprint hexadecimal name of what the version is made from
   */
  public static ShardNaming of(int version, String fingerprint) {
    return version == 1 ? FIRST : new Addition(version, token(fingerprint)).naming();
  }

  /** The addition that a file belongs to, if it is not of the first version. */
  static Optional<Addition> addition(String file) {
    Matcher matcher = SUFFIX.matcher(file);
    return matcher.find()
        ? Optional.of(new Addition(Integer.parseInt(matcher.group(1)), matcher.group(2)))
        : Optional.empty();
  }

  /** The part of a fingerprint that file names carry. */
  static String token(String fingerprint) {
    return fingerprint.substring(0, TOKEN_LENGTH);
  }

  /** File of a shard, below the data set's folder. */
  public String shardFile(ShardKey key) {
    return String.format(
        Locale.ROOT, "%s/part-%05d%s.parquet", key.split().folder(), key.number(), suffix);
  }

  /** File of the rejects of a shard's records, below the data set's folder. */
  public String rejectsFile(ShardKey key) {
    return String.format(
        Locale.ROOT, "%s/%s-%05d%s.jsonl", REJECTS, key.split().folder(), key.number(), suffix);
  }

  /** Folder of the rejects, below the data set's folder. */
  static final String REJECTS = "rejects";
}

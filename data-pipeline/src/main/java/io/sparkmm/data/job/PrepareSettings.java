package io.sparkmm.data.job;

import io.sparkmm.conf.DataConfig;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.image.RegulariseFilter;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.template.ChatTemplates;
import java.io.Serializable;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * What a preparation is told.
 *
 * @param data content of {@code data.json}
 * @param output folder of the data set
 * @param options the other settings
 * @param mode what to do when there is a data set already
 */
public record PrepareSettings(DataConfig data, String output, Options options, Mode mode) {
  /** What to do when there is a data set already. */
  public enum Mode {
    /** Nothing if it is what is asked for; refuse if it is another. */
    CREATE,
    /** Add the records that it does not have. */
    APPEND
  }

  /** Records per shard when nothing else is said. */
  public static final int DEFAULT_RECORDS_PER_SHARD = 4096;

  /** Share of rejected records that is tolerated when nothing else is said. */
  public static final double DEFAULT_MAX_REJECT_RATE = 0.05;

  /** Seed when nothing else is said, as in the launch arguments. */
  public static final long DEFAULT_SEED = 1234;

  /**
   * Settings from the command line and the environment.
   *
   * @param sequenceLength most tokens of a sample
   * @param sharding how the work and the output are cut
   * @param pictures how pictures are treated
   * @param seed seed of a random split
   * @param texts how texts are read and written
   */
  public record Options(
      int sequenceLength, Sharding sharding, Pictures pictures, long seed, Texts texts) {
    public Options {
      Objects.requireNonNull(sharding, "sharding");
      Objects.requireNonNull(pictures, "pictures");
      Objects.requireNonNull(texts, "texts");
      if (sequenceLength < 1) {
        throw setting("--seq-length", Integer.toString(sequenceLength), "at least 1");
      }
      if (seed < 0) {
        throw setting("--seed", Long.toString(seed), "at least 0");
      }
    }

    /** Options with the built-in templates, and no choice but whether pictures are embedded. */
    public Options(
        int sequenceLength,
        Sharding sharding,
        boolean embedImages,
        long seed,
        Placeholders placeholders) {
      this(
          sequenceLength,
          sharding,
          new Pictures(embedImages, false, Pictures.DEFAULT.filter()),
          seed,
          new Texts(placeholders, ChatTemplates.standard()));
    }

    /** Words that stand for media. */
    public Placeholders placeholders() {
      return texts.placeholders();
    }

    /** The templates that {@code data.json} may name. */
    public ChatTemplates templates() {
      return texts.templates();
    }

    /** Options with this length and everything else as by default. */
    public static Options of(int sequenceLength) {
      return new Options(
          sequenceLength, Sharding.DEFAULT, Pictures.DEFAULT, DEFAULT_SEED, Texts.DEFAULT);
    }

    /** Whether shards hold the pictures' bytes, not only their paths. */
    public boolean embedImages() {
      return pictures.embed();
    }
  }

  /**
   * How pictures are treated.
   *
   * @param embed whether shards hold the pictures' bytes, not only their paths
   * @param check whether each picture is decoded, to find damage behind its header
   * @param filter filter that training takes for the resize to the area bounds; recorded only
   */
  public record Pictures(boolean embed, boolean check, RegulariseFilter filter)
      implements Serializable {
    /** By reference, not decoded, as MindSpeed-MM resizes. */
    public static final Pictures DEFAULT =
        new Pictures(false, false, RegulariseFilter.MINDSPEED_MM);

    public Pictures {
      Objects.requireNonNull(filter, "filter");
    }

    /**
     * The filter of a name.
     *
     * @throws DataException of kind {@code SETTING} if there is none of this name
     */
    static RegulariseFilter filter(String name) {
      return RegulariseFilter.of(name)
          .orElseThrow(() -> setting("--picture-filter", name, "mindspeed-mm or llama-factory"));
    }
  }

  /**
   * How texts are read and written.
   *
   * @param placeholders words that stand for media
   * @param templates the templates that {@code data.json} may name
   */
  public record Texts(Placeholders placeholders, ChatTemplates templates) {
    /** The usual words and the built-in templates. */
    public static final Texts DEFAULT = new Texts(Placeholders.DEFAULT, ChatTemplates.standard());

    public Texts {
      Objects.requireNonNull(placeholders, "placeholders");
      Objects.requireNonNull(templates, "templates");
    }
  }

  /**
   * How the work and the output are cut.
   *
   * @param recordsPerShard most source records that become one shard
   * @param partitions tasks; empty = one per shard. Has no influence on the output
   * @param maxRejectRate the job fails when a larger share of the records is rejected
   */
  public record Sharding(int recordsPerShard, OptionalInt partitions, double maxRejectRate) {
    /** The defaults. */
    public static final Sharding DEFAULT =
        new Sharding(DEFAULT_RECORDS_PER_SHARD, OptionalInt.empty(), DEFAULT_MAX_REJECT_RATE);

    public Sharding {
      Objects.requireNonNull(partitions, "partitions");
      if (recordsPerShard < 1) {
        throw setting("--records-per-shard", Integer.toString(recordsPerShard), "at least 1");
      }
      if (partitions.isPresent() && partitions.getAsInt() < 1) {
        throw setting("--partitions", Integer.toString(partitions.getAsInt()), "at least 1");
      }
      if (!(maxRejectRate >= 0 && maxRejectRate <= 1)) {
        throw setting("--max-reject-rate", Double.toString(maxRejectRate), "between 0 and 1");
      }
    }
  }

  public PrepareSettings {
    Objects.requireNonNull(data, "data");
    Objects.requireNonNull(output, "output");
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(mode, "mode");
  }

  /** Settings for a new data set. */
  public PrepareSettings(DataConfig data, String output, Options options) {
    this(data, output, options, Mode.CREATE);
  }

  private static DataException setting(String name, String value, String range) {
    return new DataException(
        DataException.Kind.SETTING,
        "Cannot prepare: " + name + " is " + value + ", it has to be " + range);
  }
}

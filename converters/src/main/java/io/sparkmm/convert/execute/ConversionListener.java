package io.sparkmm.convert.execute;

/** Follows an execution. Called by several threads at a time; must be fast and must not throw. */
public interface ConversionListener {

  /** Follows nothing. */
  ConversionListener NONE = new ConversionListener() {};

  /** Points that an execution passes. */
  enum Step {
    /** A file is complete and on disk. */
    FILE_WRITTEN,
    /** The journal says that a file is complete. */
    FILE_RECORDED,
    /** All files are complete; from the next step on a restart only publishes. */
    STAGED,
    /** The journal says that the result is to be published. */
    PUBLISH_RECORDED,
    /** What was at the target before is out of the way. */
    OLD_REMOVED,
    /** A file or the whole result is at the target. */
    PUBLISHED,
    /** The tracker file names the result. */
    TRACKER_WRITTEN
  }

  /**
   * Copying begins.
   *
   * @param bytes to be copied
   * @param keptFiles files that are complete from an interrupted run
   */
  default void begun(long bytes, int keptFiles) {}

  /** So many more bytes were copied. */
  default void advanced(long bytes) {}

  /**
   * A point was passed.
   *
   * @param what the file concerned, or empty
   */
  default void reached(Step step, String what) {}

  /** Something the user should know. */
  default void noted(String text) {}

  /** Copying ended, well or not. */
  default void ended() {}
}

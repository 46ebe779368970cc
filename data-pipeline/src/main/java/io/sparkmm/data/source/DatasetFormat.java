package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Predicate;

/**
 * A raw record layout. To add one: write a class that implements this interface, and name it in
 * {@link DatasetFormats#standard()}.
 */
public interface DatasetFormat {
  /** The name that settings use, lower case. */
  String name();

  /**
   * Whether a record looks like one of this format; used to recognise files without being told.
   *
   * @param node a record of the file
   * @param attributes names of columns and roles to look for
   */
  boolean matches(JsonNode node, Attributes attributes);

  /**
   * A parser for one source.
   *
   * @param settings names of columns and roles, and the folder of the media
   * @param fileExists tells whether a path names a file; picture paths are resolved with it
   * @throws io.sparkmm.data.sample.DataException of kind {@code SETTING} for a setting that this
   *     format does not support
   */
  RecordParser parser(SourceSettings settings, Predicate<String> fileExists);
}

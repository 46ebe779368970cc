package io.sparkmm.data.source;

import io.sparkmm.data.sample.DataException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The record layouts by name. */
public final class DatasetFormats {
  private static final DatasetFormats STANDARD =
      of(List.of(new AlpacaFormat(), new LlavaFormat(), new ShareGptFormat()));

  private final Map<String, DatasetFormat> formats;

  private DatasetFormats(Map<String, DatasetFormat> formats) {
    this.formats = formats;
  }

  /** The formats that SparkMM brings along. */
  public static DatasetFormats standard() {
    return STANDARD;
  }

  /**
   * A registry of these formats.
   *
   * @throws IllegalArgumentException if two have the same name
   */
  public static DatasetFormats of(List<DatasetFormat> formats) {
    Map<String, DatasetFormat> byName = new TreeMap<>();
    for (DatasetFormat format : formats) {
      DatasetFormat other = byName.putIfAbsent(format.name(), format);
      if (other != null) {
        throw new IllegalArgumentException(
            "Cannot register format "
                + format.name()
                + ": both "
                + other.getClass().getName()
                + " and "
                + format.getClass().getName()
                + " claim it");
      }
    }
    return new DatasetFormats(byName);
  }

  /** Names of all formats, sorted. */
  public Set<String> names() {
    return Collections.unmodifiableSet(formats.keySet());
  }

  /**
   * The format of this name.
   *
   * @throws DataException of kind {@code SETTING} if there is none; the message lists the names
   */
  public DatasetFormat get(String name) {
    DatasetFormat format = formats.get(name);
    if (format == null) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot read records with formatting \""
              + name
              + "\": supported are "
              + String.join(", ", formats.keySet()));
    }
    return format;
  }
}

package io.sparkmm.data.source;

import java.io.Serializable;
import java.util.Objects;

/**
 * How to read a source.
 *
 * @param attributes names of columns, keys and roles
 * @param mediaRoot folder that picture paths are relative to; empty = the working directory
 * @param contentMode how message texts are taken
 */
public record SourceSettings(Attributes attributes, String mediaRoot, ContentMode contentMode)
    implements Serializable {
  /** How message texts are taken. */
  public enum ContentMode {
    /** Unchanged; a message without content is a defect. The default. */
    EXACT,
    /** White space at both ends removed; a missing content is read as the empty text. */
    STRIPPED
  }

  public SourceSettings {
    Objects.requireNonNull(attributes, "attributes");
    Objects.requireNonNull(mediaRoot, "mediaRoot");
    Objects.requireNonNull(contentMode, "contentMode");
  }

  /** Settings with texts taken exactly. */
  public static SourceSettings of(Attributes attributes, String mediaRoot) {
    return new SourceSettings(attributes, mediaRoot, ContentMode.EXACT);
  }
}

package io.sparkmm.data.sample;

import java.util.Locale;
import java.util.Optional;

/** What the samples of a data set are for; all samples of a data set are of one kind. */
public enum SampleKind {
  /** Conversations to imitate. */
  SFT,
  /** Pairs of answers, of which one is preferred. */
  PREFERENCE,
  /** Rows of several conversations to imitate, filled up to one length. */
  PACKED,
  /** Plain texts; every token is trained. */
  PRETRAIN;

  /** The name in a manifest: lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kind with that name, if there is one. */
  public static Optional<SampleKind> find(String text) {
    for (SampleKind kind : values()) {
      if (kind.text().equals(text)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }
}

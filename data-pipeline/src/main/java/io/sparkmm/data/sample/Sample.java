package io.sparkmm.data.sample;

import java.util.List;

/** A training record in the one form that everything after {@code data.source} understands. */
public sealed interface Sample permits SftSample, PreferenceSample {
  /** The system message; empty when the record has none, and the template's default applies. */
  String system();

  /** The pictures in the order in which their placeholders appear. */
  List<ImageRef> images();
}

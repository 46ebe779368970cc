package io.sparkmm.data.job;

import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.shard.ShardManifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Says in which settings a data set differs from what is asked for now. */
final class OriginDifferences {
  /** Whether they name the same files is asked of the files themselves. */
  private static final Set<String> FILES =
      Set.of(RecordedSettings.DATASET, RecordedSettings.VAL_DATASET);

  private final List<String> lines = new ArrayList<>();

  private OriginDifferences() {}

  /** One line for each setting, with the value of the data set and the new one. */
  static List<String> between(ShardManifest known, SampleKind kind, ShardManifest.Origin asked) {
    OriginDifferences differences = new OriginDifferences();
    ShardManifest.Origin origin = known.origin();
    differences.compare("kind of samples", known.kind().text(), kind.text());
    differences.compare("template", origin.template(), asked.template());
    differences.compare(
        "tokenizer files",
        shortened(origin.tokenizerFingerprint()),
        shortened(asked.tokenizerFingerprint()));
    differences.compare(
        "picture processor",
        shortened(origin.processorFingerprint()),
        shortened(asked.processorFingerprint()));
    differences.compare("seed", Long.toString(origin.seed()), Long.toString(asked.seed()));
    Set<String> keys = new TreeSet<>(origin.configuration().keySet());
    keys.addAll(asked.configuration().keySet());
    keys.removeAll(FILES);
    for (String key : keys) {
      differences.compare(key, value(origin, key), value(asked, key));
    }
    return List.copyOf(differences.lines);
  }

  private void compare(String what, String known, String asked) {
    if (!known.equals(asked)) {
      lines.add(what + " was " + known + ", is now " + asked);
    }
  }

  private static String value(ShardManifest.Origin origin, String key) {
    return Optional.ofNullable(origin.configuration().get(key)).orElse("not set");
  }

  private static String shortened(String fingerprint) {
    return fingerprint.substring(0, Math.min(12, fingerprint.length()));
  }
}

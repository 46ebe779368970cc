package io.sparkmm.data.job;

import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.shard.Fingerprint;
import io.sparkmm.data.shard.Lineage;
import io.sparkmm.data.shard.ShardKey;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.shard.ShardNaming;
import io.sparkmm.data.shard.SourceState;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What there is to be made: a data set, or its next version.
 *
 * @param kind what the samples are
 * @param origin what they are encoded with
 * @param inputs where their records stand
 * @param previous the version that is added to; empty for a new data set
 */
record PreparePlan(
    SampleKind kind,
    ShardManifest.Origin origin,
    PrepareInputs inputs,
    Optional<ShardManifest> previous) {
  /** Part of every fingerprint, to be changed when the same inputs give other bytes. */
  private static final String LAYOUT = "1";

  PreparePlan {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(inputs, "inputs");
    Objects.requireNonNull(previous, "previous");
  }

  /** Number of the version to make. */
  int version() {
    return previous.map(ShardManifest::version).orElse(0) + 1;
  }

  /** Names all that decides about the bytes of the version. */
  String fingerprint() {
    Fingerprint fingerprint = new Fingerprint();
    fingerprint.add("layout", LAYOUT);
    fingerprint.add("previous", previous.map(m -> m.lineage().fingerprint()).orElse(""));
    fingerprint.add("kind", kind.text());
    fingerprint.add("template", origin.template());
    fingerprint.add("tokenizer", origin.tokenizerFingerprint());
    fingerprint.add("processor", origin.processorFingerprint());
    fingerprint.add("seed", origin.seed());
    origin.configuration().forEach(fingerprint::add);
    for (SourceState source : inputs.sources()) {
      fingerprint.add("source", source);
    }
    return fingerprint.hex();
  }

  /** Names of the files to make. */
  ShardNaming naming() {
    return ShardNaming.of(version(), fingerprint());
  }

  /** The shards that records are encoded to. */
  List<ShardKey> keys() {
    return inputs.shards().stream().map(ShardInput::key).toList();
  }

  /** The manifest of the version. */
  ShardManifest manifest(CollectedShards added) {
    CollectedShards all = new CollectedShards();
    previous.ifPresent(all::addAll);
    all.addAll(added);
    List<Lineage.Addition> additions =
        new java.util.ArrayList<>(
            previous.map(manifest -> manifest.lineage().additions()).orElse(List.of()));
    additions.add(
        new Lineage.Addition(fingerprint(), inputs.records(), added.samples(), added.rejected()));
    return new ShardManifest(
        kind, origin, all.shards(), all.rejects(), new Lineage(inputs.sources(), additions));
  }
}

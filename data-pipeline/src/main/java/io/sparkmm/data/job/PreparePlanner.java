package io.sparkmm.data.job;

import io.sparkmm.conf.BasicParameters;
import io.sparkmm.data.encode.SampleStage;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.shard.DataFiles;
import io.sparkmm.data.shard.DataSetPublisher;
import io.sparkmm.data.shard.DataSetVersions;
import io.sparkmm.data.shard.Lineage;
import io.sparkmm.data.shard.ShardManifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares a data set that exists with what is asked for, and finds what is left to do. Source
 * files are read once to compare their checksums; records are looked for only when there are new
 * ones.
 */
final class PreparePlanner {
  private static final Logger LOG = LoggerFactory.getLogger(PreparePlanner.class);

  private final PrepareSettings settings;
  private final EncodeContext context;
  private final Configuration configuration;
  private final Path target;
  private final BasicParameters basic;

  PreparePlanner(PrepareSettings settings, EncodeContext context, Configuration configuration) {
    this.settings = settings;
    this.context = context;
    this.configuration = configuration;
    this.target = new Path(settings.output());
    this.basic = settings.data().datasetParam().basicParameters();
  }

  /**
   * Decides.
   *
   * @throws DataException of kind {@code DATASET} if there is something else than what is asked for
   *     and cannot be added to, or of kind {@code SOURCE} if a source file does not allow it
   */
  PrepareDecision decide() throws IOException {
    boolean append = settings.mode() == PrepareSettings.Mode.APPEND;
    if (append && (basic.recordLimit().isPresent() || basic.valMaxSamples().isPresent())) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot append with max_samples or val_max_samples: which records are new would depend"
              + " on the limit; remove the limits, or prepare a new data set");
    }
    if (!DataFiles.exists(target, configuration)) {
      return work(all(), Optional.empty(), List.of());
    }
    if (!DataFiles.exists(new Path(target, ShardManifest.FILE_NAME), configuration)) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot write "
              + target
              + ": it exists already and is no data set; remove it or choose another name");
    }
    DataSetPublisher.tidy(target, configuration);
    ShardManifest current = DataSetVersions.current(target, configuration);
    requireSameSettings(current);
    return append ? decideAppend(current) : decideAgain(current);
  }

  private PrepareDecision decideAgain(ShardManifest current) {
    SourceDifferences.Result differences =
        SourceDifferences.between(current.lineage().sources(), basic, configuration);
    if (!differences.lines().isEmpty()) {
      throw other(
          differences.lines(),
          differences.appendable()
              ? "add the new records with --append, choose another name, or remove it"
              : "choose another name, or remove it");
    }
    requireFewRejects(current);
    return new PrepareDecision.UpToDate(current, List.of());
  }

  private PrepareDecision decideAppend(ShardManifest current) {
    PrepareInputs inputs =
        PrepareInputs.added(
            basic, context.source().attributes(), recordsPerShard(), current, configuration);
    List<String> notes = new ArrayList<>();
    SourceDifferences.notNamed(current.lineage().sources(), basic)
        .forEach(
            file -> notes.add("kept the records of " + file + ", which is not named any more"));
    if (inputs.shards().isEmpty()) {
      requireFewRejects(current);
      return new PrepareDecision.UpToDate(current, notes);
    }
    return work(inputs, Optional.of(current), notes);
  }

  private PrepareDecision work(
      PrepareInputs inputs, Optional<ShardManifest> previous, List<String> notes) {
    return new PrepareDecision.Work(new PreparePlan(kind(), origin(), inputs, previous), notes);
  }

  private PrepareInputs all() {
    return PrepareInputs.find(
        basic, context.source().attributes(), recordsPerShard(), configuration);
  }

  private SampleKind kind() {
    return context.spec().stage().kind();
  }

  private int recordsPerShard() {
    SampleStage stage = context.spec().stage();
    int wanted = settings.options().sharding().recordsPerShard();
    int used = stage.recordsPerShard(wanted);
    if (used != wanted) {
      LOG.info(
          "Shards hold {} records instead of {}: windows of {} records are packed together, and"
              + " none lies in two shards",
          used,
          wanted,
          stage.window());
    }
    return used;
  }

  private ShardManifest.Origin origin() {
    return new ShardManifest.Origin(
        basic.template().orElseThrow(),
        context.tokenizer().fingerprint(),
        context.spec().pictures().fingerprint(),
        settings.options().seed(),
        RecordedSettings.of(settings));
  }

  private void requireSameSettings(ShardManifest current) {
    if (current.lineage().equals(Lineage.UNKNOWN)) {
      throw other(
          List.of("its manifest does not tell which sources it was made from"),
          "choose another name, or remove it");
    }
    List<String> differences = OriginDifferences.between(current, kind(), origin());
    if (!differences.isEmpty()) {
      throw other(differences, "choose another name, or remove it");
    }
  }

  private void requireFewRejects(ShardManifest current) {
    new RejectLimit(current.lineage().records(), settings.options().sharding().maxRejectRate())
        .check(current.rejects());
  }

  private DataException other(List<String> differences, String help) {
    return new DataException(
        DataException.Kind.DATASET,
        "Cannot write "
            + target
            + ": it is a data set made from something else:\n  "
            + String.join("\n  ", differences)
            + "\n"
            + Character.toUpperCase(help.charAt(0))
            + help.substring(1));
  }
}

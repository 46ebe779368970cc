package io.sparkmm.convert.execute;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.execute.ConversionListener.Step;
import io.sparkmm.convert.manifest.ConversionManifest;
import io.sparkmm.convert.manifest.ConversionManifestParser;
import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.ConversionPlan;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.view.SourceChecks;
import io.sparkmm.convert.view.TensorContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Executes plans. The result appears whole or not at all; an interrupted execution goes on with the
 * file at which it stopped; two executions never write to one target at a time. Memory is bounded
 * by threads and not by the size of any tensor.
 */
public final class PlanExecutor {

  private static final double NANOS = 1e9;

  private final ConversionPlan plan;
  private final ExecutionOptions options;
  private final WorkFolder work;

  private PlanExecutor(ConversionPlan plan, ExecutionOptions options, WorkFolder work) {
    this.plan = plan;
    this.options = options;
    this.work = work;
  }

  /**
   * Executes a plan.
   *
   * @throws ConvertException of kind DATA when a source cannot be read or changes meanwhile, the
   *     target cannot be written or is full, it holds a result already and {@link
   *     ExecutionOptions#overwrite} is off, or another execution is writing there; of kind USAGE
   *     when the target is the folder that is read. What was finished is kept for the next run
   */
  public static ConversionResult execute(ConversionPlan plan, ExecutionOptions options) {
    long begin = System.nanoTime();
    WorkFolder.Place place = place(plan);
    PlanCheck.check(plan, place);
    if (!options.overwrite() && !Files.exists(place.folder())) {
      ExistingResult.refuse(place.target(), ExistingResult.find(plan, place));
    }
    List<SourceState> states = new ArrayList<>(SourceState.ofSources(plan));
    int weights = states.size();
    states.addAll(SourceState.ofAssets(plan));
    Inputs inputs = new Inputs(Fingerprint.of(plan, states), states, weights);
    Optional<ConversionResult> result = Optional.empty();
    while (result.isEmpty()) {
      try (WorkFolder work = WorkFolder.open(place)) {
        PlanExecutor executor = new PlanExecutor(plan, options, work);
        try {
          result = executor.run(place, inputs, begin);
        } catch (RuntimeException | Error e) {
          executor.tidy(e);
          throw e;
        }
      }
    }
    return result.get();
  }

  /**
   * What is read.
   *
   * @param fingerprint of plan and files
   * @param states of all files, those with weights first
   * @param weights number of files with weights
   */
  private record Inputs(String fingerprint, List<SourceState> states, int weights) {}

  private static WorkFolder.Place place(ConversionPlan plan) {
    try {
      return WorkFolder.Place.of(plan.output());
    } catch (IOException e) {
      throw Disk.failure("write", plan.output().root(), e);
    }
  }

  /** Empty when only the result of an earlier run for the same target was published. */
  private Optional<ConversionResult> run(WorkFolder.Place place, Inputs inputs, long begin) {
    try {
      Optional<Journal> earlier = Journal.read(work.journal());
      if (earlier.isPresent() && earlier.get().publication().isPresent()) {
        options.listener().noted("publishing the complete result of an interrupted run");
        Journal journal = earlier.get();
        publish(journal);
        return journal.fingerprint().equals(inputs.fingerprint())
            ? Optional.of(result(journal, journal.finished().size(), begin))
            : Optional.empty();
      }
      List<String> existing = ExistingResult.find(plan, place);
      if (!options.overwrite()) {
        ExistingResult.refuse(work.target(), existing);
      }
      Journal journal = journal(earlier, inputs.fingerprint());
      int kept = copy(journal);
      SourceState.checkUnchanged(inputs.states());
      writeManifest(journal, inputs.states().subList(0, inputs.weights()));
      Disk.permitAll(work.files());
      Disk.forceAll(work.files());
      options.listener().reached(Step.STAGED, work.files().toString());
      journal.add(publication(existing));
      options.listener().reached(Step.PUBLISH_RECORDED, work.journal().toString());
      publish(journal);
      return Optional.of(result(journal, kept, begin));
    } catch (IOException e) {
      throw Disk.failure("write", work.path(), e);
    }
  }

  /** The journal to go on with: that of an earlier run of the same plan, or a new one. */
  private Journal journal(Optional<Journal> earlier, String fingerprint) throws IOException {
    if (earlier.isPresent() && earlier.get().fingerprint().equals(fingerprint)) {
      return earlier.get();
    }
    if (earlier.isPresent()) {
      options.listener().noted("removing what another conversion to this folder left behind");
    }
    work.clear(earlier.isPresent());
    Journal journal = Journal.create(work.journal(), fingerprint);
    Files.createDirectories(work.files());
    return journal;
  }

  /** Writes what is missing and returns how many files were complete before. */
  private int copy(Journal journal) throws IOException {
    Files.createDirectories(work.files());
    List<PlannedFile> files = new ArrayList<>();
    List<AssetCopy> assets = new ArrayList<>();
    long bytes = 0;
    for (PlannedFile file : plan.files()) {
      if (!isKept(journal, file.path())) {
        files.add(file);
        bytes += file.layout().size();
      }
    }
    List<AssetCopy> all = PlanCheck.assets(plan);
    for (AssetCopy asset : all) {
      if (!isKept(journal, asset.path())) {
        assets.add(asset);
        bytes += Files.size(asset.source());
      }
    }
    int kept = plan.files().size() + all.size() - files.size() - assets.size();
    FreeSpace.check(work, bytes);
    options.listener().begun(bytes, kept);
    try {
      // Files that an interrupted run completed have sources that it may not have compared.
      List<TensorContent> contents = new ArrayList<>();
      plan.files().forEach(file -> contents.addAll(file.contents()));
      new Copier(work.files(), journal, options).copy(files, assets, SourceChecks.of(contents));
    } finally {
      options.listener().ended();
    }
    return kept;
  }

  private boolean isKept(Journal journal, String path) throws IOException {
    Optional<FinishedFile> finished = journal.finished(path);
    return finished.isPresent() && finished.get().matches(work.files().resolve(path));
  }

  private void writeManifest(Journal journal, List<SourceState> sources) throws IOException {
    String text = ConversionManifestParser.toJson(ManifestOf.plan(plan, journal, sources));
    Path path = work.files().resolve(ConversionManifest.FILE_NAME);
    try (OutputFile file = OutputFile.create(path, false)) {
      file.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      file.force();
    }
  }

  private Publication publication(List<String> existing) {
    String tracker = plan.output().iteration().orElse("");
    if (work.whole()) {
      return new Publication(true, List.of(), List.of(), tracker);
    }
    List<String> files = new ArrayList<>();
    plan.files().forEach(file -> files.add(file.path()));
    PlanCheck.assets(plan).forEach(asset -> files.add(asset.path()));
    files.add(ConversionManifest.FILE_NAME);
    return new Publication(false, files, existing, tracker);
  }

  private void publish(Journal journal) {
    new Publisher(work, journal.publication().orElseThrow(), options.listener()).publish();
  }

  private ConversionResult result(Journal journal, int kept, long begin) {
    return new ConversionResult(
        work.target(),
        journal.finished().size(),
        journal.finished().stream().mapToLong(FinishedFile::size).sum(),
        kept,
        (System.nanoTime() - begin) / NANOS);
  }

  /** Leaves only what helps the next run. */
  private void tidy(Throwable failure) {
    try {
      int kept = Leftovers.tidy(work);
      if (kept > 0) {
        options
            .listener()
            .noted(
                kept
                    + " complete files are kept in "
                    + work.path()
                    + " for the same command to go on with; delete the folder to free the space");
      }
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}

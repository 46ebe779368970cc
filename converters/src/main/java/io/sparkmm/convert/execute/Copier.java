package io.sparkmm.convert.execute;

import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.view.SourceChecks;
import io.sparkmm.convert.view.SourceFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes the files of a result with several threads. */
final class Copier {

  /** Stays in the cache of a processor between reading, summing up and writing. */
  private static final int CHUNK_BYTES = 2 << 20;

  private final Path folder;
  private final Journal journal;
  private final ExecutionOptions options;

  Copier(Path folder, Journal journal, ExecutionOptions options) {
    this.folder = folder;
    this.journal = journal;
    this.options = options;
  }

  /**
   * Writes all files, the ones with tensors first.
   *
   * @param checks what must be right about the sources of these files and of those written before
   */
  void copy(List<PlannedFile> files, List<AssetCopy> assets, SourceChecks checks)
      throws IOException {
    List<FileJob> jobs = new ArrayList<>();
    List<WorkItem> items = new ArrayList<>();
    try (SourceFiles sources = new SourceFiles(checks)) {
      FileJob.JobContext context =
          new FileJob.JobContext(folder, sources, journal, options.listener(), CHUNK_BYTES);
      for (PlannedFile file : files) {
        FileJob job = new FileJob(file, context);
        jobs.add(job);
        items.addAll(job.items());
      }
      assets.forEach(asset -> items.add(new AssetJob(asset, context)));
      new Workers(items.iterator(), CHUNK_BYTES).run(options.threads());
      checks.verify(sources);
    } finally {
      for (FileJob job : jobs) {
        job.abandon();
      }
    }
  }
}

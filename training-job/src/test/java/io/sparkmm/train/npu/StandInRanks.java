package io.sparkmm.train.npu;

import io.sparkmm.train.npu.standin.StandInBuild;
import io.sparkmm.train.npu.standin.StandInReport;
import io.sparkmm.train.testing.RankProcesses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Processes whose CANN is the stand-in, with cards and a report of their own.
 *
 * @param folder where they write
 * @param environment variables besides those that the stand-in needs
 */
record StandInRanks(Path folder, Map<String, String> environment) {
  /** Plans processes; skips the calling test where the stand-in cannot be built. */
  static StandInRanks of(String name) {
    StandInBuild.home(StandInBuild.Layout.JOINED);
    Path base = Path.of(System.getProperty("basedir", System.getProperty("user.dir")));
    Path folder = base.resolve("target").resolve("stand-in-ranks").resolve(name);
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(folder.resolve("report.jsonl"));
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
    return new StandInRanks(folder, Map.of());
  }

  /** The same with another variable. */
  StandInRanks with(String name, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(name, value);
    return new StandInRanks(folder, more);
  }

  /** Processes, not started yet. */
  RankProcesses processes(int count) {
    Map<String, String> all = new HashMap<>();
    all.put(NpuLibraries.HOME_VARIABLE, StandInBuild.home(StandInBuild.Layout.JOINED).toString());
    all.put("STANDIN_LOCK_DIR", folder.resolve("cards").toString());
    all.put("STANDIN_REPORT", folder.resolve("report.jsonl").toString());
    all.put("STANDIN_SEED", "1");
    all.putAll(environment);
    return new RankProcesses("hccl", count, folder, all);
  }

  /** What the stand-in recorded. */
  StandInReport report() {
    return StandInReport.read(folder.resolve("report.jsonl"));
  }
}

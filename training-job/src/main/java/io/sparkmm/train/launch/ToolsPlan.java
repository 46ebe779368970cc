package io.sparkmm.train.launch;

import io.sparkmm.conf.ProfileLevel;
import io.sparkmm.conf.ProfileType;
import io.sparkmm.conf.ToolsConfig;
import io.sparkmm.train.loop.TrainListener;
import io.sparkmm.train.profile.MemoryProfiler;
import io.sparkmm.train.profile.MemorySettings;
import io.sparkmm.train.profile.PeakPrinter;
import io.sparkmm.train.profile.StepProfiler;
import io.sparkmm.train.profile.TraceSettings;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * What {@code tools.json} asks of the workers, as it travels to them. Ranks that a record is not
 * wanted of do nothing.
 *
 * @param window trace of some iterations; empty list for none, else one element
 * @param orders folder of the file that orders traces; empty text for none
 * @param traceRanks ranks that write traces; empty for all
 * @param memory record of memory; empty list for none, else one element
 * @param memoryRanks ranks that write it; empty for all
 * @param peaks whether every rank prints its peaks of memory
 */
record ToolsPlan(
    List<Window> window,
    String orders,
    List<Integer> traceRanks,
    List<MemorySettings> memory,
    List<Integer> memoryRanks,
    boolean peaks)
    implements Serializable {
  private static final List<Integer> ALL = List.of(-1);

  /**
   * Iterations to be traced.
   *
   * @param trace what is recorded
   * @param start iterations that are left out at first
   * @param end last iteration that is recorded
   */
  record Window(TraceSettings trace, int start, int end) implements Serializable {}

  ToolsPlan {
    window = List.copyOf(window);
    traceRanks = List.copyOf(traceRanks);
    memory = List.copyOf(memory);
    memoryRanks = List.copyOf(memoryRanks);
  }

  /** The plan of a configuration; relative folders start at the driver's working directory. */
  static ToolsPlan of(ToolsConfig tools) {
    ToolsConfig.Profile profile = tools.profile();
    boolean fixed = profile.enable() && profile.profileType() == ProfileType.STATIC;
    boolean ordered = profile.enable() && profile.profileType() == ProfileType.DYNAMIC;
    ToolsConfig.MemoryProfile memory = tools.memoryProfile();
    return new ToolsPlan(
        fixed ? List.of(window(profile.staticParam())) : List.of(),
        ordered ? profile.dynamicParam().configPath().map(ToolsPlan::absolute).orElse("") : "",
        profile.ranks().equals(ALL) ? List.of() : profile.ranks(),
        memory.enable() ? List.of(settings(memory)) : List.of(),
        memory.dumpRanks().orElse(List.of()),
        memory.memInfo());
  }

  /**
   * What records on a rank; made before the model is built.
   *
   * @param out gets lines for the user
   */
  List<TrainListener> listeners(int rank, Consumer<String> out) {
    List<TrainListener> listeners = new ArrayList<>();
    Consumer<Path> told = file -> out.accept("rank " + rank + " wrote " + file);
    if (traceRanks.isEmpty() || traceRanks.contains(rank)) {
      for (Window traced : window) {
        listeners.add(
            StepProfiler.ofWindow(rank, traced.trace(), traced.start(), traced.end(), told));
      }
      if (!orders.isEmpty()) {
        listeners.add(StepProfiler.onOrder(rank, Path.of(orders), told));
      }
    }
    if (memoryRanks.isEmpty() || memoryRanks.contains(rank)) {
      memory.forEach(settings -> listeners.add(new MemoryProfiler(rank, settings, told)));
    }
    if (peaks) {
      listeners.add(new PeakPrinter(rank, out));
    }
    return listeners;
  }

  private static Window window(ToolsConfig.StaticProfile profile) {
    return new Window(
        new TraceSettings(
            absolute(profile.savePath()),
            profile.withCpu() ? depth(profile.level()) : TraceSettings.Depth.PHASES,
            profile.withMemory(),
            profile.recordShapes(),
            profile.withStack(),
            profile.analyseFlag()),
        profile.startStep(),
        profile.endStep());
  }

  private static TraceSettings.Depth depth(ProfileLevel level) {
    return switch (level) {
      case LEVEL0 -> TraceSettings.Depth.PHASES;
      case LEVEL1 -> TraceSettings.Depth.BLOCKS;
      case LEVEL2 -> TraceSettings.Depth.MODULES;
    };
  }

  private static MemorySettings settings(ToolsConfig.MemoryProfile memory) {
    OptionalInt limit = memory.maxEntries();
    return new MemorySettings(
        memory.startStep(),
        memory.endStep(),
        absolute(memory.savePath()),
        limit.orElse(Integer.MAX_VALUE));
  }

  private static String absolute(String folder) {
    return Path.of(folder).toAbsolutePath().normalize().toString();
  }
}

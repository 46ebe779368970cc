package io.sparkmm.train.profile;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.loop.IterationStats;
import io.sparkmm.train.loop.Phase;
import io.sparkmm.train.loop.TrainState;
import io.sparkmm.train.metrics.TimeSplit;
import io.sparkmm.train.nn.Interceptor;
import io.sparkmm.train.nn.Module;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;

/**
 * Records windows of iterations of one rank. Modules are watched by interceptors that stay in the
 * model and do nothing outside windows. An object belongs to the training thread.
 */
final class Tracer {
  private static final int STACK_FRAMES = 48;

  private final int rank;
  private Optional<Window> window = Optional.empty();
  private Set<String> watched = Set.of();
  private boolean installed;

  /** A window that is being recorded. */
  private record Window(TraceSettings settings, long firstIteration, Trace trace) {}

  private long iterationStart;

  Tracer(int rank) {
    this.rank = rank;
  }

  /** Whether a window is open. */
  boolean recording() {
    return window.isPresent();
  }

  /** Begins a window before an iteration. */
  void open(TraceSettings settings, TrainState state) {
    if (!installed && settings.depth() != TraceSettings.Depth.PHASES) {
      installed = true;
      state.model().namedModules().forEach((path, module) -> module.intercept(new Watch(path)));
    }
    watched = watched(state.model(), settings.depth());
    window =
        Optional.of(
            new Window(
                settings, state.position().iteration() + 1, new Trace(rank, System.nanoTime())));
  }

  void iterationStarts() {
    iterationStart = System.nanoTime();
  }

  void phase(Phase phase, long start, long end, TrainState state) {
    window.ifPresent(
        open -> {
          open.trace().add(Trace.Track.PHASE, phase.name().toLowerCase(Locale.ROOT), start, end);
          if (open.settings().memory()) {
            open.trace().count("memory", end, MemoryUse.of(state));
          }
        });
  }

  void iterationEnds(IterationStats stats) {
    window.ifPresent(
        open -> {
          ObjectNode values =
              open.trace()
                  .add(
                      Trace.Track.STEP,
                      "iteration " + stats.iteration(),
                      iterationStart,
                      System.nanoTime());
          TimeSplit times = stats.times();
          values.put("data_ms", times.data());
          values.put("gather_ms", times.gather());
          values.put("forward_ms", times.forward());
          values.put("exchange_ms", times.exchange());
          values.put("backward_ms", times.backward());
          values.put("reduce_ms", times.reduce());
          values.put("optimizer_ms", times.optimizer());
        });
  }

  /**
   * Ends the window, if one is open, and writes it.
   *
   * @param lastIteration last iteration of the window
   * @return the trace's file
   */
  Optional<Path> close(long lastIteration) {
    Optional<Path> written =
        window.map(
            open -> {
              Path folder = Path.of(open.settings().folder());
              String name =
                  String.format(
                      Locale.ROOT,
                      "rank%d_iterations%d-%d",
                      rank,
                      open.firstIteration(),
                      lastIteration);
              Path file = folder.resolve("trace_" + name + ".json");
              open.trace().write(file);
              if (open.settings().analyse()) {
                open.trace().writeSums(folder.resolve("sums_" + name + ".tsv"));
              }
              return file;
            });
    window = Optional.empty();
    return written;
  }

  private static Set<String> watched(Module root, TraceSettings.Depth depth) {
    Set<String> paths = new TreeSet<>();
    if (depth != TraceSettings.Depth.PHASES) {
      collect("", root, depth == TraceSettings.Depth.MODULES, paths);
    }
    return paths;
  }

  private static void collect(String path, Module module, boolean all, Set<String> paths) {
    paths.add(path);
    boolean list = module.isList();
    module
        .children()
        .forEach(
            (name, child) -> {
              String below = path.isEmpty() ? name : path + "." + name;
              if (all || !list) {
                collect(below, child, all, paths);
              } else {
                paths.add(below);
              }
            });
  }

  /** Times one module's forward computations. */
  private final class Watch implements Interceptor {
    private final String path;

    Watch(String path) {
      this.path = path;
    }

    @Override
    public Tensor around(Module module, Tensor[] inputs, Forward next) {
      if (window.isEmpty() || !watched.contains(path)) {
        return next.apply(inputs);
      }
      TraceSettings settings = window.get().settings();
      long start = System.nanoTime();
      Tensor output = next.apply(inputs);
      ObjectNode values =
          window
              .get()
              .trace()
              .add(Trace.Track.MODULE, path.isEmpty() ? "model" : path, start, System.nanoTime());
      values.put("class", module.getClass().getSimpleName());
      if (settings.shapes()) {
        ArrayNode shapes = values.putArray("inputs");
        for (Tensor input : inputs) {
          shapes.add(shape(input));
        }
        values.put("output", shape(output));
      }
      if (settings.stacks()) {
        ArrayNode frames = values.putArray("stack");
        stack().forEach(frames::add);
      }
      return output;
    }
  }

  private static String shape(Tensor tensor) {
    return tensor.defined() ? Arrays.toString(tensor.sizes().vec().get()) : "undefined";
  }

  private static List<String> stack() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .filter(frame -> !frame.getClassName().startsWith(Tracer.class.getName()))
                    .limit(STACK_FRAMES)
                    .map(StackWalker.StackFrame::toString)
                    .toList());
  }
}

package io.sparkmm.train.profile;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.loop.Phase;
import io.sparkmm.train.loop.TrainListener;
import io.sparkmm.train.loop.TrainResult;
import io.sparkmm.train.loop.TrainState;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Writes how a worker's memory went over some steps: one entry at the beginning of each step and at
 * the end of each phase, and at last what every parameter takes. Made before the model is built,
 * which is step 0.
 */
public final class MemoryProfiler implements TrainListener {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd-HH-mm", Locale.ROOT);

  private final int rank;
  private final MemorySettings settings;
  private final Consumer<Path> written;
  private final Deque<ObjectNode> history = new ArrayDeque<>();
  private final long origin = System.nanoTime();
  private Optional<TrainState> state = Optional.empty();
  private int step;
  private boolean recording;
  private boolean done;

  /**
   * Begins with step 0.
   *
   * @param written is told of the file
   */
  public MemoryProfiler(int rank, MemorySettings settings, Consumer<Path> written) {
    this.rank = rank;
    this.settings = Objects.requireNonNull(settings, "settings");
    this.written = Objects.requireNonNull(written, "written");
    stepBegins();
  }

  @Override
  public void onIterationStart(TrainState before) {
    state = Optional.of(before);
    step++;
    stepBegins();
  }

  @Override
  public void onPhase(Phase phase, long startNanos, long endNanos) {
    if (recording) {
      sample(phase.name().toLowerCase(Locale.ROOT));
    }
  }

  /** A record that the end of the run cuts short is written, too. */
  @Override
  public void onEnd(TrainResult result) {
    if (recording) {
      dump();
    }
  }

  private void stepBegins() {
    if (done) {
      return;
    }
    if (step == settings.startStep()) {
      recording = true;
    }
    if (step == settings.endStep()) {
      dump();
    }
    if (recording) {
      sample("begin");
    }
  }

  private void sample(String point) {
    if (history.size() == settings.maxEntries()) {
      history.removeFirst();
    }
    ObjectNode entry = JSON.createObjectNode();
    entry.put("step", step);
    entry.put("point", point);
    entry.put("ms", (System.nanoTime() - origin) / 1e6);
    Map<String, Long> bytes = state.map(MemoryUse::of).orElseGet(MemoryUse::process);
    bytes.forEach(entry::put);
    history.add(entry);
  }

  private void dump() {
    ObjectNode root = JSON.createObjectNode();
    root.put("rank", rank);
    root.put("unit", "bytes");
    root.putArray("history").addAll(history);
    ArrayNode parameters = root.putArray("parameters");
    try (TensorScope scope = TensorScope.open()) {
      state.ifPresent(
          found ->
              found
                  .parallel()
                  .parameters()
                  .forEach(parameter -> parameters.add(describe(found, parameter))));
    }
    Path folder = Path.of(settings.folder());
    Path file =
        folder.resolve(
            "snapshot_"
                + STAMP.format(LocalDateTime.now(ZoneId.systemDefault()))
                + "_"
                + rank
                + ".json");
    try {
      Files.createDirectories(folder);
      JSON.writeValue(file.toFile(), root);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write memory record " + file + ": " + e, e);
    }
    history.clear();
    recording = false;
    done = true;
    written.accept(file);
  }

  private static ObjectNode describe(TrainState state, Parameter parameter) {
    ObjectNode entry = JSON.createObjectNode();
    entry.put("name", parameter.name());
    entry.put("shape", Arrays.toString(parameter.shape()));
    entry.put("trainable", parameter.trainable());
    entry.put("weight", MemoryUse.bytes(parameter.data()));
    entry.put("gradient", parameter.grad().map(MemoryUse::bytes).orElse(0L));
    entry.put(
        "optimizer",
        state
            .optimizer()
            .state(parameter)
            .map(found -> found.tensors().values().stream().mapToLong(MemoryUse::bytes).sum())
            .orElse(0L));
    return entry;
  }
}

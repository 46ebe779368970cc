package io.sparkmm.train.profile;

import io.sparkmm.train.loop.Phase;
import io.sparkmm.train.loop.TrainListener;
import io.sparkmm.train.loop.TrainResult;
import io.sparkmm.train.loop.TrainState;
import io.sparkmm.train.metrics.ResidentMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prints a line per step with the peaks of memory since the line before. Step 0 is the building of
 * the model.
 *
 * <p>{@code max_memory_reserved} is the largest resident memory of the worker's process, which
 * workers of one process share; {@code max_memory_allocated} the largest sum of weights, gradients
 * and optimizer state that this rank kept at the end of a phase.
 */
public final class PeakPrinter implements TrainListener {
  private static final Logger LOG = LoggerFactory.getLogger(PeakPrinter.class);
  private static final Path RESET = Path.of("/proc/self/clear_refs");
  private static final String PEAK_OF_RESIDENT = "5";

  private final int rank;
  private final Consumer<String> out;
  private TrainState state;
  private long step;
  private long kept;

  /**
   * Makes a printer before the model is built.
   *
   * @param out gets the lines
   */
  public PeakPrinter(int rank, Consumer<String> out) {
    this.rank = rank;
    this.out = Objects.requireNonNull(out, "out");
  }

  @Override
  public void onIterationStart(TrainState before) {
    state = before;
    print();
  }

  @Override
  public void onPhase(Phase phase, long startNanos, long endNanos) {
    long now = MemoryUse.owned(state).values().stream().mapToLong(Long::longValue).sum();
    kept = Math.max(kept, now);
  }

  @Override
  public void onEnd(TrainResult result) {
    print();
  }

  private void print() {
    out.accept(
        String.format(
            Locale.ROOT,
            "step: %d global_rank: %d pp_rank: 0 tp_rank: 0 dp_rank: %d max_memory_reserved: %d"
                + " max_memory_allocated: %d",
            step++,
            rank,
            rank,
            ResidentMemory.peak(),
            kept));
    kept = 0;
    try {
      Files.writeString(
          RESET, PEAK_OF_RESIDENT, StandardCharsets.US_ASCII, StandardOpenOption.WRITE);
    } catch (IOException e) {
      LOG.debug("The system does not reset the peak of resident memory", e);
    }
  }
}

package io.sparkmm.train.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LookAheadBatchesTest {
  /** Batches of one row with a supervised first position and some targets behind it. */
  private static final class Counted implements BatchIterator {
    private final int[] targets;
    private int next;
    private boolean closed;

    Counted(int... targets) {
      this.targets = targets;
    }

    @Override
    public boolean hasNext() {
      return next < targets.length;
    }

    @Override
    public HostBatch next() {
      long[] labels = new long[8];
      Arrays.fill(labels, 1, 8, -100);
      Arrays.fill(labels, 1, 1 + targets[next], 7);
      String name = "batch-" + next++;
      return new HostBatch(
          1, 8, new long[8], new long[8], labels, new float[0], List.of(), List.of(name));
    }

    @Override
    public void restart() {
      next = 0;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void everyBatchKnowsTheTargetsOfItsWindow() {
    List<WindowTargets> windows = new ArrayList<>();
    List<String> names = new ArrayList<>();
    BatchIterator batches = new LookAheadBatches(new Counted(3, 0, 2, 7, 1, 1), 3);
    while (batches.hasNext()) {
      HostBatch batch = batches.next();
      names.addAll(batch.sampleIds());
      windows.add(batch.window().orElseThrow());
    }

    WindowTargets first = new WindowTargets(5.0 / 3, 5);
    WindowTargets second = new WindowTargets(3, 9);
    assertThat(windows).containsExactly(first, first, first, second, second, second);
    assertThat(names)
        .containsExactly("batch-0", "batch-1", "batch-2", "batch-3", "batch-4", "batch-5");
  }

  @Test
  void windowThatTheDataEndInIsStillDividedByItsLength() {
    BatchIterator batches = new LookAheadBatches(new Counted(3, 4), 4);

    assertThat(batches.next().window()).contains(new WindowTargets(1.75, 7));
    assertThat(batches.next().window()).contains(new WindowTargets(1.75, 7));
    assertThat(batches.hasNext()).isFalse();
  }

  @Test
  void restartForgetsTheWindowThatIsOpen() {
    BatchIterator batches = new LookAheadBatches(new Counted(1, 2, 3, 4), 2);
    batches.next();
    batches.restart();

    assertThat(batches.next().sampleIds()).containsExactly("batch-0");
  }

  @Test
  void closesItsSource() {
    Counted source = new Counted(1);
    new LookAheadBatches(source, 1).close();

    assertThat(source.closed).isTrue();
  }

  @Test
  void refusesAnEmptyWindow() {
    assertThatThrownBy(() -> new LookAheadBatches(new Counted(1), 0))
        .hasMessage("Cannot look ahead 0 micro-batches");
  }
}

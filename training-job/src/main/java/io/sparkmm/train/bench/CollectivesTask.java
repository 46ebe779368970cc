package io.sparkmm.train.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Times collective operations, and a plain copy of as many bytes beside them. */
final class CollectivesTask {
  static final String KIND = "collectives";

  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final double NANOS = 1e9;

  /** Operations that are measured; sizes are of the larger of their buffers. */
  enum Operation {
    COPY,
    ALL_GATHER,
    REDUCE_SCATTER,
    ALL_REDUCE;

    String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Share of the buffer's bytes that every rank has to send, whatever the algorithm. */
    double busFactor(int ranks) {
      return switch (this) {
        case COPY -> 1;
        case ALL_GATHER, REDUCE_SCATTER -> (ranks - 1.0) / ranks;
        case ALL_REDUCE -> 2 * (ranks - 1.0) / ranks;
      };
    }
  }

  private CollectivesTask() {}

  /** Measures every size and operation; every rank takes part in all of them. */
  static JsonNode run(Collectives group, JsonNode task) {
    double seconds = task.get("seconds").doubleValue();
    ArrayNode results = JsonNodeFactory.instance.arrayNode();
    for (JsonNode bytes : task.get("sizes")) {
      long elements = bytes.longValue() / Float.BYTES / group.size() * group.size();
      try (TensorScope scope = TensorScope.open()) {
        Tensor whole = zeros(elements);
        Tensor part = zeros(elements / group.size());
        Tensor other = zeros(elements);
        for (Operation operation : Operation.values()) {
          Runnable action = action(operation, group, whole, part, other);
          ObjectNode result = results.addObject();
          result.put("operation", operation.text());
          result.put("transport", group.transport());
          result.put("bytes", elements * Float.BYTES);
          result.put("seconds", median(group, operation, action, seconds));
        }
      }
    }
    return results;
  }

  private static Runnable action(
      Operation operation, Collectives group, Tensor whole, Tensor part, Tensor other) {
    Collectives.Reduction sum = Collectives.Reduction.SUM;
    return switch (operation) {
      case COPY -> {
        Pointer to = other.data_ptr();
        Pointer from = whole.data_ptr();
        yield () -> Pointer.memcpy(to, from, whole.nbytes());
      }
      case ALL_GATHER -> () -> group.allGather(whole, part).await();
      case REDUCE_SCATTER -> () -> group.reduceScatter(part, whole, sum).await();
      case ALL_REDUCE -> () -> group.allReduce(whole, sum).await();
    };
  }

  /** Seconds of one operation: the median of several, the same number of them on every rank. */
  private static double median(
      Collectives group, Operation operation, Runnable action, double seconds) {
    group.barrier(TIMEOUT);
    boolean alone = operation == Operation.COPY;
    if (alone && group.rank() != 0) {
      // One rank copies while the others wait: nothing else moves bytes.
      group.barrier(TIMEOUT);
      return 0;
    }
    double once = time(action);
    once = Math.min(once, time(action));
    int count = rounds(seconds / Math.max(once, 1e-7));
    double[] times = new double[alone ? count : agree(group, count)];
    for (int i = 0; i < times.length; i++) {
      times[i] = time(action);
    }
    if (alone) {
      group.barrier(TIMEOUT);
    }
    Arrays.sort(times);
    return times[times.length / 2];
  }

  private static int rounds(double wanted) {
    return (int) Math.max(3, Math.min(2000, wanted));
  }

  private static int agree(Collectives group, int count) {
    try (TensorScope scope = TensorScope.open()) {
      Tensor value = torch.zeros(new long[] {1}, new TensorOptions(ScalarType.Double));
      value.data_ptr_double().put(count);
      group.allReduce(value, Collectives.Reduction.MAX).await();
      return (int) value.item_double();
    }
  }

  private static double time(Runnable action) {
    long start = System.nanoTime();
    action.run();
    return (System.nanoTime() - start) / NANOS;
  }

  private static Tensor zeros(long elements) {
    return torch.zeros(new long[] {elements}, new TensorOptions(ScalarType.Float));
  }
}

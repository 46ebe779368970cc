package io.sparkmm.train.profile;

import io.sparkmm.train.loop.TrainState;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.metrics.ResidentMemory;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.Optimizer;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Memory of a worker's process and of what its training state owns, in bytes. */
final class MemoryUse {
  private MemoryUse() {}

  /**
   * Resident memory, used Java heap, and the tensors of weights, gradients and optimizer. What is
   * resident besides is gathered weights, activations, batches, and the JVM itself.
   */
  static Map<String, Long> of(TrainState state) {
    Map<String, Long> bytes = process();
    bytes.putAll(owned(state));
    return bytes;
  }

  /** Resident memory and used Java heap. */
  static Map<String, Long> process() {
    Map<String, Long> bytes = new LinkedHashMap<>();
    bytes.put("resident", ResidentMemory.current());
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    bytes.put("heap", heap.getUsed());
    return bytes;
  }

  /** Bytes of the tensors that this rank keeps from one iteration to the next. */
  static Map<String, Long> owned(TrainState state) {
    long weights = 0;
    long gradients = 0;
    long moments = 0;
    try (TensorScope scope = TensorScope.open()) {
      for (Parameter parameter : state.parallel().parameters()) {
        weights += bytes(parameter.data());
        gradients += parameter.grad().map(MemoryUse::bytes).orElse(0L);
        moments +=
            state
                .optimizer()
                .state(parameter)
                .map(Optimizer.ParameterState::tensors)
                .map(found -> found.values().stream().mapToLong(MemoryUse::bytes).sum())
                .orElse(0L);
      }
    }
    Map<String, Long> bytes = new LinkedHashMap<>();
    bytes.put("weights", weights);
    bytes.put("gradients", gradients);
    bytes.put("optimizer", moments);
    return bytes;
  }

  static long bytes(Tensor tensor) {
    return tensor.numel() * tensor.element_size();
  }
}

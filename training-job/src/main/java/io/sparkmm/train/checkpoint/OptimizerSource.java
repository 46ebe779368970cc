package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpBytes;
import io.sparkmm.convert.dcp.DcpCheckpoint;
import io.sparkmm.convert.dcp.DcpTensor;
import io.sparkmm.train.fsdp.ShardRows;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.Optimizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The optimizer's state in a checkpoint. Entries are named by the weight ({@code
 * get_optimizer_state_dict}) or by its number over all groups (the state dict of a PyTorch
 * optimizer, as Megatron stores it); the number of updates stands with the weight or with its
 * group.
 */
final class OptimizerSource {
  private static final String STATE = StateKeys.OPTIMIZER + "." + StateKeys.STATE + ".";
  private static final String GROUPS = StateKeys.OPTIMIZER + "." + StateKeys.PARAM_GROUPS + ".";

  private final DcpCheckpoint checkpoint;
  private final TensorSource source;
  private final KeyMatch match;
  private final Optimizer optimizer;
  private final Map<String, List<String>> tensors = new LinkedHashMap<>();
  private final List<String> without = new ArrayList<>();

  /**
   * Looks what there is.
   *
   * @param optimizer gets the state of each parameter as soon as it is read
   */
  OptimizerSource(
      DcpCheckpoint checkpoint, TensorSource source, KeyMatch match, Optimizer optimizer) {
    this.checkpoint = checkpoint;
    this.source = source;
    this.match = match;
    this.optimizer = optimizer;
    for (DcpTensor tensor : checkpoint.metadata().tensors()) {
      String key = tensor.key().flat();
      if (key.startsWith(STATE)) {
        int dot = key.lastIndexOf('.');
        tensors
            .computeIfAbsent(key.substring(0, dot), entry -> new ArrayList<>())
            .add(key.substring(dot + 1));
      }
    }
  }

  /**
   * Asks for the state of a parameter.
   *
   * @param number its number among all parameters of the optimizer
   * @throws CheckpointException of kind NO_STATE if the checkpoint has no optimizer state at all
   */
  void add(Parameter parameter, int number, ShardRows held) {
    if (tensors.isEmpty()) {
      throw new CheckpointException(
          CheckpointException.Kind.NO_STATE,
          "Cannot resume from checkpoint "
              + checkpoint.path()
              + ": it has no state of the optimizer; give --no-load-optim or --finetune");
    }
    String entry = STATE + match.names().get(parameter.name());
    if (!tensors.containsKey(entry)) {
      entry = STATE + number;
    }
    if (!tensors.containsKey(entry)) {
      without.add(parameter.name());
      return;
    }
    List<String> names =
        tensors.get(entry).stream().filter(name -> !name.equals(StateKeys.STEP)).toList();
    Arriving arriving = new Arriving(parameter, step(entry), names.size());
    for (String name : names) {
      source.add(
          entry + "." + name,
          parameter.shape(),
          held,
          List.of(TensorSource.typeOf(parameter.data())),
          rows -> arriving.put(name, rows));
    }
    if (held.count() == 0) {
      try (TensorScope scope = TensorScope.open()) {
        names.forEach(name -> arriving.put(name, torch.empty_like(parameter.data().detach())));
      }
    }
  }

  /** State of one parameter, whose tensors are read one after the other. */
  private final class Arriving {
    private final Parameter parameter;
    private final long step;
    private final int expected;
    private final Map<String, Tensor> arrived = new LinkedHashMap<>();

    Arriving(Parameter parameter, long step, int expected) {
      this.parameter = parameter;
      this.step = step;
      this.expected = expected;
    }

    void put(String name, Tensor rows) {
      arrived.put(name, TensorScope.keep(rows));
      if (arrived.size() < expected) {
        return;
      }
      try {
        optimizer.restore(parameter, new Optimizer.ParameterState(step, arrived));
      } catch (IllegalArgumentException e) {
        throw new CheckpointException(
            CheckpointException.Kind.MISMATCH,
            "Cannot resume from checkpoint " + checkpoint.path() + ": " + e.getMessage(),
            e);
      } finally {
        arrived.values().forEach(TensorScope::release);
      }
    }
  }

  private long step(String entry) {
    String key = entry + "." + StateKeys.STEP;
    if (checkpoint.find(key).isPresent()) {
      return Math.round(source.number(key));
    }
    OptionalLong step = value(key);
    if (step.isEmpty()) {
      // One number for the group; all groups are updated together.
      step = value(GROUPS + "0." + StateKeys.STEP);
    }
    return step.orElseThrow(
        () ->
            new CheckpointException(
                CheckpointException.Kind.NO_STATE,
                "Cannot resume from checkpoint "
                    + checkpoint.path()
                    + ": it does not tell the number of updates of "
                    + entry
                    + "; give --no-load-optim or --finetune"));
  }

  private OptionalLong value(String key) {
    for (DcpBytes value : checkpoint.metadata().values()) {
      if (value.key().flat().equals(key) && checkpoint.value(key) instanceof Number number) {
        return OptionalLong.of(number.longValue());
      }
    }
    return OptionalLong.empty();
  }

  /** Parameters that the checkpoint has no state of. */
  List<String> without() {
    return List.copyOf(without);
  }
}

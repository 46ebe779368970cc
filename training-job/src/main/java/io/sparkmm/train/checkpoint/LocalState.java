package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpKey;
import io.sparkmm.convert.dcp.DcpShard;
import io.sparkmm.convert.dcp.DcpValue;
import io.sparkmm.convert.pickle.PickleList;
import io.sparkmm.convert.pickle.PickleNone;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.convert.view.MemoryContent;
import io.sparkmm.train.fsdp.ShardRows;
import io.sparkmm.train.loop.TrainPosition;
import io.sparkmm.train.loop.TrainState;
import io.sparkmm.train.lora.Lora;
import io.sparkmm.train.lora.LoraNames;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.Optimizer;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * What one rank contributes to a checkpoint.
 *
 * @param parts tensors that change with the next update
 * @param small tensors that are copied already
 * @param values everything else
 */
record LocalState(List<StatePart> parts, List<DcpShard> small, List<DcpValue> values) {
  private static final double CHECKPOINT_VERSION = 3.0;

  LocalState {
    parts = List.copyOf(parts);
    small = List.copyOf(small);
    values = List.copyOf(values);
  }

  /**
   * Collects this rank's part; nothing large is copied.
   *
   * @param rank rank among all workers; the first one also contributes what all of them know
   * @param schedule the learning rate, for the rate of the next iteration
   */
  static LocalState collect(
      TrainState state, SaveContents contents, int rank, LrSchedule schedule) {
    Collector collector = new Collector(state);
    collector.weights();
    if (contents.optimizer()) {
      collector.moments();
    }
    if (contents.rng()) {
      collector.generator(rank);
    }
    if (rank == 0) {
      collector.run(contents);
      if (contents.optimizer()) {
        collector.schedule(contents.scheduler());
        collector.groups(contents, schedule.at(state.position().scheduledSamples()));
      }
    }
    return new LocalState(collector.parts, collector.small, collector.values);
  }

  private static final class Collector {
    final List<StatePart> parts = new ArrayList<>();
    final List<DcpShard> small = new ArrayList<>();
    final List<DcpValue> values = new ArrayList<>();
    private final TrainState state;

    Collector(TrainState state) {
      this.state = state;
    }

    /** Of a model with adapters only these: what they are added to does not change. */
    void weights() {
      boolean adapted = Lora.isIn(state.model());
      for (Parameter parameter : state.parallel().parameters()) {
        if (!adapted || parameter.role().isAdapter()) {
          add(StateKeys.weight(parameter), parameter, held(parameter), parameter.data());
        }
      }
    }

    void moments() {
      for (Parameter parameter : state.optimizer().groups().parameters()) {
        Optional<Optimizer.ParameterState> found = state.optimizer().state(parameter);
        if (found.isEmpty()) {
          continue;
        }
        ShardRows held = held(parameter);
        found
            .get()
            .tensors()
            .forEach(
                (name, tensor) ->
                    add(StateKeys.optimizer(parameter, name), parameter, held, tensor));
        if (keeps(parameter) && held.first() == 0 && held.count() > 0) {
          small.add(step(parameter, found.get().step()));
        }
      }
    }

    private ShardRows held(Parameter parameter) {
      return state.parallel().state().rows(parameter.name());
    }

    private boolean keeps(Parameter parameter) {
      return state.parallel().state().keeps(parameter.name());
    }

    private void add(DcpKey key, Parameter parameter, ShardRows held, Tensor tensor) {
      if (keeps(parameter) && held.count() > 0) {
        List<Long> shape = Shapes.of(parameter.shape());
        List<Long> offsets = new ArrayList<>(Collections.nCopies(shape.size(), 0L));
        if (!offsets.isEmpty()) {
          offsets.set(0, held.first());
        }
        parts.add(new StatePart(key, shape, offsets, tensor));
      }
    }

    /** PyTorch counts updates in a float32 tensor. */
    private static DcpShard step(Parameter parameter, long step) {
      ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putFloat(0, step);
      return DcpShard.whole(
          StateKeys.optimizer(parameter, StateKeys.STEP),
          MemoryContent.of(new TensorSpec(StateKeys.STEP, DType.F32, List.of()), bytes));
    }

    void generator(int rank) {
      byte[] bytes = TorchGenerator.state();
      TensorSpec spec = new TensorSpec(StateKeys.TORCH_RNG, DType.U8, List.of((long) bytes.length));
      small.add(
          DcpShard.whole(
              StateKeys.generator(rank), MemoryContent.of(spec, ByteBuffer.wrap(bytes))));
    }

    void run(SaveContents contents) {
      TrainPosition position = state.position();
      Map<String, Object> arguments = new LinkedHashMap<>(contents.arguments());
      arguments.put(StateKeys.ITERATION, position.iteration());
      arguments.put(StateKeys.CONSUMED, position.consumedSamples());
      put(DcpKey.of(StateKeys.ARGS), PythonValues.namespace(arguments));
      put(DcpKey.of(StateKeys.VERSION), CHECKPOINT_VERSION);
      put(DcpKey.of(StateKeys.ITERATION), position.iteration());
    }

    void schedule(SchedulerValues scheduler) {
      scheduler
          .named()
          .forEach((name, value) -> put(StateKeys.scheduler(name), PythonValues.of(value)));
      put(StateKeys.scheduler(StateKeys.NUM_STEPS), state.position().scheduledSamples());
    }

    void groups(SaveContents contents, double lr) {
      List<ParameterGroups.Group> groups = state.optimizer().groups().groups();
      for (int i = 0; i < groups.size(); i++) {
        int index = i;
        ParameterRule.Treatment treatment = groups.get(i).treatment();
        double decay = treatment.decays() ? contents.scheduler().decay().end() : 0.0;
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("lr", lr * treatment.lrMultiplier());
        settings.put("weight_decay", decay);
        contents
            .optimizerSettings()
            .forEach((name, value) -> settings.put(name, PythonValues.of(value)));
        settings.put("maximize", false);
        settings.put("foreach", PickleNone.NONE);
        settings.put("capturable", false);
        settings.put("differentiable", false);
        settings.put("fused", PickleNone.NONE);
        settings.put("lr_mult", treatment.lrMultiplier());
        settings.put("wd_mult", treatment.decays() ? 1.0 : 0.0);
        settings.put(
            "params",
            PickleList.of(groups.get(i).parameters().stream().map(LoraNames::stored).toList()));
        settings.forEach((name, value) -> put(StateKeys.group(index, name), value));
      }
    }

    private void put(DcpKey key, Object value) {
      values.add(new DcpValue(key, value));
    }
  }
}

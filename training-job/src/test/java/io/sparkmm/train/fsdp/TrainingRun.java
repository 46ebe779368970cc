package io.sparkmm.train.fsdp;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.AdamW;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.GradientClipper;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.ResidualNet;
import io.sparkmm.train.testing.Tensors;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Trains {@link ResidualNet} for some steps, whole or sharded, always on the same global batches of
 * twelve samples.
 *
 * @param type type of the weights
 * @param steps optimizer steps
 * @param microBatches micro-batches of each rank
 * @param clip gradient limit
 * @param frozen word in the names of frozen parameters, empty for none
 */
record TrainingRun(ScalarType type, int steps, int microBatches, double clip, String frozen) {
  static final List<String> BLOCKS = List.of("blocks.0", "blocks.1", "blocks.2", "head");

  private static final int GLOBAL_BATCH = 12;

  static TrainingRun of(ScalarType type) {
    return new TrainingRun(type, Ranks.steps(20), 1, 0.0, "");
  }

  TrainingRun withMicroBatches(int count) {
    return new TrainingRun(type, steps, count, clip, frozen);
  }

  TrainingRun withClip(double limit) {
    return new TrainingRun(type, steps, microBatches, limit, frozen);
  }

  TrainingRun withFrozen(String word) {
    return new TrainingRun(type, steps, microBatches, clip, word);
  }

  TrainingRun withSteps(int count) {
    return new TrainingRun(type, count, microBatches, clip, frozen);
  }

  /**
   * What a run did.
   *
   * @param losses local losses, averaged over micro-batches
   * @param norms gradient norms
   * @param firstGradients gradients of the first step, this rank's part
   * @param weights whole weights at the end
   * @param gradientCount parameters that had a gradient in the last step
   */
  record Result(
      List<Double> losses,
      List<Double> norms,
      Map<String, double[]> firstGradients,
      Map<String, double[]> weights,
      int gradientCount)
      implements Serializable {}

  /** Trains without any sharding. */
  Result plain() {
    ResidualNet net = net();
    try (UnshardedModel model = new UnshardedModel(net)) {
      return train(net, model, 0, 1);
    }
  }

  /** Trains on one rank of a group. */
  Result sharded(Collectives group, FsdpSettings settings) {
    return sharded(group, BLOCKS, settings);
  }

  /** Trains on one rank of a group, with a choice of modules as groups of their own. */
  Result sharded(Collectives group, List<String> modules, FsdpSettings settings) {
    ResidualNet net = net();
    try (ParallelModel model = FullyShard.apply(net, modules, group, settings)) {
      return train(net, model, group.rank(), group.size());
    }
  }

  private ResidualNet net() {
    ResidualNet net = new ResidualNet(3, type);
    return frozen.isEmpty() ? net : net.freeze(frozen);
  }

  private Result train(ResidualNet net, ParallelModel model, int rank, int size) {
    AdamW optimizer =
        new AdamW(
            ParameterGroups.of(model.parameters(), ParameterRule.decayMatricesOnly()),
            new AdamWSettings(0.9, 0.999, 1e-8, 0.1));
    GradientClipper clipper = new GradientClipper(clip);
    List<Double> losses = new ArrayList<>();
    List<Double> norms = new ArrayList<>();
    Map<String, double[]> first = Map.of();
    int gradientCount = 0;
    int rows = GLOBAL_BATCH / size / microBatches;
    for (int step = 0; step < steps; step++) {
      model.clearGradients();
      double total = 0.0;
      for (int micro = 0; micro < microBatches; micro++) {
        try (TensorScope scope = TensorScope.open()) {
          int start = step * GLOBAL_BATCH + (micro * size + rank) * rows;
          Tensor loss =
              ResidualNet.loss(
                  net.forward(ResidualNet.samples(start, rows, type)),
                  ResidualNet.targets(start, rows, type));
          total += loss.item_double() / microBatches;
          model.backward(loss.mul(new Scalar(1.0 / microBatches)));
        }
      }
      losses.add(total);
      if (step == 0) {
        first = collect(model.parameters(), Parameter::grad);
      }
      gradientCount =
          (int) model.parameters().stream().filter(each -> each.grad().isPresent()).count();
      norms.add(clipper.clip(model.parameters(), model::countsInNorm, model.shardGroup()));
      optimizer.step(0.02);
    }
    optimizer.close();
    Map<String, double[]> weights = new LinkedHashMap<>();
    for (String name : model.state().names()) {
      try (TensorScope scope = TensorScope.open()) {
        weights.put(name, Tensors.values(model.state().gather(name)));
      }
    }
    return new Result(losses, norms, first, weights, gradientCount);
  }

  private static Map<String, double[]> collect(
      List<Parameter> parameters, Function<Parameter, Optional<Tensor>> read) {
    Map<String, double[]> found = new LinkedHashMap<>();
    try (TensorScope scope = TensorScope.open()) {
      for (Parameter parameter : parameters) {
        read.apply(parameter)
            .ifPresent(tensor -> found.put(parameter.name(), Tensors.values(tensor)));
      }
    }
    return found;
  }
}

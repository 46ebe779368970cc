package io.sparkmm.train.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.loop.IterationStats;
import io.sparkmm.train.loop.TrainContext;
import io.sparkmm.train.loop.TrainListener;
import io.sparkmm.train.loop.TrainState;
import io.sparkmm.train.loop.Trainer;
import io.sparkmm.train.loop.TrainerSettings;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.metrics.ResidentMemory;
import io.sparkmm.train.metrics.TimeSplit;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.LrSchedule;
import io.sparkmm.train.optim.LrSettings;
import io.sparkmm.train.optim.ParameterRule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** One rank's part of a measured training. */
final class TrainTask implements TrainListener {
  static final String KIND = "train";

  private static final int SIDE = 2048;
  private static final double NANOS = 1e9;
  private static final double PEAK_SECONDS = 1.5;

  private final int warmUp;
  private final List<IterationStats> stats = new ArrayList<>();
  private long stateBytes;
  private long parameters;

  private TrainTask(int warmUp) {
    this.warmUp = warmUp;
  }

  static JsonNode run(Collectives group, JsonNode task) {
    SyntheticProgram program =
        new SyntheticProgram(
            task.get("config"),
            new SyntheticProgram.Shape(
                task.get("columns").intValue(), task.get("grid").intValue()));
    double peak = matmulFlops();
    int rows = task.get("rows").intValue();
    int iterations = task.get("iterations").intValue();
    TrainTask measured = new TrainTask(task.get("warm_up").intValue());
    int steps = measured.warmUp + iterations;
    int batch = rows * group.size();
    TrainerSettings settings =
        new TrainerSettings(
            steps,
            batch,
            LrSchedule.create(LrSettings.constant(1e-4), steps, batch),
            new AdamWSettings(0.9, 0.999, 1e-8, 0.01),
            ParameterRule.excluding(List.of()),
            1.0);
    int layers = program.config().text().layers();
    int blocks = program.config().vision().depth();
    List<String> groups =
        Stream.concat(
                IntStream.range(0, blocks).mapToObj(i -> "visual.blocks." + i),
                IntStream.range(0, layers).mapToObj(i -> "model.layers." + i))
            .toList();
    new Trainer(
            program,
            new TrainContext(group, ScalarType.Float, rows, 1),
            settings,
            model -> FullyShard.apply(model, groups, group, FsdpSettings.DEFAULTS),
            measured)
        .run()
        .close();
    ObjectNode result = measured.result(peak, program.flopsPerRow() * rows);
    result.put("transport", group.transport());
    return result;
  }

  @Override
  public void onIterationStart(TrainState state) {
    // The gradients of the iteration before are still there.
    if (state.position().iteration() == warmUp) {
      stateBytes = 0;
      parameters = 0;
      try (TensorScope scope = TensorScope.open()) {
        for (Parameter parameter : state.parallel().parameters()) {
          parameters += parameter.elements();
          stateBytes += parameter.data().nbytes();
          Tensor gradient = parameter.data().grad();
          stateBytes += gradient.defined() ? gradient.nbytes() : 0;
          stateBytes +=
              state.optimizer().state(parameter).stream()
                  .flatMap(kept -> kept.tensors().values().stream())
                  .mapToLong(Tensor::nbytes)
                  .sum();
        }
      }
    }
  }

  @Override
  public void onIteration(IterationStats iteration) {
    stats.add(iteration);
  }

  private ObjectNode result(double peak, long flops) {
    List<IterationStats> counted = stats.subList(warmUp, stats.size());
    TimeSplit sum =
        counted.stream().map(IterationStats::times).reduce(TimeSplit.NONE, TimeSplit::plus);
    TimeSplit mean = sum.times(1.0 / counted.size());
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    result.put("parameters", parameters);
    result.put("step_ms", median(counted));
    result.put("mean_step_ms", mean.total());
    ObjectNode split = result.putObject("split_ms");
    split.put("data", mean.data());
    split.put("gather", mean.gather());
    split.put("forward", mean.forward());
    split.put("exchange", mean.exchange());
    split.put("backward", mean.backward());
    split.put("reduce", mean.reduce());
    split.put("optimizer", mean.optimizer());
    split.put("other", mean.other());
    result.put("tokens", counted.get(0).tokens());
    result.put("flops", flops);
    result.put("matmul_flops_per_second", peak);
    result.put("state_bytes", stateBytes);
    result.put("resident_bytes", ResidentMemory.current());
    result.put("peak_resident_bytes", ResidentMemory.peak());
    result.put("first_loss", stats.get(0).loss());
    result.put("last_loss", stats.get(stats.size() - 1).loss());
    return result;
  }

  private static double median(List<IterationStats> counted) {
    double[] times = counted.stream().mapToDouble(one -> one.times().total()).sorted().toArray();
    return times[times.length / 2];
  }

  /** Best rate of a large matrix product on this process's threads, in operations per second. */
  private static double matmulFlops() {
    try (TensorScope scope = TensorScope.open()) {
      Tensor a = torch.ones(SIDE, SIDE);
      Tensor b = torch.ones(SIDE, SIDE);
      Tensor out = torch.ones(SIDE, SIDE);
      double best = Double.MAX_VALUE;
      long begin = System.nanoTime();
      while ((System.nanoTime() - begin) / NANOS < PEAK_SECONDS) {
        long start = System.nanoTime();
        torch.mm_out(out, a, b);
        best = Math.min(best, (System.nanoTime() - start) / NANOS);
      }
      return 2.0 * SIDE * SIDE * SIDE / best;
    }
  }
}

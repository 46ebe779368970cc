package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.CommunicationTime;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.fsdp.UnshardedModel;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelInitializer;
import io.sparkmm.train.nn.Activation;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.optim.AdamW;
import io.sparkmm.train.optim.AdamWSettings;
import io.sparkmm.train.optim.GradientClipper;
import io.sparkmm.train.optim.ParameterGroups;
import io.sparkmm.train.optim.ParameterRule;
import io.sparkmm.train.testing.Ranks;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Prints how long optimizer steps of a model take, plain and sharded over threads of this process
 * that exchange through Gloo. Arguments: {@code small} or {@code medium}, ranks (0 for plain
 * training), rows of each rank, steps.
 */
final class ShardedStepMain {
  private static final int COLUMNS = 55;

  private ShardedStepMain() {}

  /** What a rank measured: milliseconds of each step, and where the training thread was. */
  private record Times(double[] steps, CommunicationTime exchanges, double cpuMillis) {}

  public static void main(String[] args) {
    Qwen2VlConfig config = args[0].equals("small") ? StepTimeMain.config() : medium();
    int ranks = Integer.parseInt(args[1]);
    int rows = Integer.parseInt(args[2]);
    int steps = Integer.parseInt(args[3]);
    List<Times> all =
        Ranks.run(Math.max(1, ranks), group -> run(config, group, ranks == 0, rows, steps));
    double[] sorted = all.get(0).steps().clone();
    Arrays.sort(sorted);
    System.out.printf(
        "%s, %s, %d rows: median %.2f ms, best %.2f ms, processor %.2f ms a step and rank,"
            + " exchanges: gather %.2f ms, reduce %.2f ms%n",
        args[0],
        ranks == 0 ? "plain" : ranks + " rank(s)",
        rows,
        sorted[steps / 2],
        sorted[0],
        all.get(0).cpuMillis() / steps / all.size(),
        all.get(0).exchanges().gatherNanos() / 1e6 / steps,
        all.get(0).exchanges().reduceNanos() / 1e6 / steps);
  }

  private static Times run(
      Qwen2VlConfig config, Collectives group, boolean plain, int rows, int steps) {
    torch.set_num_threads(1);
    Qwen2VlModel model = new Qwen2VlModel(config);
    ModelInitializer.FAN_IN.initialize(model, 1, ScalarType.Float);
    try (ParallelModel parallel =
        plain
            ? new UnshardedModel(model)
            : FullyShard.apply(model, modules(config), group, settings())) {
      AdamW optimizer =
          new AdamW(
              ParameterGroups.of(parallel.parameters(), ParameterRule.decayMatricesOnly()),
              new AdamWSettings(0.9, 0.999, 1e-8, 0.1));
      HostBatch host = StepTimeMain.batch(rows, COLUMNS);
      GradientClipper clipper = new GradientClipper(1.0);
      int warmUp = 3;
      double[] times = new double[steps];
      double cpu = 0;
      for (int step = -warmUp; step < steps; step++) {
        if (step == 0) {
          parallel.takeCommunicationTime();
          cpu = processMillis();
        }
        long start = System.nanoTime();
        parallel.clearGradients();
        try (TensorScope scope = TensorScope.open()) {
          Batch batch = Batch.of(host, TinyModels.cpu(), ScalarType.Float);
          parallel.backward(CausalLmLoss.mean(model.forward(batch)));
        }
        clipper.clip(parallel.parameters(), parallel.shardGroup());
        optimizer.step(1e-4);
        if (step >= 0) {
          times[step] = (System.nanoTime() - start) / 1e6;
        }
      }
      cpu = processMillis() - cpu;
      if (group.rank() == 0) {
        long elements = parallel.parameters().stream().mapToLong(Parameter::elements).sum();
        System.out.println(elements + " parameters");
      }
      Times result = new Times(times, parallel.takeCommunicationTime(), cpu);
      optimizer.close();
      return result;
    }
  }

  private static double processMillis() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e6;
  }

  private static FsdpSettings settings() {
    return new FsdpSettings(
        io.sparkmm.train.fsdp.MixedPrecisionPolicy.NONE, true, OptionalInt.empty());
  }

  private static List<String> modules(Qwen2VlConfig config) {
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < config.vision().depth(); i++) {
      paths.add("visual.blocks." + i);
    }
    paths.add("visual.merger");
    for (int i = 0; i < config.text().layers(); i++) {
      paths.add("model.layers." + i);
    }
    return paths;
  }

  private static Qwen2VlConfig medium() {
    Qwen2VlConfig small = StepTimeMain.config();
    return new Qwen2VlConfig(
        new Qwen2VlTextConfig(
            8000,
            512,
            1408,
            8,
            8,
            2,
            Activation.SILU,
            512,
            1e-6,
            1e4,
            List.of(8, 12, 12),
            0.02,
            OptionalInt.empty()),
        new Qwen2VlVisionConfig(4, 256, 512, 1024, 4, 3, 14, 2, 2, Activation.QUICK_GELU, 0.02),
        small.tokens(),
        true);
  }
}

package io.sparkmm.train.model.qwen2vl;

import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.CausalLmLoss;
import io.sparkmm.train.model.ModelInitializer;
import io.sparkmm.train.nn.Activation;
import io.sparkmm.train.nn.Parameter;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Prints how long forward and backward of the quick-start model take on this machine. Arguments:
 * rows, columns, threads, steps.
 */
final class StepTimeMain {
  private static final int VOCABULARY = 450;
  private static final Qwen2VlTokens TOKENS =
      new Qwen2VlTokens(440, 441, 442, 443, OptionalInt.empty(), List.of(444));

  private StepTimeMain() {}

  static Qwen2VlConfig config() {
    return new Qwen2VlConfig(
        new Qwen2VlTextConfig(
            VOCABULARY,
            96,
            192,
            3,
            4,
            2,
            Activation.SILU,
            512,
            1e-6,
            1e4,
            List.of(4, 4, 4),
            0.02,
            OptionalInt.empty()),
        new Qwen2VlVisionConfig(2, 64, 96, 256, 4, 3, 14, 2, 2, Activation.QUICK_GELU, 0.02),
        TOKENS,
        true);
  }

  static HostBatch batch(int rows, int columns) {
    long[] ids = new long[rows * columns];
    long[] mask = new long[ids.length];
    long[] labels = new long[ids.length];
    List<int[]> grids = new ArrayList<>();
    List<String> names = new ArrayList<>();
    Arrays.fill(mask, 1);
    Arrays.fill(labels, -100);
    for (int row = 0; row < rows; row++) {
      int first = row * columns;
      for (int i = 0; i < columns; i++) {
        ids[first + i] = (row * 31L + i * 7L) % 400;
      }
      ids[first + 3] = TOKENS.visionStart();
      Arrays.fill(ids, first + 4, first + 8, TOKENS.image());
      ids[first + 8] = TOKENS.visionEnd();
      // Eight supervised tokens at the end of the row.
      for (int i = columns - 8; i < columns; i++) {
        labels[first + i] = ids[first + i];
      }
      grids.add(new int[] {1, 4, 4});
      names.add("row-" + row);
    }
    float[] pixels = FillRule.floats(TinyModels.IMAGE_FILL, rows * 16 * 1176, 1.5);
    return new HostBatch(rows, columns, ids, mask, labels, pixels, grids, names);
  }

  public static void main(String[] args) {
    int rows = args.length > 0 ? Integer.parseInt(args[0]) : 16;
    int columns = args.length > 1 ? Integer.parseInt(args[1]) : 55;
    int threads = args.length > 2 ? Integer.parseInt(args[2]) : 1;
    int steps = args.length > 3 ? Integer.parseInt(args[3]) : 100;
    torch.set_num_threads(threads);
    Qwen2VlModel model = new Qwen2VlModel(config());
    ModelInitializer.FAN_IN.initialize(model, 1, ScalarType.Float);
    HostBatch host = batch(rows, columns);
    double[] forward = new double[steps];
    double[] total = new double[steps];
    double[] cpu = new double[steps];
    for (int step = 0; step < steps; step++) {
      long start = System.nanoTime();
      long cpuStart = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      try (TensorScope scope = TensorScope.open()) {
        Batch batch = Batch.of(host, TinyModels.cpu(), ScalarType.Float);
        Tensor loss = CausalLmLoss.mean(model.forward(batch));
        forward[step] = (System.nanoTime() - start) / 1e6;
        loss.backward();
        for (Parameter parameter : model.namedParameters().values()) {
          parameter.data().mutable_grad().put(new Tensor());
        }
      }
      cpu[step] = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuStart) / 1e6;
      total[step] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(forward);
    Arrays.sort(total);
    Arrays.sort(cpu);
    System.out.printf(
        "%d x %d, %d thread(s), %d steps: forward median %.2f ms, step median %.2f ms, best %.2f"
            + " ms, processor time of this thread median %.2f ms%n",
        rows,
        columns,
        threads,
        steps,
        forward[steps / 2],
        total[steps / 2],
        total[0],
        cpu[steps / 2]);
  }
}

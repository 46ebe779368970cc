package io.sparkmm.train.recompute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Linear;
import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.ModuleList;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.testing.Tensors;
import io.sparkmm.train.torch.HookProblems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RecomputeTest {
  private static final int WIDTH = 8;

  private TensorScope scope;

  @BeforeEach
  void openScope() {
    scope = TensorScope.open();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  /** x + dropout(tanh(W x + y)), and y goes on as it is. */
  private static final class Block extends Module {
    private final Linear inner = child("inner", new Linear(WIDTH, WIDTH, true));
    private final boolean dropout;
    private int runs;

    Block(boolean dropout) {
      this.dropout = dropout;
    }

    Tensor forward(Tensor x, Tensor y) {
      return call(
          in -> {
            runs++;
            Tensor hidden = inner.forward(in[0]).add(in[1]).tanh();
            return in[0].add(dropout ? torch.dropout(hidden, 0.5, true) : hidden);
          },
          x,
          y);
    }
  }

  private static final class Net extends Module {
    private final ModuleList<Block> blocks;

    Net(int count, boolean dropout) {
      blocks = child("blocks", new ModuleList<>(count, i -> new Block(dropout)));
      nameParameters();
      for (Parameter parameter : namedParameters().values()) {
        double[] values = new double[(int) parameter.elements()];
        for (int i = 0; i < values.length; i++) {
          values[i] = 0.3 * Math.sin(1.3 * i + parameter.name().hashCode() % 100);
        }
        parameter.setData(Tensors.of(ScalarType.Float, values).view(parameter.shape()));
      }
    }

    Tensor forward(Tensor x, Tensor y) {
      return call(
          in -> {
            Tensor hidden = in[0];
            for (Block block : blocks.elements()) {
              hidden = block.forward(hidden, in[1]);
            }
            return hidden;
          },
          x,
          y);
    }
  }

  private static Tensor input(int phase) {
    double[] values = new double[3 * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.cos(0.7 * i + phase);
    }
    return Tensors.of(ScalarType.Float, values).view(3, WIDTH);
  }

  private record Result(double loss, Map<String, double[]> gradients) {}

  private static Result run(Net net, boolean inputsRequireGradient) {
    Tensor x = input(0).requires_grad_(inputsRequireGradient);
    Tensor y = input(1).requires_grad_(inputsRequireGradient);
    torch.manual_seed(7);
    Tensor loss = net.forward(x, y).pow(new Scalar(2)).sum();
    System.gc();
    HookProblems.surface(() -> loss.backward());
    Map<String, double[]> gradients = new LinkedHashMap<>();
    net.namedParameters()
        .forEach(
            (name, parameter) ->
                parameter.grad().ifPresent(g -> gradients.put(name, Tensors.values(g))));
    if (inputsRequireGradient) {
      gradients.put("x", Tensors.values(x.grad()));
      gradients.put("y", Tensors.values(y.grad()));
    }
    gradients.put("random afterwards", Tensors.values(torch.rand(4)));
    return new Result(loss.item_double(), gradients);
  }

  private static void assertSame(Result actual, Result expected) {
    assertThat(actual.loss()).isEqualTo(expected.loss());
    assertThat(actual.gradients().keySet()).isEqualTo(expected.gradients().keySet());
    expected
        .gradients()
        .forEach(
            (name, values) -> assertThat(actual.gradients().get(name)).as(name).isEqualTo(values));
  }

  @Test
  void gradientsOfAllInputsAndParametersHaveTheSameBits() {
    for (Recompute.Form form : Recompute.Form.values()) {
      Net net = new Net(3, false);
      Recompute.apply(net, List.of("blocks.0", "blocks.2"), form);

      assertSame(run(net, true), run(new Net(3, false), true));
      assertThat(net.blocks.elements().stream().map(block -> block.runs)).containsExactly(2, 1, 2);
    }
  }

  @Test
  void dropoutMasksRepeatAndTheRandomStateGoesOnAsWithoutRecomputation() {
    for (Recompute.Form form : Recompute.Form.values()) {
      Net net = new Net(3, true);
      Recompute.apply(net, List.of("blocks.0", "blocks.1", "blocks.2"), form);

      assertSame(run(net, true), run(new Net(3, true), true));
    }
  }

  @Test
  void modulesInsideRecomputedModulesMayBeRecomputed() {
    for (Recompute.Form form : Recompute.Form.values()) {
      Net net = new Net(2, true);
      Recompute.apply(
          net, List.of("blocks.0.inner", "blocks.0", "blocks.1", "blocks.1.inner"), form);

      assertSame(run(net, true), run(new Net(2, true), true));
    }
  }

  @Test
  void reentrantFormGivesNoGradientWithoutAnInputThatRequiresOne() {
    Net net = new Net(2, false);
    net.namedParameters().get("blocks.1.inner.bias").freeze();
    Recompute.apply(net, List.of("blocks.0"), Recompute.Form.REENTRANT);

    Map<String, double[]> found = run(net, false).gradients();

    assertThat(found).doesNotContainKeys("blocks.0.inner.weight", "blocks.0.inner.bias");
    assertThat(found).containsKey("blocks.1.inner.weight");
    assertThat(net.blocks.elements().get(0).runs).isEqualTo(1);
  }

  @Test
  void otherFormNeedsNoInputThatRequiresAGradient() {
    Net net = new Net(2, true);
    Recompute.apply(net, List.of("blocks.0", "blocks.1"), Recompute.Form.NON_REENTRANT);

    assertSame(run(net, false), run(new Net(2, true), false));
  }

  @Test
  void frozenModulesBelowTheFirstTrainedOneAreNotRunAgain() {
    for (Recompute.Form form : Recompute.Form.values()) {
      Net net = new Net(2, false);
      net.blocks.elements().get(0).namedParameters().values().forEach(Parameter::freeze);
      Recompute.apply(net, List.of("blocks.0"), form);
      run(net, false);

      assertThat(net.blocks.elements().get(0).runs).isEqualTo(1);
    }
  }

  @Test
  void evaluationRunsOnce() {
    Net net = new Net(1, false);
    Recompute.apply(net, List.of("blocks.0"), Recompute.Form.REENTRANT);
    try (NoGradGuard off = new NoGradGuard()) {
      assertThat(net.forward(input(0), input(1)).requires_grad()).isFalse();
    }
    assertThat(net.blocks.elements().get(0).runs).isEqualTo(1);
  }

  @Test
  void secondRunCastsAutomaticallyAsTheFirst() {
    Net net = new Net(1, false);
    Recompute.apply(net, List.of("blocks.0"), Recompute.Form.NON_REENTRANT);
    Net plain = new Net(1, false);
    List<Tensor> losses = new ArrayList<>();
    torch.set_autocast_dtype(DeviceType.CPU, ScalarType.BFloat16);
    torch.set_autocast_enabled(DeviceType.CPU, true);
    try {
      for (Net each : List.of(net, plain)) {
        losses.add(each.forward(input(0), input(1)).sum());
      }
    } finally {
      torch.set_autocast_enabled(DeviceType.CPU, false);
      torch.clear_cache();
    }
    losses.forEach(Tensor::backward);

    assertThat(torch.is_autocast_enabled(DeviceType.CPU)).isFalse();
    plain
        .namedParameters()
        .forEach(
            (name, parameter) ->
                assertThat(Tensors.values(net.namedParameters().get(name).grad().orElseThrow()))
                    .as(name)
                    .isEqualTo(Tensors.values(parameter.grad().orElseThrow())));
  }

  @Test
  void inputChangedInPlaceIsRefused() {
    Net net = new Net(1, false);
    Recompute.apply(net, List.of("blocks.0"), Recompute.Form.NON_REENTRANT);
    Tensor x = input(0);
    Tensor loss = net.forward(x, input(1)).sum();
    x.add_(new Scalar(1));

    assertThatThrownBy(() -> HookProblems.surface(() -> loss.backward()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot recompute module blocks.0: input 0 was changed in place after its forward"
                + " computation");
  }

  @Test
  void exceptionOfTheSecondRunKeepsItsTypeAndMessage() {
    Net net = new Net(2, false);
    Recompute.apply(net, List.of("blocks.1"), Recompute.Form.NON_REENTRANT);
    Block block = net.blocks.elements().get(1);
    block.inner.intercept(
        (module, inputs, next) -> {
          if (block.runs == 2) {
            throw new UnsupportedOperationException("second run");
          }
          return next.apply(inputs);
        });
    Tensor loss = net.forward(input(0), input(1)).sum();

    assertThatThrownBy(() -> HookProblems.surface(() -> loss.backward()))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("second run");
  }

  @Test
  void unknownModuleIsRefused() {
    assertThatThrownBy(
            () -> Recompute.apply(new Net(1, false), List.of("blocks.1"), Recompute.Form.REENTRANT))
        .hasMessageContaining("Cannot recompute module 'blocks.1'");
  }
}

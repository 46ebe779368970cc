package io.sparkmm.train.fsdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.nn.Module;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.testing.ResidualNet;
import io.sparkmm.train.testing.Tensors;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class WrapPlanTest {
  @Test
  void deeperModulesTakeTheirParametersFirstAndTheRootTakesTheRest() {
    ResidualNet net = new ResidualNet(2, ScalarType.Float);

    WrapPlan plan = WrapPlan.of(net, List.of("head", "blocks.0", "blocks.0.up", "blocks.0"));

    assertThat(plan.groups())
        .extracting(WrapPlan.Group::label)
        .containsExactly("blocks.0.up", "blocks.0", "head", "(root)");
    assertThat(names(plan, 0)).containsExactly("blocks.0.up.weight", "blocks.0.up.bias");
    assertThat(names(plan, 1))
        .containsExactly("blocks.0.scale", "blocks.0.down.weight", "blocks.0.down.bias");
    assertThat(names(plan, 3))
        .startsWith("input.weight", "input.bias", "blocks.1.scale")
        .hasSize(7);
  }

  @Test
  void withoutPathsTheRootIsTheOnlyGroup() {
    WrapPlan plan = WrapPlan.of(new ResidualNet(1, ScalarType.Float), List.of());

    assertThat(plan.groups()).hasSize(1);
    assertThat(names(plan, 0)).hasSize(9);
  }

  @Test
  void refusesPathsThatLeadNowhereOrToTheRoot() {
    ResidualNet net = new ResidualNet(1, ScalarType.Float);

    assertThatThrownBy(() -> WrapPlan.of(net, List.of("blocks.1")))
        .isInstanceOf(FsdpException.class)
        .hasMessage("Cannot shard module 'blocks.1': the model has no module of that path");
    assertThatThrownBy(() -> WrapPlan.of(net, List.of("")))
        .hasMessage("Cannot shard module '': the root is always a group of its own");
  }

  @Test
  void parameterUsedTwiceInOneGroupCountsOnce() {
    Tied tied = new Tied();

    assertThat(names(WrapPlan.of(tied, List.of()), 0)).hasSize(1);
  }

  @Test
  void parameterSharedByTwoGroupsIsRefusedWithBothNames() {
    Tied tied = new Tied();

    assertThatThrownBy(() -> WrapPlan.of(tied, List.of("first")))
        .isInstanceOf(FsdpException.class)
        .hasMessageContaining("groups first and (root) share it");
  }

  @Test
  void refusesParametersThatCannotBeCutIntoRows() {
    assertThatThrownBy(() -> WrapPlan.of(new Single(new long[0]), List.of()))
        .hasMessage("Cannot shard parameter weight: it is a scalar, without rows to spread");

    Single declared = new Single(3, 2);
    declared.weight.clearData();
    assertThatThrownBy(() -> WrapPlan.of(declared, List.of()))
        .hasMessageContaining("it has no storage yet; initialise or load the model first");

    Single strided = new Single(2, 2);
    strided.weight.setData(Tensors.of(ScalarType.Float, 1, 2, 3, 4).view(2, 2).t());
    assertThatThrownBy(() -> WrapPlan.of(strided, List.of()))
        .hasMessage("Cannot shard parameter weight: its storage is not contiguous");
  }

  @Test
  void refusesMixedTypesInOneGroup() {
    ResidualNet net = new ResidualNet(1, ScalarType.Float);
    Parameter bias = net.namedParameters().get("head.bias");
    bias.setData(Tensors.of(ScalarType.Double, 1.0));

    assertThatThrownBy(() -> WrapPlan.of(net, List.of()))
        .hasMessage(
            "Cannot shard parameter head.bias: its type is Double, but input.weight of the same"
                + " group (root) is Float");
  }

  private static List<String> names(WrapPlan plan, int group) {
    return plan.groups().get(group).parameters().stream().map(Parameter::name).toList();
  }

  private static final class Single extends Module {
    final Parameter weight;

    Single(long... shape) {
      weight = parameter("weight", new Parameter(Parameter.Role.MATRIX, shape));
      double[] values = new double[(int) weight.elements()];
      weight.setData(Tensors.of(ScalarType.Float, values).view(shape));
      nameParameters();
    }
  }

  private static final class Tied extends Module {
    Tied() {
      Single first = new Single(2, 2);
      child("first", first);
      child("second", new Reusing(first.weight));
      nameParameters();
      parameter("weight", first.weight);
      nameParameters();
    }
  }

  private static final class Reusing extends Module {
    Reusing(Parameter weight) {
      parameter("weight", weight);
    }
  }
}

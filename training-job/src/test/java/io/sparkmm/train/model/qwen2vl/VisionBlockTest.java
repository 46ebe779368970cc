package io.sparkmm.train.model.qwen2vl;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.RotaryFrequencies;
import io.sparkmm.train.nn.RotaryTable;
import io.sparkmm.train.torch.FloatTypes;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Whether rotary tables are rounded is for those to say who convert the inputs of a block. */
class VisionBlockTest {
  private static final List<Grid> GRIDS = List.of(new Grid(1, 4, 6));

  private final Qwen2VlModel model = TinyModels.model(ScalarType.Float);
  private final VisionBlock block = (VisionBlock) model.namedModules().get("visual.blocks.0");
  private final VisionLayout layout = VisionLayout.of(GRIDS, 2);

  private RotaryTable table() {
    int size = TinyModels.config().vision().headSize();
    RotaryFrequencies frequencies = RotaryFrequencies.of(size / 2, 10000.0, ScalarType.Float);
    return RotaryTable.of(
        layout.angles(frequencies),
        new long[] {layout.patches(), 1, 1, size},
        ScalarType.Float,
        TinyModels.cpu());
  }

  private Tensor forward(RotaryTable table) {
    Tensor x = torch.arange(new Scalar(24L * TinyModels.config().vision().embedDim())).view(24, -1);
    return block.forward(x.to(ScalarType.Float).sin(), table, layout.runs()).detach();
  }

  @Test
  void tablesKeepTheirValuesUnlessInputsAreConverted() {
    try (TensorScope scope = TensorScope.open()) {
      Tensor exact = forward(table());
      Tensor rounded = forward(table().roundedTo(ScalarType.BFloat16));

      assertThat(exact.equal(rounded)).isFalse();

      block.intercept(
          (module, inputs, next) ->
              next.apply(new Tensor[] {inputs[0], inputs[1].to(ScalarType.BFloat16)}));
      assertThat(forward(table()).equal(rounded)).isTrue();
    }
  }

  @Test
  void theRotationItselfIsDoneInFloat32() {
    try (TensorScope scope = TensorScope.open()) {
      RotaryTable rounded = table().roundedTo(ScalarType.BFloat16);
      Tensor x = torch.ones(24, 1, 1, TinyModels.config().vision().headSize());

      Tensor narrow = rounded.rotate(x.to(ScalarType.BFloat16));

      assertThat(FloatTypes.of(rounded.cosines())).isEqualTo(ScalarType.Float);
      assertThat(narrow.equal(rounded.rotate(x).to(ScalarType.BFloat16))).isTrue();
    }
  }
}

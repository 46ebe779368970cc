package io.sparkmm.train.npu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.train.comm.Collectives.Reduction;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.testing.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class NpuCodesTest {
  @Test
  void codesHaveNamesAndUnknownOnesShowTheirNumber() {
    assertThat(HcclResult.describe(9)).isEqualTo("HCCL_E_TIMEOUT");
    assertThat(HcclResult.describe(25)).isEqualTo("unknown(25)");
    assertThat(AclError.describe(107002)).isEqualTo("ACL_ERROR_RT_CONTEXT_NULL");
    assertThat(AclError.describe(-1)).isEqualTo("unknown(-1)");
    assertThat(HcclDataType.describe(11)).isEqualTo("HCCL_DATA_TYPE_BFP16");
    assertThat(HcclDataType.describe(13)).isEqualTo("unknown(13)");
    assertThat(HcclDataType.describe(255)).isEqualTo("unknown(255)");
  }

  @Test
  void everyCodeLeadsBackToItsConstant() {
    assertThat(HcclResult.values())
        .allSatisfy(result -> assertThat(HcclResult.fromCode(result.code())).contains(result));
    assertThat(AclError.values())
        .allSatisfy(error -> assertThat(AclError.fromCode(error.code())).contains(error));
    assertThat(HcclDataType.values())
        .allSatisfy(type -> assertThat(HcclDataType.fromCode(type.code())).contains(type));
  }

  @Test
  void elementTypesAreTranslatedByTable() {
    assertThat(HcclDataType.of(ScalarType.Float)).contains(HcclDataType.FP32);
    assertThat(HcclDataType.of(ScalarType.Bool)).contains(HcclDataType.UINT8);
    assertThat(HcclDataType.of(ScalarType.BFloat16)).contains(HcclDataType.BFP16);
    assertThat(HcclDataType.of(ScalarType.ComplexFloat)).isEmpty();
    assertThat(HcclDataType.HIF8.scalarType()).isEmpty();
    assertThat(Arrays.stream(HcclDataType.values()).filter(type -> type.scalarType().isPresent()))
        .hasSize(15)
        .allSatisfy(
            type -> {
              ScalarType there = type.scalarType().orElseThrow();
              assertThat(HcclDataType.of(there)).contains(type);
              assertThat((long) type.bytes()).isEqualTo(torch.elementSize(there));
            });
  }

  @Test
  void aMeanIsASumForTheLibrary() {
    assertThat(HcclReduceOp.of(Reduction.AVG)).isEqualTo(HcclReduceOp.SUM);
    assertThat(HcclReduceOp.of(Reduction.MAX).code()).isEqualTo(2);
  }

  @Test
  void rootInfoIsTakenWholeOnly() {
    byte[] bytes = new byte[RootInfo.BYTES];
    bytes[4107] = 7;

    assertThat(RootInfo.of(bytes).toBytes()).isEqualTo(bytes);
    assertThatThrownBy(() -> RootInfo.of(new byte[204]))
        .hasMessage("Cannot read root info: it has 204 bytes, not 4108");
  }

  @Test
  void chipsAreToldApartByTheirNames() {
    assertThat(ChipFamily.of("Ascend910B3")).isEqualTo(ChipFamily.A2);
    assertThat(ChipFamily.of("Ascend910B")).isEqualTo(ChipFamily.ASCEND_910);
    assertThat(ChipFamily.of("Ascend910PremiumA")).isEqualTo(ChipFamily.ASCEND_910);
    assertThat(ChipFamily.of("Ascend910_9392")).isEqualTo(ChipFamily.A3);
    assertThat(ChipFamily.of("Ascend950DT")).isEqualTo(ChipFamily.ASCEND_950);
    assertThat(ChipFamily.of("Ascend310P3")).isEqualTo(ChipFamily.ASCEND_310P);
    assertThat(ChipFamily.of("AscendStandIn")).isEqualTo(ChipFamily.UNKNOWN);
  }

  @Test
  void typesAreRefusedByTheNameOfTheChip() {
    HcclTypes types = new HcclTypes(ChipFamily.ASCEND_910, "Ascend910A");
    try (TensorScope scope = TensorScope.open()) {
      Tensor narrow = Tensors.of(ScalarType.BFloat16, 1);

      assertThatThrownBy(() -> types.way("all-reduce", narrow, Reduction.SUM))
          .hasMessage(
              "Cannot all-reduce BFloat16: HCCL on Ascend910A (ASCEND_910) does not add that type;"
                  + " use float32 (reduce_dtype fp32)");
      assertThat(types.moving("all-gather", narrow)).isEqualTo(HcclDataType.INT16);
      assertThat(types.way("all-reduce", Tensors.of(ScalarType.Double, 1), Reduction.AVG))
          .isEqualTo(HcclTypes.Way.EXCHANGED);
      assertThat(types.way("all-reduce", Tensors.of(ScalarType.Bool, 1), Reduction.MAX))
          .isEqualTo(HcclTypes.Way.WIDENED);
      assertThat(types.way("all-reduce", Tensors.of(ScalarType.Half, 1), Reduction.AVG))
          .isEqualTo(HcclTypes.Way.NATIVE);
    }
  }
}

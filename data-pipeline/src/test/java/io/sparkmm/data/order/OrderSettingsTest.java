package io.sparkmm.data.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class OrderSettingsTest {
  @Test
  void aStepIsAMicroBatchOfEachWorker() {
    assertThat(new OrderSettings(100, 3, 4, true, false).step()).isEqualTo(12);
  }

  @Test
  void hugeStepsDoNotOverflow() {
    assertThatThrownBy(() -> new OrderSettings(1000, 1 << 20, 1 << 20, true, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("takes 1099511627776 samples");
  }

  @Test
  void stepsKnowTheirRanks() {
    OrderStep step = new OrderStep(0, 4, List.of(new int[] {1, 2}, new int[] {3, 4}));
    assertThat(step.microBatch(1)).containsExactly(3, 4);
    assertThatThrownBy(() -> step.microBatch(2)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> step.microBatch(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void everyConfiguredNameMakesAnOrder() {
    OrderSettings settings = new OrderSettings(10, 2, 1, true, false);
    for (String name :
        List.of("BaseRandomBatchSampler", "stateful_distributed_sampler", "SequentialSampler")) {
      SampleOrder order = SampleOrders.create(name, settings, true);
      assertThat(order.stepsPerPass()).isEqualTo(5);
      assertThat(order.settings().samples()).isEqualTo(10);
      assertThat(order.at(0).consumedAfter()).isEqualTo(2);
    }
  }

  @Test
  void longRunsCountBeyondAnInt() {
    SampleOrder order = new BaseRandomBatchOrder(new OrderSettings(10, 2, 1, true, false));
    long consumed = 10L * 3_000_000_000L;
    assertThat(order.at(consumed).pass()).isEqualTo(3_000_000_000L);
    assertThat(order.at(consumed).consumedAfter()).isEqualTo(consumed + 2);
  }
}

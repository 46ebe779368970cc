package io.sparkmm.data.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import java.util.List;
import org.junit.jupiter.api.Test;

class RejectSummaryTest {
  private static RejectedSample reject(int record, RejectReason reason) {
    return new RejectedSample("a.json", record, reason, "detail " + record);
  }

  @Test
  void keepsTheFirstThreeExamplesOfEachReason() {
    RejectSummary.Counter counter = new RejectSummary.Counter();
    for (int i = 0; i < 5; i++) {
      counter.add(reject(i, RejectReason.IMAGE_MISSING));
    }
    counter.add(reject(9, RejectReason.MESSAGES_EMPTY));

    List<RejectSummary> summaries = counter.summaries();

    assertThat(summaries)
        .extracting(RejectSummary::reason)
        .containsExactly(RejectReason.MESSAGES_EMPTY, RejectReason.IMAGE_MISSING);
    assertThat(summaries.get(1).count()).isEqualTo(5);
    assertThat(summaries.get(1).examples())
        .extracting(RejectedSample::record)
        .containsExactly(0L, 1L, 2L);
  }

  @Test
  void countersAddUpInTheirOrder() {
    RejectSummary.Counter total = new RejectSummary.Counter();
    for (int part = 0; part < 3; part++) {
      RejectSummary.Counter counter = new RejectSummary.Counter();
      counter.add(reject(2 * part, RejectReason.IMAGE_MISSING));
      counter.add(reject(2 * part + 1, RejectReason.IMAGE_MISSING));
      counter.summaries().forEach(total::add);
    }

    assertThat(total.summaries()).hasSize(1);
    assertThat(total.summaries().get(0).count()).isEqualTo(6);
    assertThat(total.summaries().get(0).examples())
        .extracting(RejectedSample::record)
        .containsExactly(0L, 1L, 2L);
  }

  @Test
  void refusesMoreExamplesThanRejects() {
    List<RejectedSample> two =
        List.of(reject(0, RejectReason.IMAGE_MISSING), reject(1, RejectReason.IMAGE_MISSING));
    assertThatThrownBy(() -> new RejectSummary(RejectReason.IMAGE_MISSING, 1, two))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot summarise 1 rejects with 2 examples");
  }
}

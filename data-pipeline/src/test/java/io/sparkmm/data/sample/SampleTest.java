package io.sparkmm.data.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Serialized;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SampleTest {
  @Test
  void namesARecordBySourceAndNumber() {
    assertThat(new RecordId("a.json", 12)).hasToString("a.json#12");
    assertThatThrownBy(() -> new RecordId("a.json", -1))
        .hasMessage("Cannot number a record of a.json: -1");
  }

  @Test
  void writesARejectAsOneSentence() {
    RejectedSample reject =
        RejectedSample.of(new RecordId("a.json", 3), RejectReason.MESSAGE_COUNT, "3 messages");

    assertThat(reject)
        .isEqualTo(new RejectedSample("a.json", 3, RejectReason.MESSAGE_COUNT, "3 messages"));
    assertThat(reject.message())
        .isEqualTo(
            "Cannot use record 3 of a.json: the conversation does not end with an answer: 3"
                + " messages");
    assertThat(Serialized.copyOf(reject)).isEqualTo(reject);
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void letsARoleAskOrAnswerButNotBoth(Role role) {
    assertThat(role.asks() && role.answers()).isFalse();
    assertThat(role.asks() || role.answers()).isEqualTo(role != Role.SYSTEM);
  }

  @Test
  void acceptsNoNull() {
    assertThatThrownBy(() -> new Turn(null, "x")).hasMessage("role");
    assertThatThrownBy(() -> new Turn(Role.USER, null)).hasMessage("content");
    assertThatThrownBy(() -> new ImageRef(null)).hasMessage("path");
    assertThatThrownBy(() -> new SftSample(null, List.of(), List.of())).hasMessage("system");
    assertThatThrownBy(() -> new RejectedSample("a", 0, null, "")).hasMessage("reason");
  }

  @Test
  void copiesItsLists() {
    List<Turn> turns = new ArrayList<>(List.of(new Turn(Role.USER, "Hi")));
    SftSample sample = new SftSample("", turns, List.of());
    turns.clear();

    assertThat(sample.turns()).hasSize(1);
  }

  @Test
  void labelsTheTokensInsideTheSpans() {
    EncodedSample sample =
        new EncodedSample(
            "a#0",
            new int[] {5, 6, 7, 8, 9},
            List.of(new LabelSpan(1, 2), new LabelSpan(3, 5)),
            List.of());

    assertThat(sample.labels()).containsExactly(-100, 6, -100, 8, 9);
    assertThat(sample.labelCount()).isEqualTo(3);
  }

  @Test
  void refusesSpansOutOfOrderOrOutside() {
    int[] ids = {1, 2, 3};

    assertThatThrownBy(
            () ->
                new EncodedSample(
                    "a#0", ids, List.of(new LabelSpan(1, 2), new LabelSpan(0, 1)), List.of()))
        .hasMessageContaining("the spans are not ascending");
    assertThatThrownBy(() -> new EncodedSample("a#0", ids, List.of(new LabelSpan(2, 4)), List.of()))
        .hasMessageContaining("inside 3 tokens");
    assertThatThrownBy(() -> new LabelSpan(2, 2)).hasMessage("Cannot use label span [2, 2)");
  }

  @Test
  void countsThePatchesOfAPicture() {
    EncodedImage image = new EncodedImage("a.jpg", Optional.empty(), 480, 640, 1, 32, 42);

    assertThat(image.patches()).isEqualTo(1344);
    assertThatThrownBy(() -> new EncodedImage("a.jpg", Optional.empty(), 0, 640, 1, 32, 42))
        .hasMessage("Cannot use image a.jpg: size 640x0, grid 1,32,42");
  }
}

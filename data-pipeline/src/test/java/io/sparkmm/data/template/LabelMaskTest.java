package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Serialized;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.LabelSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LabelMaskTest {
  @Test
  void labelsTheAnswers() {
    LabelMask.Masked masked = new LabelMask(100, false, false).apply(pairs(3, 2, 4, 1));

    assertThat(masked.ids()).containsExactly(0, 1, 2, 100, 101, 200, 201, 202, 203, 300);
    assertThat(masked.spans()).containsExactly(new LabelSpan(3, 5), new LabelSpan(9, 10));
  }

  @Test
  void labelsOnlyTheLastAnswerWhenHistoryIsMasked() {
    LabelMask.Masked masked = new LabelMask(100, false, true).apply(pairs(3, 2, 4, 1));

    assertThat(masked.ids()).containsExactly(0, 1, 2, 100, 101, 200, 201, 202, 203, 300);
    assertThat(masked.spans()).containsExactly(new LabelSpan(9, 10));
  }

  @Test
  void labelsEverythingWhenPromptsAreTrained() {
    LabelMask.Masked masked = new LabelMask(100, true, false).apply(pairs(3, 2, 4, 1));

    assertThat(masked.spans()).containsExactly(new LabelSpan(0, 10));
  }

  @Test
  void labelsAllButEarlierAnswersWithBothFlags() {
    LabelMask.Masked masked = new LabelMask(100, true, true).apply(pairs(3, 2, 4, 1));

    assertThat(masked.spans()).containsExactly(new LabelSpan(0, 3), new LabelSpan(5, 10));
  }

  @Test
  void cutsTheEndOfAnAnswer() {
    LabelMask.Masked masked = new LabelMask(100, false, false).apply(pairs(49, 52));

    assertThat(masked.ids()).hasSize(100);
    assertThat(masked.spans()).containsExactly(new LabelSpan(49, 100));
  }

  @Test
  void cutsBothInProportion() {
    LabelMask.Masked masked = new LabelMask(64, false, false).apply(pairs(60, 60));

    assertThat(masked.ids())
        .containsExactly(IntStream.concat(range(0, 32), range(100, 132)).toArray());
    assertThat(masked.spans()).containsExactly(new LabelSpan(32, 64));
  }

  @Test
  void takesTurnsFromTheFirstOneOn() {
    LabelMask.Masked masked = new LabelMask(100, false, false).apply(pairs(40, 30, 40, 30, 40, 30));

    assertThat(masked.ids())
        .containsExactly(
            IntStream.of(0, 100, 200, 300)
                .flatMap(
                    start ->
                        range(
                            start,
                            start + (start == 0 ? 40 : start == 100 ? 30 : start == 200 ? 18 : 12)))
                .toArray());
    assertThat(masked.spans()).containsExactly(new LabelSpan(40, 70), new LabelSpan(88, 100));
  }

  @Test
  void takesTurnsFromTheLastOneOnWhenHistoryIsMasked() {
    LabelMask.Masked masked = new LabelMask(100, false, true).apply(pairs(40, 30, 40, 30, 40, 30));

    // Turn 1 cut to 18 and 12 in front of turn 2; turn 0 is lost.
    assertThat(masked.ids())
        .containsExactly(
            IntStream.concat(
                    IntStream.concat(range(200, 218), range(300, 312)),
                    IntStream.concat(range(400, 440), range(500, 530)))
                .toArray());
    assertThat(masked.spans()).containsExactly(new LabelSpan(70, 100));
  }

  @Test
  void leavesOutATurnForWhichNothingIsLeft() {
    LabelMask.Masked masked = new LabelMask(100, false, false).apply(pairs(60, 40, 10, 10));

    assertThat(masked.ids()).hasSize(100);
    assertThat(masked.spans()).containsExactly(new LabelSpan(60, 100));
  }

  @Test
  void keepsAShortAnswerWholeBehindALongQuestion() {
    LabelMask.Masked masked = new LabelMask(1000, false, false).apply(pairs(1000, 100));

    assertThat(masked.ids()).hasSize(1000);
    assertThat(masked.spans()).containsExactly(new LabelSpan(900, 1000));
  }

  @Test
  void givesNoSpanWhenNoAnswerIsLeft() {
    assertThat(new LabelMask(1, false, false).apply(pairs(1, 1)).spans()).isEmpty();
    assertThat(new LabelMask(10, false, false).apply(pairs(4, 0)).spans()).isEmpty();
    assertThat(new LabelMask(10, false, false).apply(List.of()).ids()).isEmpty();
  }

  @Test
  void joinsNeighbouringSpans() {
    // An empty question between two answers.
    assertThat(new LabelMask(100, false, false).apply(pairs(1, 2, 0, 3)).spans())
        .containsExactly(new LabelSpan(1, 6));
  }

  @Property(seed = "1")
  void equalsTheRuleWrittenWithLabels(
      @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 30) Integer> lengths,
      @ForAll @IntRange(min = 1, max = 120) int cutoff,
      @ForAll boolean trainOnPrompt,
      @ForAll boolean maskHistory) {
    int[] even = lengths.stream().limit(lengths.size() / 2 * 2L).mapToInt(i -> i).toArray();
    List<TokenPair> pairs = pairs(even);
    List<Integer> ids = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    List<TokenPair> order = new ArrayList<>(pairs);
    if (maskHistory) {
      Collections.reverse(order);
    }
    int total = 0;
    for (int j = 0; j < order.size() && total < cutoff; j++) {
      int[] s = order.get(j).source();
      int[] t = order.get(j).target();
      LengthFit fit = LengthFit.fit(s.length, t.length, cutoff - total);
      total += fit.source() + fit.target();
      List<Integer> turn = new ArrayList<>();
      List<Integer> turnLabels = new ArrayList<>();
      for (int id : Arrays.copyOf(s, fit.source())) {
        turn.add(id);
        turnLabels.add(trainOnPrompt ? id : -100);
      }
      for (int id : Arrays.copyOf(t, fit.target())) {
        turn.add(id);
        turnLabels.add(maskHistory && j != 0 ? -100 : id);
      }
      ids.addAll(maskHistory ? 0 : ids.size(), turn);
      labels.addAll(maskHistory ? 0 : labels.size(), turnLabels);
    }
    LabelMask.Masked masked = new LabelMask(cutoff, trainOnPrompt, maskHistory).apply(pairs);

    assertThat(masked.ids()).containsExactly(ids.stream().mapToInt(i -> i).toArray());
    int[] ours = new int[masked.ids().length];
    Arrays.fill(ours, -100);
    masked
        .spans()
        .forEach(
            span ->
                System.arraycopy(masked.ids(), span.start(), ours, span.start(), span.length()));
    assertThat(ours).containsExactly(labels.stream().mapToInt(i -> i).toArray());
  }

  @Test
  void refusesALengthBelowOne() {
    assertThatThrownBy(() -> new LabelMask(0, false, false))
        .isInstanceOf(DataException.class)
        .hasMessage("Cannot cut samples to 0 tokens: the length has to be at least 1");
  }

  @Test
  void travelsToWorkers() {
    LabelMask mask = new LabelMask(7, true, false);

    assertThat(Serialized.copyOf(mask)).isEqualTo(mask);
  }

  /** Pairs of these lengths; the ids of text i are 100 * i, 100 * i + 1, ... */
  private static List<TokenPair> pairs(int... lengths) {
    List<TokenPair> pairs = new ArrayList<>();
    for (int i = 0; i + 1 < lengths.length; i += 2) {
      int first = i;
      pairs.add(
          new TokenPair(
              range(100 * first, 100 * first + lengths[first]).toArray(),
              range(100 * (first + 1), 100 * (first + 1) + lengths[first + 1]).toArray()));
    }
    return pairs;
  }

  private static IntStream range(int from, int to) {
    return IntStream.range(from, to);
  }
}

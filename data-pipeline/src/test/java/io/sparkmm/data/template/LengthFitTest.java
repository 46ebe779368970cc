package io.sparkmm.data.template;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LengthFitTest {
  @ParameterizedTest
  @CsvSource({
    "3000, 2000, 1000, 600, 400",
    "2000, 3000, 1000, 400, 600",
    "1000, 100, 1000, 900, 100",
    "100, 1000, 1000, 100, 900",
    "1, 1, 1, 1, 0",
    "100, 500, 1000, 100, 500",
    "500, 100, 1000, 500, 100",
    "10, 10, 1000, 10, 10",
    "49, 52, 100, 49, 51",
    "3, 1, 2, 2, 0",
    "60, 60, 64, 32, 32",
    "40, 30, 30, 18, 12",
    "100, 60, 120, 75, 45",
  })
  void sharesTheBudgetAsTheReferenceDoes(int s, int t, int budget, int keptS, int keptT) {
    assertThat(LengthFit.fit(s, t, budget)).isEqualTo(new LengthFit(keptS, keptT));
  }

  @Test
  void shrinksBothAtTheBordersOfHalfTheBudget() {
    // Exactly half is not below half: 50 of 100 goes to the proportional rule.
    assertThat(LengthFit.fit(50, 50, 100)).isEqualTo(new LengthFit(50, 50));
    assertThat(LengthFit.fit(150, 50, 100)).isEqualTo(new LengthFit(75, 25));
    assertThat(LengthFit.fit(150, 49, 100)).isEqualTo(new LengthFit(51, 49));
    assertThat(LengthFit.fit(49, 150, 100)).isEqualTo(new LengthFit(49, 51));
  }

  @Test
  void truncatesTheQuotientNotTheProduct() {
    // 7 * (3 / 7.0) is 3 only when the quotient is taken first and the product is exact.
    assertThat(LengthFit.fit(4, 3, 7)).isEqualTo(new LengthFit(4, 3));
    // 49 * (1 / 49.0) is 0.9999999999999999.
    assertThat(LengthFit.fit(48, 1, 49).target()).isEqualTo(1);
    assertThat((int) (49 * (1 / 49.0))).isZero();
    assertThat(LengthFit.fit(26, 23, 46))
        .isEqualTo(new LengthFit(46 - (int) (46 * (23 / 49.0)), (int) (46 * (23 / 49.0))));
  }

  @Property(seed = "1")
  void neverExceedsTheBudgetNorTheTexts(
      @ForAll @IntRange(max = 5000) int s,
      @ForAll @IntRange(max = 5000) int t,
      @ForAll @IntRange(min = 1, max = 5000) int budget) {
    LengthFit fit = LengthFit.fit(s, t, budget);

    assertThat(fit.source()).isBetween(0, s);
    assertThat(fit.target()).isBetween(0, t);
    assertThat(fit.source() + fit.target()).isLessThanOrEqualTo(budget);
    if (s + t <= budget) {
      assertThat(fit).isEqualTo(new LengthFit(s, t));
    }
  }

  @Test
  void survivesLengthsNearTheLimitOfInt() {
    LengthFit fit = LengthFit.fit(Integer.MAX_VALUE, Integer.MAX_VALUE, 1000);

    assertThat(fit).isEqualTo(new LengthFit(500, 500));
  }
}

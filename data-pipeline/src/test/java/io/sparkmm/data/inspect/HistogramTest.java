package io.sparkmm.data.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.inspect.Histogram.Bin;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class HistogramTest {
  private static Histogram of(long... values) {
    Histogram histogram = new Histogram();
    Arrays.stream(values).forEach(histogram::add);
    return histogram;
  }

  @Test
  void countsEachNumberWhenThereAreFew() {
    assertThat(of(3, 1, 3, 5).bins(5))
        .containsExactly(
            new Bin(1, 1, 1),
            new Bin(2, 2, 0),
            new Bin(3, 3, 2),
            new Bin(4, 4, 0),
            new Bin(5, 5, 1));
    assertThat(of(3, 1, 3, 5).bins(3))
        .containsExactly(new Bin(0, 1, 1), new Bin(2, 3, 2), new Bin(4, 5, 1));
  }

  @Test
  void knowsExtremesMeanAndQuantiles() {
    Histogram histogram = of(10, 20, 30, 40);
    assertThat(histogram.min()).isEqualTo(10);
    assertThat(histogram.max()).isEqualTo(40);
    assertThat(histogram.mean()).isEqualTo(25);
    assertThat(histogram.quantile(0.5)).isEqualTo(20);
    assertThat(histogram.quantile(0.51)).isEqualTo(30);
    assertThat(histogram.quantile(1)).isEqualTo(40);
    assertThat(histogram.quantile(0)).isEqualTo(10);
  }

  @Test
  void isEmptyWithoutNumbers() {
    Histogram histogram = of();
    assertThat(histogram.bins(4)).isEmpty();
    assertThat(histogram.min()).isZero();
    assertThat(histogram.max()).isZero();
    assertThat(histogram.mean()).isZero();
    assertThat(histogram.quantile(0.5)).isZero();
  }

  @Test
  void putsTheFewFarNumbersIntoOneRange() {
    Histogram histogram = new Histogram();
    for (int i = 0; i < 1000; i++) {
      histogram.add(100 + i % 8);
    }
    histogram.add(5000);
    histogram.add(1_000_000);
    List<Bin> bins = histogram.bins(10);
    assertThat(bins.get(bins.size() - 1).to()).isEqualTo(1_000_000);
    assertThat(bins.get(bins.size() - 1).count()).isBetween(2L, 1000L);
    assertThat(bins.stream().mapToLong(Bin::count).sum()).isEqualTo(1002);
  }

  @Test
  void refusesNegativeNumbers() {
    assertThatThrownBy(() -> of(-1)).hasMessage("Cannot count -1: it is negative");
  }

  @Property(seed = "1", tries = 200)
  void everyNumberIsInExactlyOneRange(
      @ForAll @Size(min = 1, max = 60) List<@LongRange(min = 0, max = 40_000_000) Long> values,
      @ForAll @IntRange(min = 2, max = 40) int most) {
    Histogram histogram = new Histogram();
    values.forEach(histogram::add);
    List<Bin> bins = histogram.bins(most);
    assertThat(bins).hasSizeBetween(1, most);
    for (int i = 0; i < bins.size(); i++) {
      Bin bin = bins.get(i);
      assertThat(bin.count())
          .isEqualTo(values.stream().filter(v -> v >= bin.from() && v <= bin.to()).count());
      assertThat(i == 0 ? bin.from() : bins.get(i - 1).to() + 1).isEqualTo(bin.from());
    }
    assertThat(bins.stream().mapToLong(Bin::count).sum()).isEqualTo(values.size());
  }

  @Property(seed = "1", tries = 100)
  void quantilesAreExactForSmallNumbers(
      @ForAll @Size(min = 1, max = 60) List<@LongRange(min = 0, max = 8000) Long> values) {
    Histogram histogram = new Histogram();
    values.forEach(histogram::add);
    List<Long> sorted = values.stream().sorted().toList();
    assertThat(histogram.quantile(0.5)).isEqualTo(sorted.get((sorted.size() + 1) / 2 - 1));
  }
}

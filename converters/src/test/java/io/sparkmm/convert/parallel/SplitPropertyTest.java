package io.sparkmm.convert.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.convert.view.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class SplitPropertyTest {

  private static Path folder;
  private static Numbered numbers;

  record Case(TensorSplit split, long rows, long cols, int size) {}

  @BeforeContainer
  static void writeNumbers() throws IOException {
    folder = Files.createTempDirectory("splits");
    numbers = Numbered.in(folder);
  }

  @AfterContainer
  static void removeNumbers() throws IOException {
    Files.delete(folder.resolve("numbers"));
    Files.delete(folder);
  }

  @Property(seed = "1", tries = 300)
  void mergingTheSlicesGivesTheWhole(@ForAll("cases") Case given) {
    TensorView whole = numbers.tensor(given.rows(), given.cols());
    List<TensorView> slices = new ArrayList<>();
    for (int rank = 0; rank < given.size(); rank++) {
      slices.add(given.split().slice("key", whole, rank, given.size()));
    }

    TensorView merged = given.split().merge("key", slices);

    assertThat(merged.shape()).isEqualTo(whole.shape());
    assertThat(Numbered.values(merged)).isEqualTo(Numbered.values(whole));
  }

  @Property(seed = "1", tries = 300)
  void everyElementIsOnExactlyOneRankUnlessCopied(@ForAll("cases") Case given) {
    TensorView whole = numbers.tensor(given.rows(), given.cols());
    List<Long> all = new ArrayList<>();
    int size = given.split().equals(TensorSplit.WHOLE) ? 1 : given.size();
    for (int rank = 0; rank < size; rank++) {
      all.addAll(Numbered.values(given.split().slice("key", whole, rank, size)));
    }

    assertThat(all).containsExactlyInAnyOrderElementsOf(Numbered.values(whole));
  }

  @Provide
  Arbitrary<Case> cases() {
    Arbitrary<Integer> small = Arbitraries.integers().between(1, 6);
    return Combinators.combine(Arbitraries.integers().between(0, 6), small, small, small)
        .as(
            (kind, a, b, size) ->
                switch (kind) {
                  case 0 -> new Case(TensorSplit.WHOLE, a, b, size);
                  case 1 -> new Case(TensorSplit.ROW, (long) a * size, b, size);
                  case 2 -> new Case(TensorSplit.COL, a, (long) b * size, size);
                  case 3 -> new Case(TensorSplit.GLU, 2L * a * size, b, size);
                  case 4 -> new Case(TensorSplit.UNEVEN_ROW, a, b, size);
                  case 5 -> new Case(TensorSplit.unevenQkvRow(a), 6L * a, b, size);
                  default -> new Case(TensorSplit.unevenCol(b), a, 3L * b, size);
                });
  }
}

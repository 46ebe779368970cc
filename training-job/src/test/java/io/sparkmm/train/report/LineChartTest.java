package io.sparkmm.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineChartTest {
  @Test
  void drawsAsManyPointsAsGivenAndLeavesOutWhatIsNotFinite() {
    List<LineChart.Point> points = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      points.add(new LineChart.Point(i, i == 5 ? Double.NaN : 1.0 / i));
    }

    String svg = new LineChart("loss", points, true).svg();

    String line = svg.substring(svg.indexOf("points=\"") + 8, svg.indexOf("\"/></svg>"));
    assertThat(line.trim().split(" ", -1)).hasSize(9);
    assertThat(svg).doesNotContain("NaN").contains("aria-label=\"loss\"");
  }

  @Test
  void saysSoWhenThereIsNothingToDraw() {
    assertThat(new LineChart("loss", List.of(), false).svg()).contains("loss: not enough points");
  }

  @Test
  void drawsSeriesOnCommonAxes() {
    String svg =
        new LineChart(
                "loss",
                false,
                List.of(
                    new LineChart.Series(
                        "a", List.of(new LineChart.Point(1, 4), new LineChart.Point(2, 3))),
                    new LineChart.Series(
                        "b", List.of(new LineChart.Point(1, 3), new LineChart.Point(2, 5)))))
            .svg();

    assertThat(svg).contains("class=\"line s0\" points=\"62.0,111.0 546.0,210.0 \"");
    assertThat(svg).contains("class=\"line s1\" points=\"62.0,210.0 546.0,12.0 \"");
  }

  @Test
  void aLongCurveKeepsItsMeanInBoundedMemory() {
    Curve curve = new Curve();
    for (int i = 1; i <= 100_000; i++) {
      curve.add(i, i % 2);
    }
    assertThat(curve.points()).hasSizeLessThanOrEqualTo(2000);
    assertThat(curve.points().get(0).y()).isEqualTo(0.5);

    curve.rewind(50_000);
    curve.add(50_001, 7);

    List<LineChart.Point> points = curve.points();
    assertThat(points.get(points.size() - 2).x()).isLessThanOrEqualTo(50_000);
    assertThat(points.get(points.size() - 1)).isEqualTo(new LineChart.Point(50_001, 7));
  }
}

package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SceneTest {
  private static final double CELL = 28;

  private static List<Scene> scenes(int count) {
    SceneSource source = new SceneSource(7, SceneSource.Split.TRAIN);
    return IntStream.range(0, count).mapToObj(source::scene).toList();
  }

  @Property(seed = "1", tries = 300)
  void everyObjectStaysInACellOfItsOwn(@ForAll long seed, @ForAll @IntRange(max = 1000) int index) {
    Scene scene = new SceneSource(seed, SceneSource.Split.TRAIN).scene(index);
    Set<Integer> cells = new HashSet<>();
    Set<String> kinds = new HashSet<>();
    for (SceneObject object : scene.objects()) {
      assertThat(cells.add(object.cell())).isTrue();
      assertThat(kinds.add(object.phrase())).isTrue();
      double left = object.cell() % 2 * CELL;
      double top = object.cell() / 2 * CELL;
      double[] box = CocoInstances.box(object.outline());
      assertThat(box[0]).isBetween(left, left + CELL);
      assertThat(box[1]).isBetween(top, top + CELL);
      assertThat(box[0] + box[2]).isBetween(left, left + CELL);
      assertThat(box[1] + box[3]).isBetween(top, top + CELL);
    }
    assertThat(scene.objects()).hasSizeBetween(1, 3);
    assertThat(scene.background()).isBetween(200, 250);
    assertThat(scene.noise()).isBetween(0.0, 6.0);
  }

  @Test
  void objectsComeInReadingOrder() {
    for (Scene scene : scenes(300)) {
      for (int i = 1; i < scene.objects().size(); i++) {
        SceneObject before = scene.objects().get(i - 1);
        SceneObject after = scene.objects().get(i);
        int rows = Integer.compare(before.cell() / 2, after.cell() / 2);
        assertThat(rows < 0 || (rows == 0 && before.centerX() < after.centerX())).isTrue();
      }
    }
  }

  @Test
  void numbersOfObjectsAreEquallyFrequent() {
    int[] counts = new int[4];
    scenes(6000).forEach(scene -> counts[scene.objects().size()]++);
    assertThat(counts[1]).isBetween(1850, 2150);
    assertThat(counts[2]).isBetween(1850, 2150);
    assertThat(counts[3]).isBetween(1850, 2150);
  }

  @Test
  void repeatedShapesAreFrequentEnoughToBeCounted() {
    long withPair =
        scenes(6000).stream()
            .filter(scene -> scene.objects().size() > 1)
            .filter(
                scene ->
                    List.of(ObjectShape.values()).stream()
                        .anyMatch(shape -> scene.withShape(shape).size() > 1))
            .count();
    // 0.35 + 0.65 / 4 of two objects, more of three; never less than a third of 4000.
    assertThat(withPair).isBetween(2000L, 3200L);
  }

  @Test
  void captionsUseTheArticleThatFits() {
    String text = String.join(" ", scenes(400).stream().map(Scene::caption).toList());
    assertThat(text).contains("an orange ").doesNotContain("a orange").doesNotContain("an red");
  }

  @Test
  void splitsAreDifferentScenes() {
    SceneSource train = new SceneSource(7, SceneSource.Split.TRAIN);
    SceneSource heldOut = new SceneSource(7, SceneSource.Split.HELDOUT);
    long equal =
        IntStream.range(0, 200)
            .filter(index -> train.scene(index).equals(heldOut.scene(index)))
            .count();
    assertThat(equal).isZero();
  }

  @Test
  void areasOfOutlinesAreThoseOfTheShapes() {
    assertThat(CocoInstances.area(ObjectShape.SQUARE.outline(5, 5, 2)))
        .isCloseTo(Math.PI * 4, within());
    assertThat(CocoInstances.area(ObjectShape.CIRCLE.outline(5, 5, 2)))
        .isBetween(Math.PI * 4 * 0.99, Math.PI * 4);
    assertThat(CocoInstances.area(ObjectShape.TRIANGLE.outline(5, 5, 2)))
        .isCloseTo(3 * Math.sqrt(3), within());
    assertThat(CocoInstances.box(ObjectShape.STAR.outline(0, 0, 1))[1]).isEqualTo(-1);
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.data.Offset.offset(1e-9);
  }
}

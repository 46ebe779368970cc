package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.geom.Area;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads a written annotation file as a stranger would, beside the pictures that it describes. */
class CocoConsistencyTest {
  private static final int PICTURES = 300;
  private static final SceneSource SOURCE = new SceneSource(9, SceneSource.Split.TRAIN);

  @TempDir static Path folder;
  private static JsonNode root;

  @BeforeAll
  static void write() throws IOException {
    Path file = folder.resolve("instances.json");
    CocoInstances.write(file, SOURCE, PICTURES);
    root = new ObjectMapper().readTree(file.toFile());
  }

  private static double[] numbers(JsonNode list) {
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = list.get(i).doubleValue();
    }
    return numbers;
  }

  private static double[] polygon(JsonNode annotation) {
    return numbers(annotation.get("segmentation").get(0));
  }

  private static Path2D path(double[] polygon) {
    Path2D path = new Path2D.Double();
    path.moveTo(polygon[0], polygon[1]);
    for (int i = 2; i < polygon.length; i += 2) {
      path.lineTo(polygon[i], polygon[i + 1]);
    }
    path.closePath();
    return path;
  }

  /** Area as the sum of the trapezoids below the edges. */
  private static double trapezoids(double[] polygon) {
    double sum = 0;
    for (int i = 0; i < polygon.length; i += 2) {
      int next = i + 2 == polygon.length ? 0 : i + 2;
      sum += (polygon[next] - polygon[i]) * (polygon[next + 1] + polygon[i + 1]) / 2;
    }
    return Math.abs(sum);
  }

  @Test
  void boxesLieInsideTheirPictures() {
    for (JsonNode annotation : root.get("annotations")) {
      double[] box = numbers(annotation.get("bbox"));
      assertThat(box).hasSize(4);
      assertThat(Math.min(box[0], box[1])).isGreaterThanOrEqualTo(0);
      assertThat(Math.min(box[2], box[3])).isGreaterThan(10);
      assertThat(Math.max(box[0] + box[2], box[1] + box[3])).isLessThanOrEqualTo(56);
    }
  }

  @Test
  void boxesAreThoseOfThePolygons() {
    for (JsonNode annotation : root.get("annotations")) {
      Rectangle2D bounds = path(polygon(annotation)).getBounds2D();
      double[] box = numbers(annotation.get("bbox"));
      double[] expected = {bounds.getX(), bounds.getY(), bounds.getWidth(), bounds.getHeight()};
      for (int i = 0; i < 4; i++) {
        assertThat(Math.abs(box[i] - expected[i])).isLessThan(0.016);
      }
    }
  }

  @Test
  void areasAreThoseOfThePolygonsToTheRoundingOfTheirCorners() {
    for (JsonNode annotation : root.get("annotations")) {
      double[] polygon = polygon(annotation);
      double area = annotation.get("area").doubleValue();
      assertThat(Math.abs(area - trapezoids(polygon))).isLessThan(0.5);
      assertThat(area).isGreaterThan(80);
    }
  }

  @Test
  void objectsOfAPictureDoNotOverlap() {
    Map<Integer, Area> covered = new HashMap<>();
    for (JsonNode annotation : root.get("annotations")) {
      Area shape = new Area(path(polygon(annotation)));
      Area others = covered.computeIfAbsent(annotation.get("image_id").intValue(), i -> new Area());
      Area common = new Area(others);
      common.intersect(shape);
      assertThat(common.isEmpty()).isTrue();
      others.add(shape);
    }
    assertThat(covered).hasSize(PICTURES);
  }

  @Test
  void numbersOfPicturesObjectsAndCategoriesAreUniqueAndKnown() {
    Set<Integer> images = new HashSet<>();
    Set<String> files = new HashSet<>();
    for (JsonNode image : root.get("images")) {
      assertThat(images.add(image.get("id").intValue())).isTrue();
      assertThat(files.add(image.get("file_name").textValue())).isTrue();
    }
    Set<Integer> categories = new TreeSet<>();
    for (JsonNode category : root.get("categories")) {
      assertThat(categories.add(category.get("id").intValue())).isTrue();
    }
    Set<Integer> ids = new HashSet<>();
    Set<Integer> used = new TreeSet<>();
    for (JsonNode annotation : root.get("annotations")) {
      assertThat(ids.add(annotation.get("id").intValue())).isTrue();
      assertThat(images).contains(annotation.get("image_id").intValue());
      used.add(annotation.get("category_id").intValue());
    }
    assertThat(used).isEqualTo(categories).hasSize(24);
  }

  @Test
  void theMiddleOfABoxIsOfTheCategorysColourInThePicture() throws IOException {
    Map<Integer, String> names = new HashMap<>();
    root.get("categories")
        .forEach(each -> names.put(each.get("id").intValue(), each.get("name").textValue()));
    Map<Integer, BufferedImage> pictures = new HashMap<>();
    for (JsonNode annotation : root.get("annotations")) {
      int image = annotation.get("image_id").intValue();
      if (!pictures.containsKey(image)) {
        pictures.put(image, ImageIO.read(new ByteArrayInputStream(SOURCE.png(image))));
      }
      double[] box = numbers(annotation.get("bbox"));
      int rgb =
          pictures.get(image).getRGB((int) (box[0] + box[2] / 2), (int) (box[1] + box[3] * 0.55));
      String colour = names.get(annotation.get("category_id").intValue()).split(" ", -1)[0];
      assertThat(nearest(rgb)).as("picture %s", image).isEqualTo(colour);
    }
  }

  private static String nearest(int rgb) {
    String nearest = "";
    int smallest = Integer.MAX_VALUE;
    for (ObjectColor color : ObjectColor.values()) {
      int red = (rgb >> 16 & 0xff) - color.channel(0);
      int green = (rgb >> 8 & 0xff) - color.channel(1);
      int blue = (rgb & 0xff) - color.channel(2);
      int distance = red * red + green * green + blue * blue;
      if (distance < smallest) {
        smallest = distance;
        nearest = color.word();
      }
    }
    return nearest;
  }
}

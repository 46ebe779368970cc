package io.sparkmm.data.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CocoInstancesTest {
  private static final int PICTURES = 40;

  @TempDir private Path folder;
  private final SceneSource source = new SceneSource(2, SceneSource.Split.TRAIN);
  private JsonNode root;

  @BeforeEach
  void write() throws IOException {
    Path file = folder.resolve("instances.json");
    CocoInstances.write(file, source, PICTURES);
    root = new ObjectMapper().readTree(file.toFile());
  }

  @Test
  void hasTheTopLevelKeysOfCoco() {
    assertThat(root.fieldNames())
        .toIterable()
        .containsExactly("info", "licenses", "images", "annotations", "categories");
  }

  @Test
  void imagesNameTheirFilesAndSizes() {
    assertThat(root.get("images")).hasSize(PICTURES);
    JsonNode image = root.get("images").get(7);
    assertThat(image.get("id").asInt()).isEqualTo(7);
    assertThat(image.get("file_name").asText()).isEqualTo("00000007.png");
    assertThat(image.get("width").asInt()).isEqualTo(56);
    assertThat(image.get("height").asInt()).isEqualTo(56);
  }

  @Test
  void categoriesAreTheColoursAndShapes() {
    Set<Integer> ids = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (JsonNode category : root.get("categories")) {
      ids.add(category.get("id").asInt());
      names.add(category.get("name").asText());
      assertThat(category.get("name").asText())
          .endsWith(" " + category.get("supercategory").asText());
    }
    assertThat(ids).hasSize(24).contains(1, 24);
    assertThat(names).hasSize(24).contains("red circle", "orange star");
  }

  @Test
  void annotationsDescribeTheObjectsOfTheScenes() {
    int at = 0;
    for (int index = 0; index < PICTURES; index++) {
      for (SceneObject object : source.scene(index).objects()) {
        JsonNode annotation = root.get("annotations").get(at++);
        assertThat(annotation.get("id").asInt()).isEqualTo(at);
        assertThat(annotation.get("image_id").asInt()).isEqualTo(index);
        assertThat(annotation.get("category_id").asInt())
            .isEqualTo(CocoInstances.category(object.color(), object.shape()));
        assertThat(annotation.get("iscrowd").asInt()).isZero();
      }
    }
    assertThat(root.get("annotations")).hasSize(at);
  }

  @Test
  void boxesAndAreasAreThoseOfThePolygons() {
    for (JsonNode annotation : root.get("annotations")) {
      assertThat(annotation.get("segmentation")).hasSize(1);
      JsonNode polygon = annotation.get("segmentation").get(0);
      double[] outline = new double[polygon.size()];
      for (int i = 0; i < outline.length; i++) {
        outline[i] = polygon.get(i).asDouble();
      }
      assertThat(outline.length % 2).isZero();
      assertThat(outline.length).isGreaterThanOrEqualTo(6);
      double[] box = CocoInstances.box(outline);
      for (int i = 0; i < 4; i++) {
        assertThat(Math.abs(annotation.get("bbox").get(i).asDouble() - box[i])).isLessThan(0.011);
      }
      assertThat(Math.abs(annotation.get("area").asDouble() - CocoInstances.area(outline)))
          .isLessThan(0.6);
      assertThat(annotation.get("area").asDouble()).isLessThanOrEqualTo(box[2] * box[3] + 0.3);
    }
  }

  @Test
  void areasOfKnownPolygons() {
    assertThat(CocoInstances.area(new double[] {0, 0, 4, 0, 4, 3, 0, 3})).isEqualTo(12);
    assertThat(CocoInstances.area(new double[] {0, 0, 0, 3, 4, 0})).isEqualTo(6);
    assertThat(CocoInstances.box(new double[] {3, 1, -2, 5, 0, 0})).containsExactly(-2, 0, 5, 5);
    assertThat(List.of(CocoInstances.category(ObjectColor.RED, ObjectShape.CIRCLE)))
        .containsExactly(1);
  }
}

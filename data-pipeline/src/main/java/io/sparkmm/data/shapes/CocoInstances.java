package io.sparkmm.data.shapes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the objects of a split as COCO {@code instances} annotations: boxes, areas and polygons in
 * pixels, one category for each colour and shape.
 */
final class CocoInstances {
  private CocoInstances() {}

  static void write(Path file, SceneSource source, int pictures) throws IOException {
    try (BufferedWriter writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        JsonGenerator json = new JsonFactory(new ObjectMapper()).createGenerator(writer)) {
      json.writeStartObject();
      json.writeObjectFieldStart("info");
      json.writeStringField("description", "SparkMM shapes");
      json.writeEndObject();
      json.writeArrayFieldStart("licenses");
      json.writeEndArray();
      writeImages(json, pictures);
      writeAnnotations(json, source, pictures);
      writeCategories(json);
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  /** Category number of a kind of object, from 1. */
  static int category(ObjectColor color, ObjectShape shape) {
    return color.ordinal() * ObjectShape.values().length + shape.ordinal() + 1;
  }

  private static void writeImages(JsonGenerator json, int pictures) throws IOException {
    json.writeArrayFieldStart("images");
    for (int index = 0; index < pictures; index++) {
      json.writeStartObject();
      json.writeNumberField("id", index);
      json.writeStringField("file_name", SceneSource.fileName(index));
      json.writeNumberField("width", Scene.SIZE);
      json.writeNumberField("height", Scene.SIZE);
      json.writeEndObject();
      json.writeRaw('\n');
    }
    json.writeEndArray();
  }

  private static void writeAnnotations(JsonGenerator json, SceneSource source, int pictures)
      throws IOException {
    json.writeArrayFieldStart("annotations");
    int id = 1;
    for (int index = 0; index < pictures; index++) {
      for (SceneObject object : source.scene(index).objects()) {
        writeAnnotation(json, id++, index, object);
      }
    }
    json.writeEndArray();
  }

  private static void writeAnnotation(JsonGenerator json, int id, int image, SceneObject object)
      throws IOException {
    double[] outline = object.outline();
    json.writeStartObject();
    json.writeNumberField("id", id);
    json.writeNumberField("image_id", image);
    json.writeNumberField("category_id", category(object.color(), object.shape()));
    json.writeArrayFieldStart("bbox");
    for (double value : box(outline)) {
      json.writeNumber(rounded(value));
    }
    json.writeEndArray();
    json.writeNumberField("area", rounded(area(outline)));
    json.writeNumberField("iscrowd", 0);
    json.writeArrayFieldStart("segmentation");
    json.writeStartArray();
    for (double value : outline) {
      json.writeNumber(rounded(value));
    }
    json.writeEndArray();
    json.writeEndArray();
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private static void writeCategories(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("categories");
    for (ObjectColor color : ObjectColor.values()) {
      for (ObjectShape shape : ObjectShape.values()) {
        json.writeStartObject();
        json.writeNumberField("id", category(color, shape));
        json.writeStringField("name", color.word() + " " + shape.word());
        json.writeStringField("supercategory", shape.word());
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  /** {@code x, y, width, height} of the smallest upright box around an outline. */
  static double[] box(double[] outline) {
    double left = outline[0];
    double top = outline[1];
    double right = left;
    double bottom = top;
    for (int i = 2; i < outline.length; i += 2) {
      left = Math.min(left, outline[i]);
      right = Math.max(right, outline[i]);
      top = Math.min(top, outline[i + 1]);
      bottom = Math.max(bottom, outline[i + 1]);
    }
    return new double[] {left, top, right - left, bottom - top};
  }

  /** Area of a polygon by the shoelace formula. */
  static double area(double[] outline) {
    double doubled = 0;
    for (int i = 0; i < outline.length; i += 2) {
      int next = (i + 2) % outline.length;
      doubled += outline[i] * outline[next + 1] - outline[next] * outline[i + 1];
    }
    return Math.abs(doubled) / 2;
  }

  private static double rounded(double value) {
    return StrictMath.rint(value * 100) / 100;
  }
}

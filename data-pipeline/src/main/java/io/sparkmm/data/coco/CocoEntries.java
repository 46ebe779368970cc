package io.sparkmm.data.coco;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.RejectReason;
import java.io.Serializable;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads entries of the lists of a COCO file.
 *
 * @param source name of the file, for rejects
 * @param categories names of the categories by their numbers
 */
public record CocoEntries(String source, Map<Long, String> categories) implements Serializable {
  public CocoEntries {
    Objects.requireNonNull(source, "source");
    categories = Map.copyOf(categories);
  }

  /**
   * An item and the picture it belongs to.
   *
   * @param pictureId number of the picture; that of the entry itself if it is bad
   * @param item the item
   */
  public record Entry(long pictureId, CocoItem item) {}

  /** An entry of {@code images}. */
  public Entry picture(long entry, JsonNode node) {
    OptionalLong id = whole(node, "id");
    String name = node.path("file_name").asText("");
    if (id.isEmpty() || !node.path("file_name").isTextual() || name.isEmpty()) {
      return bad(
          entry, RejectReason.COLUMN_INVALID, "a picture without id or file_name: " + shown(node));
    }
    CocoItem picture =
        new CocoItem.Picture(id.getAsLong(), name, size(node, "width"), size(node, "height"));
    return new Entry(id.getAsLong(), picture);
  }

  /** An entry of {@code annotations} of a captions file. */
  public Entry caption(long entry, JsonNode node) {
    OptionalLong picture = whole(node, "image_id");
    String text = node.path("caption").asText("").strip().replaceAll("\\s+", " ");
    if (picture.isEmpty() || !node.path("caption").isTextual() || text.isEmpty()) {
      return bad(
          entry,
          RejectReason.ANNOTATION_INVALID,
          "no image_id, or no text in caption: " + shown(node));
    }
    return new Entry(picture.getAsLong(), new CocoItem.Caption(text));
  }

  /** An entry of {@code annotations} of an instances file. */
  public Entry instance(long entry, JsonNode node) {
    OptionalLong picture = whole(node, "image_id");
    OptionalLong category = whole(node, "category_id");
    if (picture.isEmpty() || category.isEmpty()) {
      return bad(
          entry, RejectReason.ANNOTATION_INVALID, "no image_id or category_id: " + shown(node));
    }
    String label = categories.get(category.getAsLong());
    if (label == null) {
      return bad(
          entry,
          RejectReason.ANNOTATION_INVALID,
          "there is no category " + category.getAsLong() + ": " + shown(node));
    }
    Optional<CocoItem.Box> box = box(node.path("bbox"));
    if (box.isEmpty()) {
      return bad(
          entry,
          RejectReason.ANNOTATION_INVALID,
          "bbox is " + shown(node.path("bbox")) + ", not [x, y, width, height]");
    }
    boolean crowd = node.path("iscrowd").asInt(0) != 0;
    return new Entry(
        picture.getAsLong(), new CocoItem.Instance(category.getAsLong(), label, box.get(), crowd));
  }

  /** An entry that is no JSON. */
  public Entry bad(long entry, RejectReason reason, String detail) {
    return new Entry(entry, CocoItem.Bad.of(source, entry, reason, detail));
  }

  private static Optional<CocoItem.Box> box(JsonNode bbox) {
    if (!bbox.isArray() || bbox.size() != 4) {
      return Optional.empty();
    }
    double[] values = new double[4];
    for (int i = 0; i < values.length; i++) {
      values[i] = bbox.get(i).isNumber() ? bbox.get(i).doubleValue() : Double.NaN;
    }
    double right = values[0] + values[2];
    double bottom = values[1] + values[3];
    boolean usable = values[2] > 0 && values[3] > 0 && Double.isFinite(values[0] + values[1]);
    return usable && Double.isFinite(right + bottom)
        ? Optional.of(new CocoItem.Box(values[0], values[1], right, bottom))
        : Optional.empty();
  }

  private static OptionalLong whole(JsonNode node, String key) {
    JsonNode value = node.path(key);
    return value.isIntegralNumber() && value.canConvertToLong()
        ? OptionalLong.of(value.longValue())
        : OptionalLong.empty();
  }

  private static int size(JsonNode node, String key) {
    JsonNode value = node.path(key);
    return value.isIntegralNumber() && value.canConvertToInt() ? Math.max(0, value.intValue()) : 0;
  }

  private static String shown(JsonNode node) {
    if (node.isMissingNode()) {
      return "missing";
    }
    String json = node.toString();
    return json.length() <= 120 ? json : json.substring(0, 120) + "...";
  }
}

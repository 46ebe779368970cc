package io.sparkmm.data.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.source.Attributes.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Reads the media of a record: the paths of its pictures. A record that has videos or sounds is a
 * defect, since neither can be decoded; one whose column is merely named, and empty, is not.
 */
final class MediaColumns {
  private final Attributes attributes;
  private final String root;
  private final Predicate<String> fileExists;

  MediaColumns(SourceSettings settings, Predicate<String> fileExists) {
    this.attributes = settings.attributes();
    this.root = settings.mediaRoot();
    this.fileExists = fileExists;
  }

  List<ImageRef> images(JsonNode node) throws RecordDefect {
    refuse(node, Column.VIDEOS, RejectReason.VIDEOS_UNSUPPORTED);
    refuse(node, Column.AUDIOS, RejectReason.AUDIOS_UNSUPPORTED);
    Optional<String> column = attributes.column(Column.IMAGES);
    if (column.isEmpty()) {
      return List.of();
    }
    List<ImageRef> images = new ArrayList<>();
    for (String path : JsonFields.paths(node, column.get())) {
      MediaPaths.requireAllowed(root, path);
      images.add(new ImageRef(MediaPaths.resolve(root, path, fileExists)));
    }
    return images;
  }

  private void refuse(JsonNode node, Column column, RejectReason reason) throws RecordDefect {
    Optional<String> name = attributes.column(column);
    if (name.isPresent() && JsonFields.holdsSomething(node, name.get())) {
      throw new RecordDefect(reason, name.get() + " is " + JsonFields.show(node.get(name.get())));
    }
  }
}

package io.sparkmm.data.job;

import io.sparkmm.data.coco.CocoTexts;
import io.sparkmm.data.sample.DataException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What an import of COCO annotations is told.
 *
 * @param sources the annotation files and the pictures
 * @param texts what the conversations say
 * @param output the file to make; must not exist
 * @param partitions parts in which pictures are joined with their annotations; empty = as many as
 *     useful. Has no influence on the output
 */
public record ImportCocoSettings(
    Sources sources, CocoTexts texts, String output, OptionalInt partitions) {
  public ImportCocoSettings {
    Objects.requireNonNull(sources, "sources");
    Objects.requireNonNull(texts, "texts");
    Objects.requireNonNull(output, "output");
    Objects.requireNonNull(partitions, "partitions");
  }

  /**
   * What is read.
   *
   * @param captions the file with captions
   * @param instances the file with objects
   * @param mediaRoot folder below which pictures are looked for
   * @param imageFolder folder of the pictures below it; stored paths start with {@code ./} and it
   */
  public record Sources(
      Optional<String> captions, Optional<String> instances, String mediaRoot, String imageFolder) {
    public Sources {
      Objects.requireNonNull(captions, "captions");
      Objects.requireNonNull(instances, "instances");
      Objects.requireNonNull(mediaRoot, "mediaRoot");
      Objects.requireNonNull(imageFolder, "imageFolder");
      if (captions.isEmpty() && instances.isEmpty()) {
        throw new DataException(
            DataException.Kind.SETTING,
            "Cannot import COCO annotations: name a file with --captions, --instances or both");
      }
    }

    /** The annotation files. */
    List<String> files() {
      return Stream.concat(captions.stream(), instances.stream()).toList();
    }
  }
}

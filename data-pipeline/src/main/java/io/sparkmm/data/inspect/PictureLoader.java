package io.sparkmm.data.inspect;

import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.PictureThumbnail;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.shard.DataFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Base64;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Makes thumbnails of the pictures of samples. */
final class PictureLoader {
  private static final int SIDE = 256;
  private static final long MAX_BYTES = 256L << 20;

  private final Configuration configuration;

  PictureLoader(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * What can be shown of a picture.
   *
   * @param source a data URI, empty when the picture cannot be shown
   * @param problem what is wrong, empty when nothing is
   */
  record Thumbnail(Optional<String> source, Optional<String> problem) {}

  Thumbnail load(EncodedImage image) {
    try {
      byte[] file = image.bytes().isPresent() ? image.bytes().get() : read(image.path());
      PictureThumbnail thumbnail = PictureThumbnail.of(image.path(), file, SIDE);
      return new Thumbnail(
          Optional.of(
              "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(thumbnail.jpeg())),
          sizeProblem(image, thumbnail));
    } catch (FileNotFoundException e) {
      return missing("not found");
    } catch (ImageException e) {
      return missing(e.reason().description());
    } catch (IOException | IllegalArgumentException e) {
      return missing("cannot be read: " + e.getMessage());
    }
  }

  private static Optional<String> sizeProblem(EncodedImage image, PictureThumbnail thumbnail) {
    int width = thumbnail.header().width();
    int height = thumbnail.header().height();
    return width == image.width() && height == image.height()
        ? Optional.empty()
        : Optional.of("the file has changed, it is " + width + "\u00d7" + height + " now");
  }

  private static Thumbnail missing(String problem) {
    return new Thumbnail(Optional.empty(), Optional.of(problem));
  }

  private byte[] read(String picture) throws IOException {
    Path path = new Path(picture);
    long length = DataFiles.fileSystem(path, configuration).getFileStatus(path).getLen();
    if (length > MAX_BYTES) {
      throw new IOException("it has " + length + " bytes");
    }
    return DataFiles.readBytes(path, configuration);
  }
}

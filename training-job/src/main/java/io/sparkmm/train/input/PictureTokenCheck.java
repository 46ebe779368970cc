package io.sparkmm.train.input;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Makes sure that the tokens of each record have room for the features of its pictures. */
final class PictureTokenCheck {
  private final CollatorSettings settings;

  PictureTokenCheck(CollatorSettings settings) {
    this.settings = Objects.requireNonNull(settings, "settings");
  }

  /**
   * Checks a sample; of a packed row each record, of a pair both answers.
   *
   * @throws InputException of kind {@code INCONSISTENT} that names the record
   */
  void check(EncodedSample sample) {
    int[] ids = sample.inputIds();
    if (sample.segments().isEmpty()) {
      check(sample.id(), ids, sample.images());
      sample
          .rejected()
          .map(TokenRow::inputIds)
          .ifPresent(
              rejected -> check(sample.id() + " (rejected answer)", rejected, sample.images()));
      return;
    }
    int token = 0;
    int image = 0;
    for (PackedSegment segment : sample.segments()) {
      check(
          segment.id(),
          Arrays.copyOfRange(ids, token, token + segment.length()),
          sample.images().subList(image, image + segment.images()));
      token += segment.length();
      image += segment.images();
    }
  }

  private void check(String id, int[] ids, List<EncodedImage> images) {
    long wanted = 0;
    for (EncodedImage image : images) {
      wanted += image.patches() / (settings.mergeSize() * settings.mergeSize());
    }
    long found = 0;
    for (int token : ids) {
      found += token == settings.picture().image() ? 1 : 0;
    }
    if (wanted != found) {
      throw new InputException(
          InputException.Kind.INCONSISTENT,
          "Cannot use sample "
              + id
              + ": its "
              + images.size()
              + " pictures give "
              + wanted
              + " features, its tokens have room for "
              + found
              + " (token "
              + settings.picture().image()
              + "); prepare the data again with the present tokenizer and processor");
    }
  }
}

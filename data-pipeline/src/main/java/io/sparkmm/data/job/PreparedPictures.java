package io.sparkmm.data.job;

import io.sparkmm.data.image.RegulariseFilter;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardManifest;

/** What the manifest of a data set says about how its pictures become pixels. */
public final class PreparedPictures {
  private PreparedPictures() {}

  /**
   * The filter that was chosen when the data set was prepared; MindSpeed-MM's when it was prepared
   * before there was a choice.
   *
   * @throws DataException of kind {@code DATASET} if the manifest names an unknown one
   */
  public static RegulariseFilter filter(ShardManifest.Origin origin) {
    String text =
        origin
            .configuration()
            .getOrDefault(RecordedSettings.PICTURE_FILTER, RegulariseFilter.MINDSPEED_MM.text());
    return RegulariseFilter.of(text)
        .orElseThrow(
            () ->
                new DataException(
                    DataException.Kind.DATASET,
                    "Cannot use the data set: its "
                        + RecordedSettings.PICTURE_FILTER
                        + " is "
                        + text
                        + ", it has to be mindspeed-mm or llama-factory"));
  }
}

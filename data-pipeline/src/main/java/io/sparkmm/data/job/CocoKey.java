package io.sparkmm.data.job;

import io.sparkmm.data.coco.CocoEntries;
import io.sparkmm.data.coco.CocoItem;
import java.io.Serializable;
import java.util.Comparator;

/**
 * Orders the items of all COCO files: by picture, the picture itself before its captions and these
 * before its objects, and each of them as in its file.
 *
 * @param pictureId number of the picture
 * @param rank place of the item's kind
 * @param source number of the file
 * @param entry number of the entry in its list
 */
record CocoKey(long pictureId, int rank, int source, long entry)
    implements Serializable, Comparable<CocoKey> {
  private static final Comparator<CocoKey> ORDER =
      Comparator.comparingLong(CocoKey::pictureId)
          .thenComparingInt(CocoKey::rank)
          .thenComparingInt(CocoKey::source)
          .thenComparingLong(CocoKey::entry);

  static CocoKey of(CocoEntries.Entry entry, int source, long number) {
    CocoItem item = entry.item();
    int rank =
        item instanceof CocoItem.Bad
            ? 0
            : item instanceof CocoItem.Picture ? 1 : item instanceof CocoItem.Caption ? 2 : 3;
    return new CocoKey(entry.pictureId(), rank, source, number);
  }

  @Override
  public int compareTo(CocoKey other) {
    return ORDER.compare(this, other);
  }
}

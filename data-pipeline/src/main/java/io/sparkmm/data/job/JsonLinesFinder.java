package io.sparkmm.data.job;

import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Finds the lines of a JSON Lines file that are not blank, and the columns of their objects. */
final class JsonLinesFinder implements JsonIndexer.Finder {
  private static final int FIRST_BYTES = 1024;

  private final String file;
  private final int maxLineBytes;
  private final TreeSet<String> missing;
  private final JsonChunkStarts starts;
  private byte[] line = new byte[FIRST_BYTES];
  private int lineLength;
  private boolean lineTooLong;
  private boolean blank = true;
  private long lineStart;
  private long position;

  /**
   * A finder.
   *
   * @param position where the first byte that will come stands
   */
  JsonLinesFinder(String file, JsonIndex.Request request, long position) {
    this.file = file;
    this.missing = new TreeSet<>(request.columns());
    this.maxLineBytes = JsonRecordParser.DEFAULT_MAX_BYTES;
    this.starts = new JsonChunkStarts(request);
    this.position = position;
    this.lineStart = position;
  }

  @Override
  public void accept(byte[] bytes, int length) {
    int from = 0;
    for (int i = 0; i < length; i++) {
      byte value = bytes[i];
      if (value == '\n') {
        keep(bytes, from, i);
        endLine();
        from = i + 1;
        lineStart = position + from;
      } else if (blank) {
        blank = JsonIndexer.isBlank(value);
      }
    }
    keep(bytes, from, length);
    position += length;
  }

  @Override
  public void finish(long size) {
    endLine();
  }

  @Override
  public List<JsonChunk> chunks() {
    return starts.chunks(file, JsonChunk.Layout.LINES, position);
  }

  @Override
  public SortedSet<String> missingColumns() {
    return missing;
  }

  private void keep(byte[] bytes, int from, int to) {
    int more = to - from;
    if (missing.isEmpty() || lineTooLong) {
      return;
    }
    if (more > maxLineBytes - lineLength) {
      // It is rejected anyway, so that its columns do not count.
      lineTooLong = true;
      line = new byte[FIRST_BYTES];
      return;
    }
    if (lineLength + more > line.length) {
      int grown = Math.min(maxLineBytes, Math.max(lineLength + more, 2 * line.length));
      line = Arrays.copyOf(line, grown);
    }
    System.arraycopy(bytes, from, line, lineLength, more);
    lineLength += more;
  }

  private void endLine() {
    if (!blank) {
      starts.begin(lineStart);
      if (!missing.isEmpty() && !lineTooLong) {
        JsonRecordParser.columns(line, lineLength, missing::remove);
      }
    }
    blank = true;
    lineTooLong = false;
    lineLength = 0;
  }
}

package io.sparkmm.data.job;

import java.io.IOException;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Finds the elements of a file that is one JSON array, and the columns they have. */
final class JsonArrayFinder implements JsonIndexer.Finder, JsonScanner.Events {
  private static final int RECORD_DEPTH = 1;
  private static final int COLUMN_DEPTH = 2;

  private final String file;
  private final TreeSet<String> missing;
  private final JsonElements elements;
  private final JsonScanner scanner;
  private boolean object;

  /**
   * A finder.
   *
   * @param position where the opening bracket stands
   */
  JsonArrayFinder(String file, JsonIndex.Request request, long position) {
    this.file = file;
    this.missing = new TreeSet<>(request.columns());
    this.elements = new JsonElements(request);
    int depth = missing.isEmpty() ? RECORD_DEPTH : COLUMN_DEPTH;
    this.scanner = new JsonScanner(this, depth, position);
  }

  @Override
  public void accept(byte[] bytes, int length) throws IOException {
    try {
      scanner.scan(bytes, length);
    } catch (IOException e) {
      throw invalid(e.getMessage());
    }
  }

  @Override
  public void finish(long size) throws IOException {
    if (!elements.closed()) {
      throw invalid(elements.unfinished(size));
    }
  }

  @Override
  public List<JsonChunk> chunks() {
    return elements.chunks(file);
  }

  @Override
  public SortedSet<String> missingColumns() {
    return missing;
  }

  @Override
  public void begin(int depth, byte first, long position) throws IOException {
    if (depth == RECORD_DEPTH) {
      elements.begin(position);
      object = first == '{';
    } else if (depth == 0 && elements.closed()) {
      throw behind();
    }
  }

  @Override
  public void end(int depth, byte last, long end) throws IOException {
    if (depth == RECORD_DEPTH) {
      elements.end(end);
    } else if (depth == 0) {
      elements.close(last, end);
    }
  }

  @Override
  public void separator(int depth, byte character, long position) throws IOException {
    if (depth == RECORD_DEPTH) {
      elements.separator(character, position);
    } else if (depth == 0) {
      throw behind();
    } else if (character == ':' && object && !missing.isEmpty()) {
      scanner.text().map(JsonArrayFinder::unescaped).ifPresent(missing::remove);
    }
  }

  private static IOException behind() {
    return new IOException("there is more behind the end of the array");
  }

  private IOException invalid(String problem) {
    return new IOException(
        "it is no valid JSON array after " + elements.complete() + " records: " + problem);
  }

  /** A key as it is meant; one that cannot be read stays as it is, and its record is rejected. */
  static String unescaped(String key) {
    if (key.indexOf('\\') < 0) {
      return key;
    }
    try {
      return JsonRecordParser.text('"' + key + '"');
    } catch (IOException e) {
      return key;
    }
  }
}

package io.sparkmm.data.job;

import java.io.IOException;
import java.util.List;

/** Collects where the elements of one JSON array stand, and checks that commas separate them. */
final class JsonElements {
  private enum State {
    /** Behind the opening bracket. */
    OPENED,
    /** Inside an element. */
    INSIDE,
    /** Behind an element. */
    BEHIND,
    /** Behind a comma. */
    COMMA,
    /** Behind the closing bracket. */
    CLOSED
  }

  private final JsonChunkStarts starts;
  private State state = State.OPENED;
  private long lastStart;
  private long lastEnd;

  JsonElements(JsonIndex.Request request) {
    this.starts = new JsonChunkStarts(request);
  }

  /** Number of elements that have ended. */
  long complete() {
    return starts.records() - (state == State.INSIDE ? 1 : 0);
  }

  boolean closed() {
    return state == State.CLOSED;
  }

  void begin(long position) throws IOException {
    if (state == State.BEHIND) {
      throw new IOException("a comma is missing before byte " + position);
    }
    starts.begin(position);
    lastStart = position;
    state = State.INSIDE;
  }

  void end(long end) {
    lastEnd = end;
    state = State.BEHIND;
  }

  void separator(byte character, long position) throws IOException {
    if (character != ',' || state != State.BEHIND) {
      throw new IOException("there is an unexpected " + (char) character + " at byte " + position);
    }
    state = State.COMMA;
  }

  void close(byte bracket, long end) throws IOException {
    if (state == State.COMMA || bracket != ']') {
      throw new IOException("there is an unexpected " + (char) bracket + " at byte " + (end - 1));
    }
    state = State.CLOSED;
  }

  /** What is wrong when the file ends now. */
  String unfinished(long size) {
    return state == State.INSIDE
        ? "the file ends at byte "
            + size
            + " inside record "
            + complete()
            + ", which begins at"
            + " byte "
            + lastStart
        : "the array has no end";
  }

  /** The elements as chunks. */
  List<JsonChunk> chunks(String file) {
    return starts.chunks(file, JsonChunk.Layout.ARRAY, lastEnd);
  }
}

package io.sparkmm.data.job;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;

/**
 * Cuts a part of a file into the bytes of its records. A record that is too long is read past and
 * not kept.
 */
abstract class JsonPieces {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final byte[] NOTHING = new byte[0];

  private final InputStream in;
  private final int maxBytes;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final Queue<JsonPiece> ready = new ArrayDeque<>();
  private byte[] current = NOTHING;
  private long currentLength;
  private boolean ended;

  JsonPieces(InputStream in, int maxBytes) {
    this.in = in;
    this.maxBytes = maxBytes;
  }

  /** The elements of an array, from the first byte of one of them. */
  static JsonPieces elements(InputStream in, int maxBytes) {
    return new Elements(in, maxBytes);
  }

  /** The lines that are not blank, without their ends. */
  static JsonPieces lines(InputStream in, int maxBytes) {
    return new Lines(in, maxBytes);
  }

  /** The next record; empty at the end. */
  final Optional<JsonPiece> next() throws IOException {
    while (ready.isEmpty() && !ended) {
      int read = in.readNBytes(buffer, 0, buffer.length);
      ended = read < buffer.length;
      try {
        take(buffer, read);
        if (ended) {
          finish();
        }
      } catch (JsonScanner.Unbalanced e) {
        // The file is not what it was when its records were found: the rest of them is gone.
        ended = true;
      }
    }
    return Optional.ofNullable(ready.poll());
  }

  abstract void take(byte[] bytes, int length) throws IOException;

  /** The part has ended. */
  abstract void finish() throws IOException;

  /** Adds bytes to the current record. */
  final void append(byte[] bytes, int from, int to) {
    int more = to - from;
    if (currentLength + more > maxBytes) {
      // It cannot be used, so that only its length is of interest.
      current = NOTHING;
    } else {
      int length = (int) currentLength;
      if (length + more > current.length) {
        current = Arrays.copyOf(current, Math.min(maxBytes, Math.max(length + more, 2 * length)));
      }
      System.arraycopy(bytes, from, current, length, more);
    }
    currentLength += more;
  }

  /** Ends the current record. */
  final void endRecord() {
    boolean small = current.length <= BUFFER_BYTES;
    byte[] bytes = small ? Arrays.copyOf(current, (int) kept()) : current;
    ready.add(new JsonPiece(bytes, currentLength));
    if (!small) {
      current = NOTHING;
    }
    currentLength = 0;
  }

  /** Forgets the current record. */
  final void dropRecord() {
    currentLength = 0;
  }

  private long kept() {
    return currentLength > maxBytes ? 0 : currentLength;
  }

  private static final class Lines extends JsonPieces {
    private boolean blank = true;

    Lines(InputStream in, int maxBytes) {
      super(in, maxBytes);
    }

    @Override
    void take(byte[] bytes, int length) {
      int from = 0;
      for (int i = 0; i < length; i++) {
        if (bytes[i] == '\n') {
          append(bytes, from, i);
          finish();
          from = i + 1;
        } else if (blank) {
          blank = JsonIndexer.isBlank(bytes[i]);
        }
      }
      append(bytes, from, length);
    }

    @Override
    void finish() {
      if (blank) {
        dropRecord();
      } else {
        endRecord();
      }
      blank = true;
    }
  }

  private static final class Elements extends JsonPieces implements JsonScanner.Events {
    private final JsonScanner scanner = new JsonScanner(this, 0, 0);
    private byte[] bytes;
    private long base;
    private int from;
    private boolean inside;

    Elements(InputStream in, int maxBytes) {
      super(in, maxBytes);
    }

    @Override
    void take(byte[] piece, int length) throws IOException {
      bytes = piece;
      from = 0;
      scanner.scan(piece, length);
      if (inside) {
        append(piece, from, length);
      }
      base += length;
    }

    @Override
    void finish() throws IOException {
      from = 0;
      scanner.finish();
    }

    @Override
    public void begin(int depth, byte first, long position) {
      from = (int) (position - base);
      inside = true;
    }

    @Override
    public void end(int depth, byte last, long end) {
      append(bytes, from, (int) (end - base));
      inside = false;
      endRecord();
    }

    @Override
    public void separator(int depth, byte character, long position) {
      // The index has seen that these stand where they belong.
    }
  }
}

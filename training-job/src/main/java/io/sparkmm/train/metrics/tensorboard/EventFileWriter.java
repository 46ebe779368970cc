package io.sparkmm.train.metrics.tensorboard;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.function.DoubleSupplier;

/** Writes a TensorBoard event file: numbers by tag and step. An object belongs to one thread. */
public final class EventFileWriter implements AutoCloseable {
  private final Path file;
  private final DoubleSupplier wallSeconds;
  private final OutputStream out;

  /**
   * Creates a file.
   *
   * @param file a new file; TensorBoard finds it if its name contains {@code tfevents}, and reads
   *     the files of a folder in the order of their names
   * @param wallSeconds clock, in seconds since 1970
   * @throws UncheckedIOException if the file exists or cannot be created
   */
  public EventFileWriter(Path file, DoubleSupplier wallSeconds) {
    this.file = file;
    this.wallSeconds = wallSeconds;
    try {
      out =
          new BufferedOutputStream(
              Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot create event file " + file + ": " + e, e);
    }
    write(EventEncoder.fileVersion(wallSeconds.getAsDouble()));
  }

  /** Makes readers forget what earlier files of the folder say of this step and later ones. */
  public void purgeFrom(long step) {
    write(EventEncoder.sessionStart(wallSeconds.getAsDouble(), step));
  }

  /** Appends numbers of a step. */
  public void scalars(long step, Map<String, Double> values) {
    if (!values.isEmpty()) {
      write(EventEncoder.scalars(wallSeconds.getAsDouble(), step, values));
    }
  }

  /** Makes visible what was written. */
  public void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private void write(byte[] event) {
    ByteBuffer record = RecordFraming.frame(event);
    try {
      out.write(record.array(), 0, record.limit());
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private UncheckedIOException failure(IOException e) {
    return new UncheckedIOException("Cannot write to event file " + file + ": " + e, e);
  }
}

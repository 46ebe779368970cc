package io.sparkmm.train.metrics.tensorboard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

/**
 * A folder of event files that are one run to TensorBoard. A file is begun when there is something
 * to write, and a new one whenever the run begins again; that one withdraws what earlier files say
 * of the same steps.
 */
final class EventFolder implements AutoCloseable {
  private final Path folder;
  private final DoubleSupplier wallSeconds;
  private Optional<EventFileWriter> writer = Optional.empty();

  EventFolder(Path folder, DoubleSupplier wallSeconds) {
    this.folder = folder;
    this.wallSeconds = wallSeconds;
  }

  /** Appends numbers of a step. */
  void scalars(long step, Map<String, Double> values) {
    if (writer.isEmpty()) {
      writer = Optional.of(begin(step));
    }
    writer.get().scalars(step, values);
  }

  void flush() {
    writer.ifPresent(EventFileWriter::flush);
  }

  /** Ends the file; the next number begins another one. */
  @Override
  public void close() {
    writer.ifPresent(EventFileWriter::close);
    writer = Optional.empty();
  }

  private EventFileWriter begin(long step) {
    try {
      Files.createDirectories(folder);
      boolean first;
      try (Stream<Path> files = Files.list(folder)) {
        first = files.noneMatch(file -> file.getFileName().toString().contains("tfevents"));
      }
      EventFileWriter file = new EventFileWriter(newFile(), wallSeconds);
      if (!first) {
        file.purgeFrom(step);
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write event files to " + folder + ": " + e, e);
    }
  }

  /** Names sort by time: seconds first, then a counter of files of the same second. */
  private Path newFile() {
    String prefix =
        String.format(Locale.ROOT, "events.out.tfevents.%010d.", (long) wallSeconds.getAsDouble());
    String suffix = "." + host() + "." + ProcessHandle.current().pid();
    for (int count = 0; ; count++) {
      Path file = folder.resolve(prefix + String.format(Locale.ROOT, "%03d", count) + suffix);
      if (!Files.exists(file)) {
        return file;
      }
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}

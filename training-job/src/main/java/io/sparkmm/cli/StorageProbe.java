package io.sparkmm.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Folders that must be writable, and how fast the disk takes bytes.
 *
 * @param folders what a folder is for, to the folder
 * @param speedFolder the folder whose disk is measured
 * @param speedBytes bytes to write for the measurement
 */
record StorageProbe(Map<String, Path> folders, Path speedFolder, int speedBytes) implements Probe {

  private static final String TOPIC = "storage";
  private static final long ENOUGH_SPACE = 2L << 30;
  private static final int CHUNK = 1 << 20;

  @Override
  public List<Finding> look() {
    List<Finding> findings = new ArrayList<>();
    folders.forEach((purpose, folder) -> findings.add(writable(purpose, folder)));
    findings.add(space());
    findings.add(speed());
    return findings;
  }

  private static Finding writable(String purpose, Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, "probe", ".tmp"));
      return Finding.ok(TOPIC, purpose, folder + " (writable)");
    } catch (IOException | SecurityException e) {
      return Finding.missing(
          TOPIC,
          purpose,
          folder + " (" + Probe.describe(e) + ")",
          "make it writable or name another folder");
    }
  }

  private Finding space() {
    try {
      long free = Files.getFileStore(speedFolder).getUsableSpace();
      String value = Sizes.text(free) + " in " + speedFolder;
      return free >= ENOUGH_SPACE
          ? Finding.ok(TOPIC, "free space", value)
          : Finding.warning(TOPIC, "free space", value, "native libraries and shuffles want 2 GiB");
    } catch (IOException e) {
      return Finding.warning(TOPIC, "free space", Probe.describe(e), "");
    }
  }

  private Finding speed() {
    try {
      Path file = Files.createTempFile(speedFolder, "speed", ".tmp");
      try {
        long nanos = write(file);
        double rate = speedBytes / 1e6 / (nanos / 1e9);
        return Finding.ok(
            TOPIC,
            "write speed",
            String.format(
                Locale.ROOT,
                "%.0f MB/s (%s with fsync, %s)",
                rate,
                Sizes.text(speedBytes),
                speedFolder));
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      return Finding.warning(
          TOPIC, "write speed", Probe.describe(e), "spark.local.dir must name a writable folder");
    }
  }

  private long write(Path file) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
    for (int i = 0; i < CHUNK; i++) {
      // Not all zero: some file systems store zeros for free.
      chunk.put(i, (byte) (i * 31));
    }
    long begin = System.nanoTime();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long left = speedBytes;
      while (left > 0) {
        chunk.clear().limit((int) Math.min(CHUNK, left));
        left -= channel.write(chunk);
      }
      channel.force(true);
    }
    return System.nanoTime() - begin;
  }
}

package io.sparkmm.convert.execute;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.plan.AssetCopy;
import io.sparkmm.convert.plan.ConversionPlan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;

/**
 * What a file that is read looked like.
 *
 * @param file the file
 * @param size bytes
 * @param modified time of the last change
 * @param fingerprint SHA-256 of the size and of samples spread over the file
 */
record SourceState(Path file, long size, FileTime modified, String fingerprint) {

  private static final int SAMPLES = 16;
  private static final int SAMPLE_BYTES = 64 << 10;

  /** The states of all files with weights, in the order of their names. */
  static List<SourceState> ofSources(ConversionPlan plan) {
    return of(plan.sources());
  }

  /** The states of all files that are taken over, in the order of their names. */
  static List<SourceState> ofAssets(ConversionPlan plan) {
    return of(plan.assets().stream().map(AssetCopy::source).toList());
  }

  private static List<SourceState> of(List<Path> files) {
    List<SourceState> states = new ArrayList<>();
    for (Path file : new TreeSet<>(files)) {
      try {
        FileTime modified = Files.getLastModifiedTime(file);
        states.add(new SourceState(file, Files.size(file), modified, sample(file)));
      } catch (IOException e) {
        throw Disk.failure("read", file, e);
      }
    }
    return states;
  }

  private static String sample(Path file) throws IOException {
    MessageDigest digest = sha256();
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, size));
      ByteBuffer sample = ByteBuffer.allocate(SAMPLE_BYTES);
      long step = Math.max(SAMPLE_BYTES, (size - SAMPLE_BYTES) / (SAMPLES - 1));
      for (long at = 0; at < size; at += step) {
        sample.clear();
        long position = at;
        while (sample.hasRemaining()) {
          int count = channel.read(sample, position);
          if (count < 0) {
            break;
          }
          position += count;
        }
        digest.update(sample.flip());
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Cannot compute SHA-256: every Java platform has it", e);
    }
  }

  /**
   * Refuses files that changed since.
   *
   * @throws ConvertException of kind DATA that lists them
   */
  static void checkUnchanged(List<SourceState> states) {
    List<String> changed = new ArrayList<>();
    for (SourceState state : states) {
      try {
        if (Files.size(state.file()) != state.size()
            || !Files.getLastModifiedTime(state.file()).equals(state.modified())) {
          changed.add(
              "Cannot convert "
                  + state.file()
                  + ": it changed while it was read; run again when nobody writes to it");
        }
      } catch (IOException e) {
        changed.add(Disk.failure("read", state.file(), e).getMessage());
      }
    }
    if (!changed.isEmpty()) {
      throw ConvertException.data(changed);
    }
  }
}

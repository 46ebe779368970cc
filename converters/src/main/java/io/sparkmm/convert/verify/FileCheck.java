package io.sparkmm.convert.verify;

import io.sparkmm.convert.manifest.ConversionManifest;
import io.sparkmm.convert.manifest.Crc32;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32;

/** Compares one file with its entry in the manifest, reading it once. */
final class FileCheck {

  private static final int BUFFER_BYTES = 4 << 20;

  private final Path folder;
  private final ConversionManifest.File expected;
  private final List<String> problems;

  /**
   * @param problems takes what is found
   */
  FileCheck(Path folder, ConversionManifest.File expected, List<String> problems) {
    this.folder = folder;
    this.expected = expected;
    this.problems = problems;
  }

  void run() {
    Path file = folder.resolve(expected.path()).normalize();
    if (!file.startsWith(folder.normalize()) || Path.of(expected.path()).isAbsolute()) {
      problems.add(expected.path() + " lies outside of the folder");
      return;
    }
    if (!Files.isRegularFile(file)) {
      problems.add(expected.path() + " is missing");
      return;
    }
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() != expected.size()) {
        problems.add(
            expected.path()
                + " has "
                + channel.size()
                + " bytes, the manifest says "
                + expected.size());
        return;
      }
      compare(channel);
    } catch (IOException e) {
      problems.add("Cannot read " + file + ": " + e.getMessage());
    }
  }

  private void compare(FileChannel channel) throws IOException {
    List<ConversionManifest.Tensor> tensors = new ArrayList<>(expected.tensors());
    tensors.sort(Comparator.comparingLong(ConversionManifest.Tensor::offset));
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    long whole = 0;
    long at = 0;
    boolean found = false;
    for (ConversionManifest.Tensor tensor : tensors) {
      long end = tensor.offset() + tensor.byteSize();
      if (tensor.offset() < at || end > expected.size()) {
        problems.add(
            expected.path() + ": the manifest places tensor " + tensor.name() + " wrongly");
        return;
      }
      long between = sum(channel, at, tensor.offset(), buffer);
      whole = Crc32.combine(whole, between, tensor.offset() - at);
      long actual = sum(channel, tensor.offset(), end, buffer);
      whole = Crc32.combine(whole, actual, tensor.byteSize());
      if (actual != tensor.crc32()) {
        found = true;
        problems.add(
            expected.path()
                + ": tensor "
                + tensor.name()
                + " is damaged, its checksum is "
                + Crc32.text(actual)
                + " and not "
                + Crc32.text(tensor.crc32()));
      }
      at = end;
    }
    whole = Crc32.combine(whole, sum(channel, at, expected.size(), buffer), expected.size() - at);
    if (whole != expected.crc32() && !found) {
      problems.add(
          expected.path()
              + " is damaged"
              + (tensors.isEmpty() ? "" : " outside of its tensors")
              + ", its checksum is "
              + Crc32.text(whole)
              + " and not "
              + Crc32.text(expected.crc32()));
    }
  }

  private static long sum(FileChannel channel, long from, long to, ByteBuffer buffer)
      throws IOException {
    CRC32 crc = new CRC32();
    long at = from;
    while (at < to) {
      buffer.clear();
      buffer.limit((int) Math.min(buffer.capacity(), to - at));
      int count = channel.read(buffer, at);
      if (count < 0) {
        throw new EOFException("it became shorter");
      }
      crc.update(buffer.flip());
      at += count;
    }
    return crc.getValue();
  }
}

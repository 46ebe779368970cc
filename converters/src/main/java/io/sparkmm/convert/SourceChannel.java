package io.sparkmm.convert;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Opens files that are read. */
public final class SourceChannel {

  private SourceChannel() {}

  /**
   * A channel for reading. Pipes and devices are refused before they are opened, since opening one
   * may wait for ever.
   *
   * @throws IOException when the file cannot be read or is no regular file
   */
  public static FileChannel open(Path file) throws IOException {
    checkRegular(file);
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  /**
   * Checks what is to be read by other means. What does not exist and folders have failures of
   * their own.
   *
   * @throws IOException when the path leads to a pipe or a device
   */
  public static void checkRegular(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
      throw new IOException("it is no regular file");
    }
  }
}

package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/** Looks up pictures in the local file system. */
public final class FileImageProbe implements ImageProbe {
  private final Path base;

  /**
   * A probe.
   *
   * @param base folder that relative paths start from
   */
  public FileImageProbe(Path base) {
    this.base = Objects.requireNonNull(base, "base");
  }

  @Override
  public ImageHeader probe(String path) {
    Path file;
    try {
      file = base.resolve(path);
    } catch (InvalidPathException e) {
      throw new ImageException(RejectReason.IMAGE_MISSING, path, e);
    }
    if (!Files.isRegularFile(file)) {
      throw new ImageException(RejectReason.IMAGE_MISSING, path, "there is no such file");
    }
    return probe(path, file);
  }

  /**
   * Size and mode of a picture; opens the file once and asks nothing else about it.
   *
   * @param name path of the picture, for messages
   * @param file a regular file, when it was looked up; opening anything else may take forever
   * @throws ImageException if the picture is missing, no picture, damaged or not decodable
   */
  public static ImageHeader probe(String name, Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      return ImageHeader.check(name, new ChannelSource(channel, channel.size()));
    } catch (NoSuchFileException e) {
      throw new ImageException(RejectReason.IMAGE_MISSING, name, "there is no such file");
    } catch (IOException e) {
      throw new ImageException(RejectReason.IMAGE_UNREADABLE, name, e);
    }
  }

  private record ChannelSource(FileChannel channel, long size) implements ByteSource {
    @Override
    public byte[] read(long position, int length) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(length);
      while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {
        // Reads until the buffer is full or the file ends.
      }
      return Arrays.copyOf(buffer.array(), buffer.position());
    }
  }
}

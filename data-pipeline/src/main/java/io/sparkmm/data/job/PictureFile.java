package io.sparkmm.data.job;

import io.sparkmm.data.image.ByteSource;
import io.sparkmm.data.image.FileImageProbe;
import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.sample.RejectReason;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.ExecutionException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/** A file or folder that was looked up and has not been opened. */
sealed interface PictureFile {
  /** Whether it is a file; a folder, device or pipe is none. */
  boolean isFile();

  /**
   * Reads the header and checks the end of the file.
   *
   * @param name path as the record has it, for messages
   * @throws ImageException if it is no picture or damaged
   */
  ImageHeader probe(String name);

  /** In the local file system. */
  record Local(Path path, boolean isFile) implements PictureFile {
    /**
     * Looks a path up.
     *
     * @throws FileNotFoundException if there is nothing
     */
    static Local find(Path path) throws IOException {
      try {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new Local(path, attributes.isRegularFile());
      } catch (NoSuchFileException e) {
        throw new FileNotFoundException(e.getMessage());
      }
    }

    @Override
    public ImageHeader probe(String name) {
      return FileImageProbe.probe(name, path);
    }
  }

  /** In another file system. */
  record Remote(FileSystem fileSystem, FileStatus status) implements PictureFile {
    @Override
    public boolean isFile() {
      return status.isFile();
    }

    @Override
    public ImageHeader probe(String name) {
      // With the status an object store need not be asked for it again.
      try (FSDataInputStream stream =
          fileSystem.openFile(status.getPath()).withFileStatus(status).build().get()) {
        return ImageHeader.check(name, new StreamSource(stream, status.getLen()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ImageException(RejectReason.IMAGE_UNREADABLE, name, e);
      } catch (IOException | ExecutionException e) {
        throw new ImageException(RejectReason.IMAGE_UNREADABLE, name, e);
      }
    }
  }

  /** Bytes of an open stream. */
  record StreamSource(FSDataInputStream stream, long size) implements ByteSource {
    @Override
    public byte[] read(long position, int length) throws IOException {
      int available = (int) Math.max(0, Math.min(length, size - position));
      byte[] bytes = new byte[available];
      stream.readFully(position, bytes);
      return bytes;
    }
  }
}

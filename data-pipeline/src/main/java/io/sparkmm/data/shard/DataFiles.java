package io.sparkmm.data.shard;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;

/** Small operations on files of any Hadoop file system. */
public final class DataFiles {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int WRITE_BUFFER_BYTES = 1 << 16;

  private DataFiles() {}

  /** The file system of a path; for local files the one that adds no {@code .crc} files. */
  public static FileSystem fileSystem(Path path, Configuration configuration) throws IOException {
    FileSystem fileSystem = path.getFileSystem(configuration);
    return fileSystem instanceof LocalFileSystem local ? local.getRawFileSystem() : fileSystem;
  }

  /** The path with scheme and without {@code ..}, as messages and comparisons need it. */
  public static Path qualified(Path path, Configuration configuration) throws IOException {
    FileSystem fileSystem = fileSystem(path, configuration);
    return fileSystem.makeQualified(path);
  }

  /** Reads a whole text file as UTF-8. */
  public static String readText(Path file, Configuration configuration) throws IOException {
    return new String(readBytes(file, configuration), StandardCharsets.UTF_8);
  }

  /** Reads a whole file. */
  public static byte[] readBytes(Path file, Configuration configuration) throws IOException {
    FileSystem fileSystem = fileSystem(file, configuration);
    long length = fileSystem.getFileStatus(file).getLen();
    if (length > Integer.MAX_VALUE - 8) {
      throw new IOException(file + " has " + length + " bytes, too many to be read at once");
    }
    byte[] bytes = new byte[(int) length];
    try (FSDataInputStream stream = fileSystem.open(file)) {
      stream.readFully(0, bytes);
    }
    return bytes;
  }

  /** Writes a new UTF-8 text file; its folder is created when missing. */
  public static void writeText(Path file, String text, Configuration configuration)
      throws IOException {
    try (FSDataOutputStream stream = fileSystem(file, configuration).create(file, false)) {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Whether there is a file or folder. */
  public static boolean exists(Path path, Configuration configuration) throws IOException {
    try {
      fileSystem(path, configuration).getFileStatus(path);
      return true;
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  /**
   * Creates a file in a folder that has to exist: what somebody removed is not made again.
   *
   * @throws IOException if the folder is missing or the file exists
   */
  static FSDataOutputStream createInFolder(Path file, Configuration configuration)
      throws IOException {
    return createInFolder(file, false, configuration);
  }

  /**
   * Creates a file in a folder that has to exist.
   *
   * @param overwrite whether an existing file is replaced
   */
  static FSDataOutputStream createInFolder(
      Path file, boolean overwrite, Configuration configuration) throws IOException {
    FileSystem fileSystem = fileSystem(file, configuration);
    // The local file system of some releases makes the folder all the same.
    if (!exists(file.getParent(), configuration)) {
      throw new FileNotFoundException(file.getParent() + " is missing");
    }
    try {
      return fileSystem.createNonRecursive(
          file,
          overwrite,
          WRITE_BUFFER_BYTES,
          fileSystem.getDefaultReplication(file),
          fileSystem.getDefaultBlockSize(file),
          null);
    } catch (NoSuchFileException e) {
      throw missing(e);
    }
  }

  /** Writes a new UTF-8 text file into a folder that has to exist, and waits for the disk. */
  static void writeTextInFolder(Path file, String text, Configuration configuration)
      throws IOException {
    try (FSDataOutputStream stream = createInFolder(file, configuration)) {
      stream.write(text.getBytes(StandardCharsets.UTF_8));
      sync(stream);
    }
  }

  /** Waits until what was written is on the disk, where the file system knows such a thing. */
  static void sync(FSDataOutputStream stream) throws IOException {
    if (stream.hasCapability(StreamCapabilities.HSYNC)) {
      stream.hsync();
    } else {
      stream.flush();
    }
  }

  /**
   * CRC-32C of a file's first bytes.
   *
   * @param length how many bytes
   * @throws IOException if the file has fewer
   */
  public static long crc32c(Path file, long length, Configuration configuration)
      throws IOException {
    CRC32C crc = new CRC32C();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (FSDataInputStream stream = fileSystem(file, configuration).open(file)) {
      long left = length;
      while (left > 0) {
        int read = stream.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (read < 0) {
          throw new IOException(file + " has only " + (length - left) + " bytes");
        }
        crc.update(buffer, 0, read);
        left -= read;
      }
    }
    return crc.getValue();
  }

  /** Whether a file has this length and CRC-32C; no if it is missing. */
  static boolean agrees(Path file, long length, long crc32c, Configuration configuration)
      throws IOException {
    try {
      FileStatus status = fileSystem(file, configuration).getFileStatus(file);
      return status.getLen() == length && crc32c(file, length, configuration) == crc32c;
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  /** Removes a file or a folder with all that is in it, if it is there. */
  public static void delete(Path path, Configuration configuration) throws IOException {
    fileSystem(path, configuration).delete(path, true);
  }

  /**
   * Gives a file or folder its final name. Of several who do so at the same time one wins. On a
   * local file system that knows no hard links, two files that are renamed at the same instant can
   * replace each other; object stores have no such guarantee either.
   *
   * @throws FileAlreadyExistsException if there is something of this name
   * @throws FileNotFoundException if there is nothing to rename, or no folder to put it in
   */
  public static void renameToNew(Path from, Path to, Configuration configuration)
      throws IOException {
    Optional<java.nio.file.Path> source = local(from, configuration);
    Optional<java.nio.file.Path> target = local(to, configuration);
    if (source.isPresent() && target.isPresent()) {
      renameLocal(source.get(), target.get(), to);
    } else {
      rename(from, to, Options.Rename.NONE, configuration);
    }
  }

  /**
   * Gives a file its final name in one step; a file of this name is replaced.
   *
   * @throws FileNotFoundException if there is nothing to rename, or no folder to put it in
   */
  public static void replace(Path from, Path to, Configuration configuration) throws IOException {
    Optional<java.nio.file.Path> source = local(from, configuration);
    Optional<java.nio.file.Path> target = local(to, configuration);
    if (source.isPresent() && target.isPresent()) {
      try {
        Files.move(source.get(), target.get(), StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException e) {
        throw missing(e);
      }
    } else {
      rename(from, to, Options.Rename.OVERWRITE, configuration);
    }
  }

  private static void rename(Path from, Path to, Options.Rename option, Configuration configuration)
      throws IOException {
    Path source = qualified(from, configuration);
    Path target = qualified(to, configuration);
    FileContext.getFileContext(source.toUri(), configuration).rename(source, target, option);
  }

  /** Hadoop's own local rename copies when it fails, which would mix two folders. */
  private static void renameLocal(java.nio.file.Path source, java.nio.file.Path target, Path to)
      throws IOException {
    try {
      if (Files.isDirectory(source)) {
        if (Files.exists(target)) {
          throw new FileAlreadyExistsException(to + " exists already");
        }
        // If one appears right now: it fails unless that is an empty folder.
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
      } else {
        moveFile(source, target);
      }
    } catch (NoSuchFileException e) {
      throw missing(e);
    } catch (IOException e) {
      if (Files.exists(target)) {
        throw new FileAlreadyExistsException(to + " exists already");
      }
      throw e;
    }
  }

  private static void moveFile(java.nio.file.Path source, java.nio.file.Path target)
      throws IOException {
    try {
      Files.createLink(target, source);
      Files.delete(source);
    } catch (NoSuchFileException | java.nio.file.FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException | UnsupportedOperationException e) {
      Files.move(source, target);
    }
  }

  private static FileNotFoundException missing(NoSuchFileException cause) {
    FileNotFoundException missing = new FileNotFoundException(cause.getMessage() + " is missing");
    missing.initCause(cause);
    return missing;
  }

  /** The path as the JDK knows it, if it is on the local file system. */
  private static Optional<java.nio.file.Path> local(Path path, Configuration configuration)
      throws IOException {
    Path qualified = qualified(path, configuration);
    return "file".equals(qualified.toUri().getScheme())
        ? Optional.of(java.nio.file.Path.of(qualified.toUri().getPath()))
        : Optional.empty();
  }
}

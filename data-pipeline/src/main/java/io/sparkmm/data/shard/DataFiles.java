package io.sparkmm.data.shard;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;

/** Small operations on files of any Hadoop file system. */
public final class DataFiles {
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
   * Gives a file or folder its final name.
   *
   * @throws org.apache.hadoop.fs.FileAlreadyExistsException if there is something of this name
   */
  public static void renameToNew(Path from, Path to, Configuration configuration)
      throws IOException {
    Path source = qualified(from, configuration);
    Path target = qualified(to, configuration);
    FileContext.getFileContext(source.toUri(), configuration)
        .rename(source, target, Options.Rename.NONE);
  }
}

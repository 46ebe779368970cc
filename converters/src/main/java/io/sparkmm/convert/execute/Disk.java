package io.sparkmm.convert.execute;

import io.sparkmm.convert.ConvertException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Operations on files and folders that the steps of an execution share. */
final class Disk {

  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwxr-x---");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r-----");

  private Disk() {}

  /** Wraps what the operating system refused. */
  static ConvertException failure(String verb, Path path, IOException e) {
    return ConvertException.data("Cannot " + verb + " " + path + ": " + reason(e), e);
  }

  static String reason(IOException e) {
    String text = e instanceof FileSystemException system ? system.getReason() : e.getMessage();
    if (text != null) {
      return text;
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    return e instanceof NoSuchFileException ? "no such file" : e.getClass().getSimpleName();
  }

  /** Makes renames and new files in a folder survive a power cut, where folders can be opened. */
  static void force(Path folder) throws IOException {
    if (hasPosix(folder)) {
      try (FileChannel channel = FileChannel.open(folder)) {
        channel.force(true);
      }
    }
  }

  /** Makes all names below a folder survive a power cut. */
  static void forceAll(Path folder) throws IOException {
    for (Path path : below(folder)) {
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        force(path);
      }
    }
  }

  /** Gives a folder 0750, or a file 0640, where the system has such permissions. */
  static void permit(Path path) throws IOException {
    if (hasPosix(path)) {
      Files.setPosixFilePermissions(path, Files.isDirectory(path) ? FOLDER : FILE);
    }
  }

  /** {@link #permit} for a folder and everything in it. */
  static void permitAll(Path folder) throws IOException {
    for (Path path : below(folder)) {
      if (!Files.isSymbolicLink(path)) {
        permit(path);
      }
    }
  }

  /** {@link #permit} for a folder that may belong to somebody else, whose choice then stands. */
  static void permitIfOwner(Path folder) {
    try {
      permit(folder);
    } catch (IOException e) {
      // The folder was there before; that its owner allows writing is all that is needed.
      return;
    }
  }

  /** Deletes a file or a folder with all that is in it; links are not followed. */
  static void delete(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      List<Path> all = below(path);
      for (int i = all.size() - 1; i >= 0; i--) {
        Files.deleteIfExists(all.get(i));
      }
    }
  }

  /** Names in a folder, sorted; empty when there is no such folder. */
  static List<String> names(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  /** A folder and all below it, each folder before what is in it. */
  private static List<Path> below(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.sorted(Comparator.comparing(Path::toString)).toList();
    }
  }

  private static boolean hasPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}

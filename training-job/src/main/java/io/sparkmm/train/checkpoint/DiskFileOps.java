package io.sparkmm.train.checkpoint;

import io.sparkmm.convert.dcp.DcpFile;
import io.sparkmm.convert.dcp.DcpMetadata;
import io.sparkmm.convert.dcp.DcpWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** {@link FileOps} on the file system; what is done is on disk when a method returns. */
final class DiskFileOps implements FileOps {
  @Override
  public void createFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
    forceFolder(folder.toAbsolutePath().getParent());
  }

  @Override
  public DcpMetadata writeTensors(Path folder, DcpFile file) {
    return DcpWriter.write(folder, file);
  }

  @Override
  public void writeMetadata(Path folder, List<DcpMetadata> parts) {
    DcpWriter.finish(folder, parts);
  }

  @Override
  public void writeFile(Path file, byte[] bytes) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer source = ByteBuffer.wrap(bytes);
        while (source.hasRemaining()) {
          channel.write(source);
        }
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    forceFolder(file.toAbsolutePath().getParent());
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(to.toString());
    }
    if (Files.isDirectory(from)) {
      forceFolder(from);
    }
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    forceFolder(to.toAbsolutePath().getParent());
  }

  @Override
  public void delete(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> below = Files.walk(path)) {
      all = below.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) {
      Files.deleteIfExists(each);
    }
  }

  /** Makes names in a folder survive a power cut, where folders can be opened. */
  private static void forceFolder(Path folder) throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder)) {
        channel.force(true);
      }
    }
  }
}

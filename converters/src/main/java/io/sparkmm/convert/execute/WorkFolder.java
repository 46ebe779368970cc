package io.sparkmm.convert.execute;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.plan.OutputFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The hidden folder, in the file system of the target, in which a result grows. It holds the lock
 * that keeps a second execution away, the journal, the files and, for a moment, what is replaced.
 *
 * <p>For a checkpoint it is {@code <root>/.release.sparkmm}. A plain result that does not exist yet
 * grows beside its place, in {@code .<name>.sparkmm}, so that one rename publishes it; one that
 * goes into a folder that holds other things grows inside of that, in {@code .sparkmm}, and is
 * published file by file.
 */
final class WorkFolder implements AutoCloseable {

  static final String SUFFIX = ".sparkmm";
  static final String LOCK = "lock";
  private static final String JOURNAL = "journal";
  private static final String FILES = "files";
  private static final String OLD = "old";
  private static final String TRACKER = "tracker";
  private static final int MOST_ATTEMPTS = 100;

  /** One block, so that a full disk is not noticed here first. */
  private static final long MOST_LOCK_BYTES = 4096;

  private static final int LOCK_ROUNDS = 3;

  private static final Set<String> OURS = Set.of(LOCK, JOURNAL, FILES, OLD, TRACKER);

  private final Path folder;
  private final Path target;
  private final boolean whole;
  private final FileChannel channel;
  private final boolean madeParent;

  private WorkFolder(Place place, FileChannel channel, boolean madeParent) {
    this.folder = place.folder();
    this.target = place.target();
    this.whole = place.whole();
    this.channel = channel;
    this.madeParent = madeParent;
  }

  /**
   * Where a result grows.
   *
   * @param folder the work folder
   * @param target the folder of the result
   * @param whole whether one rename publishes it
   */
  record Place(Path folder, Path target, boolean whole) {

    static Place of(OutputFolder output) throws IOException {
      Path root = real(output.root().toAbsolutePath().normalize());
      if (output.iteration().isPresent()) {
        String name = output.iteration().get();
        return new Place(root.resolve("." + name + SUFFIX), root.resolve(name), true);
      }
      Path parent = root.getParent();
      if (parent != null) {
        Path beside = parent.resolve("." + root.getFileName() + SUFFIX);
        if (Files.exists(beside) || !Files.exists(root) || isEmptyAndMovable(root, parent)) {
          return new Place(beside, root, true);
        }
      }
      return new Place(root.resolve(SUFFIX), root, false);
    }

    /** A link stays a link: what it points to is the target. */
    private static Path real(Path root) throws IOException {
      return Files.exists(root) ? root.toRealPath() : root;
    }

    private static boolean isEmptyAndMovable(Path root, Path parent) throws IOException {
      return Files.isDirectory(root)
          && Disk.names(root).isEmpty()
          && Files.isWritable(parent)
          && Files.getFileStore(root).equals(Files.getFileStore(parent));
    }
  }

  /**
   * Makes the folder, where needed, and locks it.
   *
   * @throws ConvertException of kind DATA when it cannot be written or another execution has it
   */
  static WorkFolder open(Place place) {
    boolean madeParent = !Files.exists(place.folder().getParent());
    try {
      for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        Files.createDirectories(place.folder());
        Optional<FileChannel> channel = lock(place);
        if (channel.isPresent()) {
          return new WorkFolder(place, channel.get(), madeParent);
        }
      }
      throw busy(place);
    } catch (IOException e) {
      throw Disk.failure("write", place.folder(), e);
    }
  }

  /** The locked file; empty when the execution that had it deleted it in the meantime. */
  private static Optional<FileChannel> lock(Place place) throws IOException {
    Path lock = place.folder().resolve(LOCK);
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              lock, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    boolean keep = false;
    try {
      if (!tryLock(channel)) {
        throw busy(place);
      }
      keep = isStillThere(lock, channel);
      return keep ? Optional.of(channel) : Optional.empty();
    } finally {
      if (!keep) {
        channel.close();
      }
    }
  }

  private static ConvertException busy(Place place) {
    return ConvertException.data(
        "Cannot write " + place.target() + ": another conversion is writing it now");
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock held = channel.tryLock();
      return held != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /**
   * Whether the locked file was not deleted, by the one who had it before, in the meantime. Random
   * sizes tell them apart, since a process loses its locks of a file when it closes any channel of
   * it: the content must not be read by the path.
   */
  private static boolean isStillThere(Path lock, FileChannel channel) throws IOException {
    try {
      for (int round = 0; round < LOCK_ROUNDS; round++) {
        long size = 1 + ThreadLocalRandom.current().nextLong(MOST_LOCK_BYTES);
        channel.truncate(0);
        channel.write(ByteBuffer.allocate(1), size - 1);
        if (Files.size(lock) != size) {
          return false;
        }
      }
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Where the result appears. */
  Path target() {
    return target;
  }

  /** Whether one rename publishes the result. */
  boolean whole() {
    return whole;
  }

  /** The folder itself. */
  Path path() {
    return folder;
  }

  /** The files of the result. */
  Path files() {
    return folder.resolve(FILES);
  }

  /** Where an older result waits to be deleted. */
  Path old() {
    return folder.resolve(OLD);
  }

  /** Where a tracker file is written before it is moved to its place. */
  Path tracker() {
    return folder.resolve(TRACKER);
  }

  Path journal() {
    return folder.resolve(JOURNAL);
  }

  /**
   * Deletes what an earlier execution left.
   *
   * @param isOurs whether a journal was found
   * @throws ConvertException of kind DATA when the folder holds something else
   */
  void clear(boolean isOurs) throws IOException {
    List<String> names = Disk.names(folder);
    boolean onlyOurs = OURS.containsAll(names);
    boolean fresh = Set.of(LOCK, JOURNAL).containsAll(names);
    if (!onlyOurs || !(isOurs || fresh)) {
      throw ConvertException.data(
          "Cannot use "
              + folder
              + ": it holds "
              + names
              + ", which no conversion left there; delete the folder");
    }
    deleteContents();
  }

  /** The journal goes last, so that a restart knows whose the rest is. */
  private void deleteContents() throws IOException {
    Disk.delete(files());
    Disk.delete(old());
    Files.deleteIfExists(tracker());
    Files.deleteIfExists(journal());
  }

  /** Deletes the folder; the lock goes last. */
  void delete() throws IOException {
    deleteContents();
    Files.deleteIfExists(folder.resolve(LOCK));
    if (Disk.names(folder).isEmpty()) {
      try {
        Files.deleteIfExists(folder);
      } catch (DirectoryNotEmptyException e) {
        // Another execution has begun here.
        return;
      }
    }
  }

  /** {@link #delete}, and the folder around it when there was none before. */
  void deleteWithParent() throws IOException {
    delete();
    Path parent = folder.getParent();
    if (madeParent && Disk.names(parent).isEmpty()) {
      Files.deleteIfExists(parent);
    }
  }

  /** Gives the lock back. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw Disk.failure("unlock", folder, e);
    }
  }
}

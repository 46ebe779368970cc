package io.sparkmm.train.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Objects;

/** Damages complete checkpoints below the folder of {@code --save}. */
public final class CheckpointDamage {
  private static final String TRACKER = "latest_checkpointed_iteration.txt";

  private final Path folder;

  /** Takes the folder of the checkpoints; it may not exist yet. */
  public CheckpointDamage(Path folder) {
    this.folder = Objects.requireNonNull(folder, "folder");
  }

  /** Whether the newest complete checkpoint is the one of an iteration. */
  boolean isComplete(long iteration) {
    Path tracker = folder.resolve(TRACKER);
    try {
      return Files.isRegularFile(tracker)
          && Files.readString(tracker).strip().equals(Long.toString(iteration));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes the byte in the middle of a file. */
  void flipByte(long iteration, String name) {
    Path file = folder.resolve(String.format(Locale.ROOT, "iter_%07d", iteration)).resolve(name);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long middle = channel.size() / 2;
      ByteBuffer one = ByteBuffer.allocate(1);
      if (channel.read(one, middle) != 1) {
        throw new IOException("it is empty");
      }
      one.put(0, (byte) ~one.get(0)).flip();
      channel.write(one, middle);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot damage " + file + ": " + e, e);
    }
  }
}

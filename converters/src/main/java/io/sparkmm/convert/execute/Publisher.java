package io.sparkmm.convert.execute;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.execute.ConversionListener.Step;
import io.sparkmm.convert.plan.OutputFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Moves a complete result to its target. Every step looks at what is there, so that all of them can
 * be done again after a crash at any point, with what the journal says alone.
 */
final class Publisher {

  private final WorkFolder work;
  private final Publication publication;
  private final ConversionListener listener;

  Publisher(WorkFolder work, Publication publication, ConversionListener listener) {
    this.work = work;
    this.publication = publication;
    this.listener = listener;
  }

  /** Publishes and removes the work folder. */
  void publish() {
    try {
      if (publication.whole()) {
        moveWhole();
      } else {
        moveOneByOne();
      }
      if (!publication.tracker().isEmpty()) {
        writeTracker();
      }
      work.delete();
      Disk.force(work.path().getParent());
    } catch (IOException e) {
      throw Disk.failure("write", work.target(), e);
    }
  }

  private void moveWhole() throws IOException {
    if (Files.exists(work.files())) {
      if (Files.exists(work.target())) {
        if (Files.exists(work.old())) {
          throw ConvertException.data(
              "Cannot write "
                  + work.target()
                  + ": something else was put there meanwhile; move it away and run again");
        }
        Files.move(work.target(), work.old(), StandardCopyOption.ATOMIC_MOVE);
        listener.reached(Step.OLD_REMOVED, work.target().toString());
      }
      Files.move(work.files(), work.target(), StandardCopyOption.ATOMIC_MOVE);
    }
    Disk.force(work.target().getParent());
    Disk.force(work.path());
    listener.reached(Step.PUBLISHED, work.target().toString());
  }

  private void moveOneByOne() throws IOException {
    for (String name : publication.removed()) {
      if (!isPublished(name)) {
        Files.deleteIfExists(work.target().resolve(name));
      }
    }
    listener.reached(Step.OLD_REMOVED, work.target().toString());
    for (String name : publication.files()) {
      Path from = work.files().resolve(name);
      Path to = work.target().resolve(name);
      if (Files.exists(from)) {
        Path parent = to.getParent();
        if (!Files.exists(parent)) {
          Files.createDirectories(parent);
          Disk.permit(parent);
        }
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        Disk.force(parent);
        listener.reached(Step.PUBLISHED, name);
      }
    }
    Disk.permitIfOwner(work.target());
  }

  /** Whether the file at the target is the new one, from a run that was interrupted here. */
  private boolean isPublished(String name) {
    return publication.files().contains(name) && !Files.exists(work.files().resolve(name));
  }

  /** The tracker file appears with its text or not at all. */
  private void writeTracker() throws IOException {
    Path root = work.target().getParent();
    Path tracker = root.resolve(OutputFolder.TRACKER);
    Path temporary = work.tracker();
    Files.deleteIfExists(temporary);
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer text = ByteBuffer.wrap(publication.tracker().getBytes(StandardCharsets.US_ASCII));
      while (text.hasRemaining()) {
        channel.write(text);
      }
      channel.force(true);
    }
    Disk.permit(temporary);
    Files.move(temporary, tracker, StandardCopyOption.ATOMIC_MOVE);
    Disk.permitIfOwner(root);
    Disk.force(root);
    listener.reached(Step.TRACKER_WRITTEN, tracker.toString());
  }
}

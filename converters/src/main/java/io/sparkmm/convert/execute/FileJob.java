package io.sparkmm.convert.execute;

import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.PlannedFile;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.view.SourceFiles;
import io.sparkmm.convert.view.TensorContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;

/**
 * One file on its way to the work folder. Its chunks are written by any threads in any order; the
 * thread that ends the last one writes the literals that depend on checksums, flushes the file to
 * disk and records it.
 */
final class FileJob {

  /** A disk is read fastest when every thread reads some ten megabytes in order. */
  private static final int CHUNKS_PER_ITEM = 16;

  private final PlannedFile file;
  private final JobContext context;
  private final List<Literal> literals;
  private final Chunks chunks;
  private final Checksums checksums;
  private final AtomicInteger missing;
  private OutputFile output;

  /**
   * What the jobs of an execution share.
   *
   * @param folder the work folder's files
   * @param sources what is read from
   * @param journal takes complete files
   * @param listener follows
   * @param chunkBytes size of a chunk
   */
  record JobContext(
      Path folder,
      SourceFiles sources,
      Journal journal,
      ConversionListener listener,
      int chunkBytes) {}

  FileJob(PlannedFile file, JobContext context) {
    this.file = file;
    this.context = context;
    this.literals = file.layout().literals(new long[file.contents().size()]);
    this.chunks = Chunks.of(file, literals, context.chunkBytes());
    this.checksums = new Checksums(chunks);
    this.missing = new AtomicInteger(chunks.count());
  }

  /** All chunks, in the order of the file; an item is some chunks behind each other. */
  List<WorkItem> items() {
    List<WorkItem> items = new ArrayList<>();
    for (int i = 0; i < chunks.count(); i += CHUNKS_PER_ITEM) {
      int first = i;
      int end = Math.min(chunks.count(), first + CHUNKS_PER_ITEM);
      items.add(
          buffers -> {
            for (int chunk = first; chunk < end; chunk++) {
              write(chunk, buffers);
            }
          });
    }
    return items;
  }

  private void write(int chunk, Buffers buffers) throws IOException {
    Path path = context.folder().resolve(file.path());
    try {
      long begin = chunks.begin(chunk);
      int length = (int) (chunks.end(chunk) - begin);
      ByteBuffer bytes = buffers.chunk(length);
      checksums.put(chunk, fill(chunk, bytes, buffers));
      if (chunks.count() == 1) {
        writeWhole(bytes);
      } else {
        output().write(begin, bytes.position(0));
      }
      context.listener().advanced(length);
      if (missing.decrementAndGet() == 0) {
        finish(path);
      }
    } catch (IOException e) {
      throw Disk.failure("write", path, e);
    }
  }

  /** Fills a chunk and returns the checksums of its ranges. */
  private long[] fill(int chunk, ByteBuffer bytes, Buffers buffers) {
    List<Chunks.Range> ranges = chunks.ranges(chunk);
    long[] crc32 = new long[ranges.size()];
    for (int i = 0; i < crc32.length; i++) {
      Chunks.Range range = ranges.get(i);
      int at = (int) (range.begin() - chunks.begin(chunk));
      if (range.literal() >= 0) {
        bytes.put(at, Literals.part(literals.get(range.literal()), range));
      } else {
        ByteBuffer part = bytes.slice(at, (int) range.length());
        TensorPlace place = file.layout().tensors().get(range.tensor());
        TensorContent content = file.contents().get(range.tensor());
        read(content, range.begin() - place.offset(), part, buffers);
        CRC32 crc = new CRC32();
        crc.update(part.position(0));
        crc32[i] = crc.getValue();
      }
    }
    return crc32;
  }

  /** Reads any range of bytes; elements that its ends cut are read whole beside it. */
  private void read(TensorContent content, long offset, ByteBuffer target, Buffers buffers) {
    int size = content.dtype().byteSize();
    long end = offset + target.remaining();
    long from = offset;
    while (from < end) {
      long start = from / size * size;
      long whole = end / size * size;
      if (start == from && whole > from) {
        int length = (int) (whole - from);
        int at = (int) (from - offset);
        content.read(from, target.slice(at, length), context.sources());
        from = whole;
      } else {
        ByteBuffer element = buffers.element(size);
        content.read(start, element, context.sources());
        long stop = Math.min(end, start + size);
        target.put((int) (from - offset), element, (int) (from - start), (int) (stop - from));
        from = stop;
      }
    }
  }

  /** A file of one chunk is written once, with its final literals. */
  private void writeWhole(ByteBuffer bytes) throws IOException {
    for (Literal literal : file.layout().literals(checksums.tensors(file.contents().size()))) {
      bytes.put((int) literal.offset(), literal.bytes());
    }
    output().write(0, bytes.position(0));
  }

  private synchronized OutputFile output() throws IOException {
    if (output == null) {
      Path path = context.folder().resolve(file.path());
      Files.createDirectories(path.getParent());
      output = OutputFile.create(path, chunks.count() > 1);
    }
    return output;
  }

  private void finish(Path path) throws IOException {
    long[] crc32 = checksums.tensors(file.contents().size());
    List<Literal> last = file.layout().literals(crc32);
    try (OutputFile out = output()) {
      for (int i = 0; chunks.count() > 1 && i < last.size(); i++) {
        if (!Arrays.equals(last.get(i).bytes(), literals.get(i).bytes())) {
          out.patch(last.get(i).offset(), ByteBuffer.wrap(last.get(i).bytes()));
        }
      }
      out.force();
    }
    context.listener().reached(ConversionListener.Step.FILE_WRITTEN, file.path());
    context
        .journal()
        .add(
            FinishedFile.of(
                file.path(), path, checksums.file(last), Arrays.stream(crc32).boxed().toList()));
    context.listener().reached(ConversionListener.Step.FILE_RECORDED, file.path());
  }

  /** Closes the file of an execution that failed. */
  synchronized void abandon() throws IOException {
    if (output != null) {
      output.close();
    }
  }
}

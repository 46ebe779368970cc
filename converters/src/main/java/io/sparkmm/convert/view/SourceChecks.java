package io.sparkmm.convert.view;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Compares what is read of files with the checksums that the files tell, without reading it twice.
 * Safe for use by many threads.
 */
public final class SourceChecks {

  /** Nothing to compare. */
  public static final SourceChecks NONE = new SourceChecks(List.of());

  private static final int READ_BYTES = 1 << 20;

  private final Map<Path, NavigableMap<Long, SummedRange>> files = new HashMap<>();

  private SourceChecks(Collection<? extends TensorContent> contents) {
    for (TensorContent content : contents) {
      for (TensorView view : content.views()) {
        view.pieces().forEach(piece -> add(piece.source()));
      }
    }
  }

  /** Checks for all ranges with known checksums that these contents are made from. */
  public static SourceChecks of(Collection<? extends TensorContent> contents) {
    return new SourceChecks(contents);
  }

  private void add(StoredTensor tensor) {
    tensor
        .checksum()
        .ifPresent(
            checksum ->
                files
                    .computeIfAbsent(tensor.file(), file -> new TreeMap<>())
                    .putIfAbsent(checksum.begin(), new SummedRange(tensor, checksum)));
  }

  /** Takes note of bytes that were read. */
  void read(Path file, long position, ByteBuffer bytes) {
    NavigableMap<Long, SummedRange> ranges = files.get(file);
    if (ranges == null) {
      return;
    }
    Long first = ranges.floorKey(position);
    for (SummedRange range : ranges.tailMap(first == null ? position : first).values()) {
      if (range.expected().begin() >= position + bytes.remaining()) {
        break;
      }
      range.add(position, bytes);
    }
  }

  /**
   * Reads what was not read yet of each range and compares all of them.
   *
   * @throws io.sparkmm.convert.ConvertException of kind DATA naming the file and a tensor of the
   *     first range that was damaged
   */
  public void verify(SourceFiles source) {
    List<SummedRange> all = new ArrayList<>();
    files.values().forEach(ranges -> all.addAll(ranges.values()));
    ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
    all.forEach(range -> range.verify(source, buffer));
  }
}

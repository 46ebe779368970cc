package io.sparkmm.convert.torch;

import io.sparkmm.convert.pickle.PickleWriter;
import io.sparkmm.convert.plan.FileLayout;
import io.sparkmm.convert.plan.Literal;
import io.sparkmm.convert.plan.TensorPlace;
import io.sparkmm.convert.tensor.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.CRC32;

/**
 * The layout of a file of torch.save, computed before any weight is known. Its bytes are those that
 * PyTorch 2.10 writes, except that the record {@code .data/serialization_id} is left out, which no
 * reader needs and which depends on the hash function of a C++ library.
 */
public final class TorchFileLayout implements FileLayout {

  /** The folder of all records in a file that was saved to a stream. */
  public static final String STREAM_PREFIX = "archive";

  private static final int MAX_PREFIX_CHARS = 1000;

  private final List<Part> parts;
  private final List<TensorPlace> tensors;
  private final long directoryAt;
  private final long directoryBytes;
  private final long size;

  /** A record with its bytes, or with the number of the tensor that they come from. */
  private record Part(ZipRecord record, byte[] content, OptionalInt tensor) {

    long crc32(long[] ofTensors) {
      if (tensor.isPresent()) {
        return ofTensors[tensor.getAsInt()];
      }
      CRC32 crc32 = new CRC32();
      crc32.update(content);
      return crc32.getValue();
    }
  }

  private TorchFileLayout(List<Part> parts, List<TensorPlace> tensors) {
    this.parts = parts;
    this.tensors = List.copyOf(tensors);
    this.directoryAt = parts.get(parts.size() - 1).record().nextAt();
    this.directoryBytes = parts.stream().mapToLong(part -> part.record().centralBytes()).sum();
    this.size = directoryAt + directoryBytes + end().length;
  }

  /**
   * Lays out a file.
   *
   * @param prefix folder of all records: for a file of its own its {@link #prefixOf name}, for a
   *     part of another file {@link #STREAM_PREFIX}
   * @param tree what to save: {@code Map} (in its order), {@code List}, {@code TensorSpec}, or any
   *     value of {@code io.sparkmm.convert.pickle}; equal tensors share one storage
   * @throws IllegalArgumentException when the prefix is no plain name, or two different tensors
   *     have one name
   */
  public static TorchFileLayout of(String prefix, Object tree) {
    checkPrefix(prefix);
    TorchTree saved = new TorchTree();
    byte[] pickle = PickleWriter.write(saved.convert(tree));
    Builder builder = new Builder(prefix);
    builder.add(TorchZip.PICKLE, pickle);
    builder.add(".format_version", ascii("1"));
    builder.add(".storage_alignment", ascii(Integer.toString(ZipRecord.ALIGNMENT)));
    builder.add(TorchZip.BYTE_ORDER, ascii("little"));
    saved.storages().forEach(builder::add);
    builder.add(TorchZip.VERSION, ascii("3\n"));
    return new TorchFileLayout(builder.parts, builder.tensors);
  }

  /** The prefix that torch.save uses for a file: its name up to the last dot. */
  public static String prefixOf(String fileName) {
    int dot = fileName.lastIndexOf('.');
    return dot < 0 ? fileName : fileName.substring(0, dot);
  }

  private static void checkPrefix(String prefix) {
    boolean plain =
        !prefix.isEmpty()
            && prefix.length() <= MAX_PREFIX_CHARS
            && !prefix.equals(".")
            && !prefix.equals("..")
            && prefix.chars().noneMatch(c -> c < ' ' || c == '/' || c == '\\')
            && StandardCharsets.UTF_8.newEncoder().canEncode(prefix);
    if (!plain) {
      throw new IllegalArgumentException("Cannot name a folder of records '" + prefix + "'");
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static final class Builder {

    final String prefix;
    final List<Part> parts = new ArrayList<>();
    final List<TensorPlace> tensors = new ArrayList<>();
    private long position;

    Builder(String prefix) {
      this.prefix = prefix;
    }

    void add(String name, byte[] content) {
      parts.add(new Part(record(name, content.length), content, OptionalInt.empty()));
    }

    void add(TensorSpec tensor) {
      int number = tensors.size();
      ZipRecord record = record(TorchZip.DATA + number, tensor.byteSize());
      parts.add(new Part(record, new byte[0], OptionalInt.of(number)));
      tensors.add(new TensorPlace(tensor.name(), record.contentAt(), tensor.byteSize()));
    }

    private ZipRecord record(String name, long size) {
      ZipRecord record = new ZipRecord(prefix + "/" + name, position, size);
      position = record.nextAt();
      return record;
    }
  }

  @Override
  public long size() {
    return size;
  }

  /** One range per storage; its name is that of the tensor. */
  @Override
  public List<TensorPlace> tensors() {
    return tensors;
  }

  @Override
  public List<Literal> literals(long[] crc32) {
    if (crc32.length != tensors.size()) {
      throw new IllegalArgumentException(
          "Cannot finish a file of "
              + tensors.size()
              + " tensors with "
              + crc32.length
              + " checksums");
    }
    long[] crcs = Arrays.copyOf(crc32, crc32.length);
    List<Literal> literals = new ArrayList<>();
    ByteArrayOutputStream gap = new ByteArrayOutputStream();
    long gapAt = 0;
    for (Part part : parts) {
      gap.writeBytes(part.record().localHeader());
      if (part.tensor().isPresent()) {
        literals.add(new Literal(gapAt, gap.toByteArray()));
        gap.reset();
        gapAt = part.record().contentAt() + part.record().size();
      } else {
        gap.writeBytes(part.content());
      }
      gap.writeBytes(part.record().descriptor(part.crc32(crcs)));
    }
    for (Part part : parts) {
      gap.writeBytes(part.record().centralHeader(part.crc32(crcs)));
    }
    gap.writeBytes(end());
    literals.add(new Literal(gapAt, gap.toByteArray()));
    return literals;
  }

  private byte[] end() {
    return ZipRecord.end(parts.size(), directoryAt, directoryBytes);
  }
}

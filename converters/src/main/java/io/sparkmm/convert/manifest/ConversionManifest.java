package io.sparkmm.convert.manifest;

import io.sparkmm.convert.tensor.DType;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a conversion read and wrote. It lies beside the files under {@link #FILE_NAME}, depends on
 * nothing but the sources and the options, and lets {@code verify} check every byte.
 *
 * @param title converter and command
 * @param layout what the converter says about the layout, such as {@code tp_size}
 * @param sources files that were read, in the order of their names
 * @param files files that were written and files that were taken over, in the order of their paths
 */
public record ConversionManifest(
    String title, SortedMap<String, String> layout, List<Source> sources, List<File> files) {

  /** Name of the file in the folder that it describes. */
  public static final String FILE_NAME = "sparkmm_conversion.json";

  /**
   * A file that was read.
   *
   * @param name relative to the folder that holds all sources, with {@code /}
   * @param size bytes
   * @param fingerprint SHA-256, in hexadecimal digits, of samples of the bytes
   */
  public record Source(String name, long size, String fingerprint) {}

  /**
   * A file that was written.
   *
   * @param path relative to the folder, with {@code /}
   * @param size bytes
   * @param crc32 CRC-32 of all bytes
   * @param tensors in the order of the file; empty for a file that was taken over
   */
  public record File(String path, long size, long crc32, List<Tensor> tensors) {
    public File {
      tensors = List.copyOf(tensors);
    }
  }

  /**
   * A tensor in a file.
   *
   * @param name full name
   * @param dtype element type
   * @param shape sizes of the dimensions
   * @param offset first byte in the file
   * @param crc32 CRC-32 of its bytes
   */
  public record Tensor(String name, DType dtype, List<Long> shape, long offset, long crc32) {
    public Tensor {
      shape = List.copyOf(shape);
    }

    /** Bytes of all elements. */
    public long byteSize() {
      return shape.stream().reduce((long) dtype.byteSize(), Math::multiplyExact);
    }
  }

  public ConversionManifest {
    layout = Collections.unmodifiableSortedMap(new TreeMap<>(layout));
    sources = List.copyOf(sources);
    files = List.copyOf(files);
  }
}

package io.sparkmm.convert.dcp;

import io.sparkmm.convert.dcp.DcpException.Kind;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a checkpoint, or one file of it, consists of.
 *
 * @param tensors tensors with the chunks that the checkpoint or file holds; keys differ
 * @param values all other items; keys differ, also from those of the tensors
 */
public record DcpMetadata(List<DcpTensor> tensors, List<DcpBytes> values) {

  /**
   * @throws DcpException of kind CONFLICT when a key stands twice
   */
  public DcpMetadata {
    tensors = List.copyOf(tensors);
    values = List.copyOf(values);
    Set<String> keys = new LinkedHashSet<>();
    tensors.forEach(tensor -> addKey(keys, tensor.key()));
    values.forEach(value -> addKey(keys, value.key()));
  }

  private static void addKey(Set<String> keys, DcpKey key) {
    if (!keys.add(key.flat())) {
      throw DcpException.of(Kind.CONFLICT, "Cannot save " + key + " twice");
    }
  }

  /**
   * The metadata of a checkpoint from those of its files.
   *
   * @param parts one per file or rank, in any order; the order decides on the order of keys only
   * @throws DcpException of kind CONFLICT when the parts describe a key differently, of kind
   *     BAD_CHUNKS when the chunks of a tensor do not cover it exactly once
   */
  public static DcpMetadata merge(Collection<DcpMetadata> parts) {
    Map<String, DcpTensor> tensors = new LinkedHashMap<>();
    Map<String, DcpBytes> values = new LinkedHashMap<>();
    for (DcpMetadata part : parts) {
      part.tensors.forEach(tensor -> tensors.merge(tensor.key().flat(), tensor, DcpTensor::with));
      for (DcpBytes value : part.values) {
        if (values.put(value.key().flat(), value) != null) {
          throw DcpException.of(Kind.CONFLICT, "Cannot save " + value.key() + " twice");
        }
      }
    }
    DcpMetadata result =
        new DcpMetadata(List.copyOf(tensors.values()), List.copyOf(values.values()));
    try {
      result.checkWhole();
    } catch (DcpException e) {
      throw e.because("Cannot save checkpoint");
    }
    return result;
  }

  /**
   * Checks that the chunks of every tensor cover it exactly once and that no two items share a
   * byte.
   *
   * @throws DcpException of kind BAD_CHUNKS or BAD_PLACE, naming the key
   */
  void checkWhole() {
    for (DcpTensor tensor : tensors) {
      Optional<String> problem =
          ChunkCover.problem(
              tensor.spec().shape(), tensor.chunks().stream().map(DcpChunk::box).toList());
      if (problem.isPresent()) {
        throw DcpException.of(
            Kind.BAD_CHUNKS, "tensor " + tensor.key() + ": " + problem.orElseThrow());
      }
    }
    checkApart();
  }

  private void checkApart() {
    Map<String, TreeMap<Long, Owned>> files = new LinkedHashMap<>();
    values.forEach(value -> place(files, value.key(), value.place()));
    for (DcpTensor tensor : tensors) {
      tensor.chunks().forEach(chunk -> place(files, tensor.key(), chunk.place()));
    }
  }

  private record Owned(DcpKey key, DcpPlace place) {}

  private static void place(Map<String, TreeMap<Long, Owned>> files, DcpKey key, DcpPlace place) {
    if (place.length() == 0) {
      throw DcpException.of(Kind.BAD_PLACE, key + " has 0 bytes in " + place.file());
    }
    TreeMap<Long, Owned> file = files.computeIfAbsent(place.file(), name -> new TreeMap<>());
    Map.Entry<Long, Owned> before = file.floorEntry(place.end() - 1);
    if (before != null && before.getValue().place().end() > place.offset()) {
      throw DcpException.of(
          Kind.BAD_PLACE,
          before.getValue().key() + " and " + key + " share bytes of " + place.file());
    }
    file.put(place.offset(), new Owned(key, place));
  }
}

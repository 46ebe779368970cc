package io.sparkmm.convert.safetensors;

import io.sparkmm.convert.tensor.TensorRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything that is wrong with a folder, in contrast to {@link CheckpointFolder#open}, which stops
 * at the first defect.
 *
 * @param files safetensors files found or expected
 * @param tensors tensors found in readable files
 * @param bytes bytes of these tensors
 * @param problems what keeps the checkpoint from being loaded as its index says
 * @param warnings what looks odd but does no harm
 */
public record CheckpointReport(
    int files, int tensors, long bytes, List<String> problems, List<String> warnings) {

  public CheckpointReport {
    problems = List.copyOf(problems);
    warnings = List.copyOf(warnings);
  }

  /** Examines a folder; a folder without any safetensors file is a problem, not an exception. */
  public static CheckpointReport of(Path folder) {
    return new Collector(folder).collect();
  }

  /** State of one examination. */
  private static final class Collector {
    private final Path folder;
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final SortedMap<String, String> shardOf = new TreeMap<>();
    private final TreeSet<String> unreadable = new TreeSet<>();
    private long bytes;

    Collector(Path folder) {
      this.folder = folder;
    }

    CheckpointReport collect() {
      if (!Files.isDirectory(folder)) {
        problems.add("Cannot read " + folder + ": it is not a folder");
        return report(0);
      }
      List<String> present = CheckpointFolder.safetensorsFiles(folder);
      List<String> names = ShardNumbering.complete(present);
      if (names.isEmpty()) {
        problems.add("Cannot read " + folder + ": it holds no *.safetensors file");
      }
      for (String name : names) {
        if (present.contains(name)) {
          readHeader(name);
        } else {
          unreadable.add(name);
          problems.add("shard " + name + " is missing by the numbering of the others");
        }
      }
      Path index = folder.resolve(SafetensorsIndex.FILE_NAME);
      if (Files.exists(index)) {
        readIndex(index, present);
      } else if (names.size() > 1) {
        warnings.add(
            names.size() + " files and no " + SafetensorsIndex.FILE_NAME + "; loaders want one");
      }
      return report(names.size());
    }

    private void readHeader(String name) {
      try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(name))) {
        for (TensorRef tensor : file.tensors()) {
          String other = shardOf.put(tensor.name(), name);
          if (other != null) {
            problems.add("tensor " + tensor.name() + " stands in " + other + " and in " + name);
          }
          bytes += tensor.byteSize();
        }
      } catch (SafetensorsException e) {
        unreadable.add(name);
        problems.add(e.getMessage());
      }
    }

    private void readIndex(Path path, List<String> present) {
      SafetensorsIndex index;
      try {
        index = SafetensorsIndex.read(path);
      } catch (SafetensorsException e) {
        problems.add(e.getMessage());
        return;
      }
      for (String shard : index.shards()) {
        if (!present.contains(shard) && unreadable.add(shard)) {
          problems.add("shard " + shard + " of the index is missing");
        }
      }
      for (Map.Entry<String, String> entry : index.weightMap().entrySet()) {
        String actual = shardOf.get(entry.getKey());
        if (actual == null && !unreadable.contains(entry.getValue())) {
          problems.add(
              "the index places tensor "
                  + entry.getKey()
                  + " in "
                  + entry.getValue()
                  + ", which does not hold it");
        } else if (actual != null && !actual.equals(entry.getValue())) {
          problems.add(
              "the index places tensor "
                  + entry.getKey()
                  + " in "
                  + entry.getValue()
                  + ", it stands in "
                  + actual);
        }
      }
      for (Map.Entry<String, String> entry : shardOf.entrySet()) {
        if (!index.weightMap().containsKey(entry.getKey())) {
          problems.add(
              "tensor " + entry.getKey() + " of " + entry.getValue() + " is not in the index");
        }
      }
      if (unreadable.isEmpty()
          && index.totalSize().isPresent()
          && index.totalSize().getAsLong() != bytes) {
        warnings.add(
            "the index says "
                + index.totalSize().getAsLong()
                + " bytes in all, the tensors have "
                + bytes);
      }
    }

    private CheckpointReport report(int files) {
      return new CheckpointReport(files, shardOf.size(), bytes, problems, warnings);
    }
  }
}

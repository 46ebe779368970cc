package io.sparkmm.data.job;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Finds the rows of RLHF-V files. */
final class RlhfVInputs {
  private static final int RECORDS_PER_CHUNK = 512;
  private static final String PARQUET = ".parquet";
  private static final List<String> JSON = List.of(".jsonl", ".json");

  private RlhfVInputs() {}

  /**
   * The parts of an input.
   *
   * @param input a file, or a folder whose files of one kind are taken in the order of their paths
   * @throws DataException of kind {@code SOURCE} if there are no such files
   */
  static List<RlhfVPart> find(String input, Configuration configuration) {
    List<RlhfVPart> parts = new ArrayList<>();
    long row = 0;
    for (String file : files(input, configuration)) {
      List<RlhfVPart> more =
          hasSuffix(file, PARQUET)
              ? ParquetRows.rowGroups(file, row, configuration)
              : json(file, row, configuration);
      for (RlhfVPart part : more) {
        row += part.rows();
      }
      parts.addAll(more);
    }
    return parts;
  }

  private static List<RlhfVPart> json(String file, long firstRow, Configuration configuration) {
    JsonIndex.Request request = new JsonIndex.Request(RECORDS_PER_CHUNK, Set.of());
    List<RlhfVPart> parts = new ArrayList<>();
    for (JsonChunk chunk : JsonIndexer.index(file, request, configuration).chunks()) {
      parts.add(new RlhfVPart.Json(chunk, firstRow + chunk.firstRecord()));
    }
    return parts;
  }

  private static List<String> files(String input, Configuration configuration) {
    try {
      Path path = new Path(input);
      FileSystem fileSystem = DataFiles.fileSystem(path, configuration);
      if (fileSystem.getFileStatus(path).isFile()) {
        return List.of(input);
      }
      List<String> parquet = new ArrayList<>();
      List<String> json = new ArrayList<>();
      RemoteIterator<LocatedFileStatus> all = fileSystem.listFiles(path, true);
      while (all.hasNext()) {
        String file = all.next().getPath().toString();
        if (hasSuffix(file, PARQUET)) {
          parquet.add(file);
        } else if (JSON.stream().anyMatch(suffix -> hasSuffix(file, suffix))) {
          json.add(file);
        }
      }
      List<String> files = parquet.isEmpty() ? json : parquet;
      if (files.isEmpty()) {
        throw new IOException("there are no .parquet, .jsonl or .json files");
      }
      Collections.sort(files);
      return files;
    } catch (IOException | IllegalArgumentException e) {
      throw new DataException(
          DataException.Kind.SOURCE, "Cannot read " + input + ": " + e.getMessage(), e);
    }
  }

  private static boolean hasSuffix(String file, String suffix) {
    return file.toLowerCase(Locale.ROOT).endsWith(suffix);
  }
}

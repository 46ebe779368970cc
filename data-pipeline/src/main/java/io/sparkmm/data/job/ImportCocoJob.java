package io.sparkmm.data.job;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.data.coco.CocoEntries;
import io.sparkmm.data.coco.CocoItem;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.DataFiles;
import io.sparkmm.data.shard.StagedOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Converts COCO captions and instances to an "mllm" file: one JSON array, in the order of the
 * pictures' numbers. The annotation files are read in parts by the tasks and joined there, so that
 * their size does not matter to the driver. The file appears whole or not at all.
 */
public final class ImportCocoJob {
  private static final int ENTRIES_PER_CHUNK = 4096;

  /** Source bytes of a range of pictures. */
  private static final long RANGE_BYTES = 16L << 20;

  /** One picture in this many is looked at to find ranges of equal size. */
  private static final int SAMPLED = 64;

  /** Ranges whose records the driver holds at once. */
  private static final int WINDOW_RANGES = 16;

  private static final String PICTURES = "images";
  private static final String ANNOTATIONS = "annotations";
  private static final String CATEGORIES = "categories";

  private final JavaSparkContext spark;
  private final ImportCocoSettings settings;
  private final Configuration configuration;

  private ImportCocoJob(JavaSparkContext spark, ImportCocoSettings settings) {
    this.spark = spark;
    this.settings = settings;
    this.configuration = new Configuration(spark.hadoopConfiguration());
  }

  /**
   * What the import made.
   *
   * @param records the records and the entries that were left out
   * @param barePictures pictures without a caption or object to tell of
   */
  public record Report(ImportReport records, long barePictures) {}

  /**
   * Converts the annotations.
   *
   * @throws DataException if an annotation file cannot be read or the output exists
   */
  public static Report run(JavaSparkContext spark, ImportCocoSettings settings) {
    return new ImportCocoJob(spark, settings).run();
  }

  private Report run() {
    try (StagedOutput output = StagedOutput.begin(settings.output(), configuration)) {
      List<ReadCoco.Part> parts = new ArrayList<>();
      Map<Long, String> categories = new TreeMap<>();
      settings
          .sources()
          .captions()
          .ifPresent(file -> addFile(parts, file, ReadCoco.Section.CAPTIONS, categories));
      settings
          .sources()
          .instances()
          .ifPresent(file -> addFile(parts, file, ReadCoco.Section.INSTANCES, categories));
      Path file = new Path(output.staging(), "content");
      Report report;
      FileSystem fileSystem = DataFiles.fileSystem(file, configuration);
      try (FSDataOutputStream stream = fileSystem.create(file, false)) {
        report = convert(parts, categories, new JsonArrayOutput(stream));
      }
      output.publish(file);
      return report;
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot write " + settings.output() + ": " + e.getMessage(),
          e);
    }
  }

  private void addFile(
      List<ReadCoco.Part> parts,
      String file,
      ReadCoco.Section section,
      Map<Long, String> categories) {
    boolean instances = section == ReadCoco.Section.INSTANCES;
    Set<String> lists =
        instances ? Set.of(PICTURES, ANNOTATIONS, CATEGORIES) : Set.of(PICTURES, ANNOTATIONS);
    Map<String, List<JsonChunk>> found =
        JsonSections.find(file, lists, ENTRIES_PER_CHUNK, configuration);
    int source = instances ? settings.sources().files().size() - 1 : 0;
    found
        .get(PICTURES)
        .forEach(chunk -> parts.add(new ReadCoco.Part(source, ReadCoco.Section.PICTURES, chunk)));
    found.get(ANNOTATIONS).forEach(chunk -> parts.add(new ReadCoco.Part(source, section, chunk)));
    if (instances) {
      found.get(CATEGORIES).forEach(chunk -> addCategories(chunk, categories));
    }
  }

  private void addCategories(JsonChunk chunk, Map<Long, String> categories) {
    try (JsonChunkReader reader = new JsonChunkReader(chunk, configuration)) {
      while (reader.hasNext()) {
        JsonRecord record = reader.next();
        JsonNode id = record.node().map(node -> node.path("id")).orElse(null);
        JsonNode name = record.node().map(node -> node.path("name")).orElse(null);
        if (id == null || !id.canConvertToLong() || !name.isTextual()) {
          throw new DataException(
              DataException.Kind.SOURCE,
              "Cannot read "
                  + chunk.file()
                  + ": category "
                  + record.id().record()
                  + " has no whole number as id or no text as name");
        }
        categories.put(id.longValue(), name.textValue());
      }
    }
  }

  private Report convert(
      List<ReadCoco.Part> parts, Map<Long, String> categories, JsonArrayOutput array)
      throws IOException {
    Broadcast<HadoopSettings> hadoop = spark.broadcast(new HadoopSettings(configuration));
    Broadcast<CocoEntries> entries = spark.broadcast(new CocoEntries("", categories));
    ReadCoco read = new ReadCoco(entries, hadoop);
    if (parts.isEmpty()) {
      return new Report(array.finish("\n]\n"), 0);
    }
    try {
      JavaPairRDD<CocoKey, CocoItem> items =
          spark.parallelize(parts, parts.size()).flatMapToPair(read);
      CocoRanges ranges = ranges(parts, read);
      JavaRDD<ConvertCoco.Result> converted =
          items
              .repartitionAndSortWithinPartitions(ranges)
              .mapPartitions(new ConvertCoco(settings, hadoop));
      return write(converted, ranges.numPartitions(), array);
    } catch (IOException | DataException e) {
      throw e;
    } catch (Exception e) {
      // Scala throws SparkException without declaring it.
      throw JobFailures.explain("import COCO annotations to " + settings.output(), e);
    }
  }

  private CocoRanges ranges(List<ReadCoco.Part> parts, ReadCoco read) {
    long bytes = parts.stream().mapToLong(part -> part.chunk().end() - part.chunk().start()).sum();
    int useful = (int) Math.min(10_000, 1 + bytes / RANGE_BYTES);
    List<ReadCoco.Part> pictures =
        parts.stream().filter(part -> part.section() == ReadCoco.Section.PICTURES).toList();
    if (pictures.isEmpty()) {
      return CocoRanges.of(List.of(), 1);
    }
    List<Long> sample =
        spark
            .parallelize(pictures, pictures.size())
            .flatMapToPair(read)
            .keys()
            .filter(key -> key.entry() % SAMPLED == 0)
            .map(CocoKey::pictureId)
            .collect();
    return CocoRanges.of(sample, settings.partitions().orElse(useful));
  }

  private Report write(JavaRDD<ConvertCoco.Result> converted, int ranges, JsonArrayOutput array)
      throws IOException {
    long bare = 0;
    try (ProgressPrinter progress = ProgressPrinter.start("import-coco: ranges", ranges)) {
      for (int from = 0; from < ranges; from += WINDOW_RANGES) {
        int[] window =
            java.util.stream.IntStream.range(from, Math.min(ranges, from + WINDOW_RANGES))
                .toArray();
        for (List<ConvertCoco.Result> range : converted.collectPartitions(window)) {
          for (ConvertCoco.Result result : range) {
            array.add(result.chunk());
            bare += result.bare();
          }
          progress.add(1);
        }
      }
    }
    return new Report(array.finish("\n]\n"), bare);
  }
}

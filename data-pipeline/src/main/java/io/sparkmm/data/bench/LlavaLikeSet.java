package io.sparkmm.data.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.DataException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A folder with a LLaVA-like file, pictures and the {@code data.json} to prepare it.
 *
 * @param folder the folder
 */
record LlavaLikeSet(Path folder) {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String PICTURES = "pictures";

  /**
   * What to make.
   *
   * @param records number of records
   * @param pictures number of picture files
   * @param photos folder of JPEG and PNG files, each of which is copied as often as needed
   * @param model checkpoint folder with tokenizer and processor files
   * @param seed what the texts are drawn from
   */
  record Plan(int records, int pictures, Path photos, Path model, long seed) {}

  /** The file of the records. */
  Path records() {
    return folder.resolve("llava_like.json");
  }

  /** The settings to prepare it with. */
  Path dataJson() {
    return folder.resolve("data.json");
  }

  /** The folder of the pictures. */
  Path pictures() {
    return folder.resolve(PICTURES);
  }

  /**
   * Makes the set in an empty or new folder.
   *
   * @throws DataException of kind {@code SOURCE} if there are no photos or a file cannot be written
   */
  static LlavaLikeSet make(Path folder, Plan plan) {
    LlavaLikeSet set = new LlavaLikeSet(folder);
    try {
      Files.createDirectories(set.pictures());
      List<String> names = set.copyPictures(photos(plan.photos()), plan.pictures());
      VocabularyWords words = VocabularyWords.read(plan.model().resolve("tokenizer.json"));
      LlavaLikeRecords records = new LlavaLikeRecords(words, names, plan.seed());
      try (BufferedWriter out = Files.newBufferedWriter(set.records(), StandardCharsets.UTF_8)) {
        for (int i = 0; i < plan.records(); i++) {
          out.write(i == 0 ? "[" : ",\n");
          out.write(MAPPER.writeValueAsString(records.record(i)));
        }
        out.write("]\n");
      }
      MAPPER
          .writerWithDefaultPrettyPrinter()
          .writeValue(set.dataJson().toFile(), set.settings(plan.model()));
      return set;
    } catch (IOException e) {
      throw new DataException(
          DataException.Kind.SOURCE, "Cannot make a set in " + folder + ": " + e.getMessage(), e);
    }
  }

  private static List<Path> photos(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> photos =
          files.filter(Files::isRegularFile).filter(LlavaLikeSet::isPhoto).sorted().toList();
      if (photos.isEmpty()) {
        throw new DataException(
            DataException.Kind.SOURCE,
            "Cannot use the photos of " + folder + ": there is no .jpg, .jpeg or .png file");
      }
      return photos;
    }
  }

  private static boolean isPhoto(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".jpg") || name.endsWith(".jpeg") || name.endsWith(".png");
  }

  /** Copies, not links: each picture costs its own place in the file cache, as in a real set. */
  private List<String> copyPictures(List<Path> photos, int count) throws IOException {
    List<String> names = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Path photo = photos.get(i % photos.size());
      String file = photo.getFileName().toString();
      String ending = file.substring(file.lastIndexOf('.'));
      String name = String.format(Locale.ROOT, "%012d%s", i, ending);
      Files.copy(photo, pictures().resolve(name));
      names.add(name);
    }
    return names;
  }

  private ObjectNode settings(Path model) {
    ObjectNode root = MAPPER.createObjectNode();
    ObjectNode dataset = root.putObject("dataset_param");
    dataset.put("dataset_type", "huggingface");
    dataset
        .putObject("preprocess_parameters")
        .put("model_name_or_path", model.toAbsolutePath().toString())
        .put("image_max_pixels", 262144)
        .put("image_min_pixels", 0);
    dataset
        .putObject("basic_parameters")
        .put("template", "qwen2vl")
        .put("dataset_dir", pictures().toAbsolutePath().toString())
        .put("dataset", records().toAbsolutePath().toString());
    dataset
        .putObject("attr")
        .put("messages", "conversations")
        .put("images", "image")
        .put("role_tag", "from")
        .put("content_tag", "value")
        .put("user_tag", "human")
        .put("assistant_tag", "gpt");
    ObjectNode loader = root.putObject("dataloader_param");
    loader.put("dataloader_mode", "sampler").put("sampler_type", "BaseRandomBatchSampler");
    loader.put("shuffle", true).put("drop_last", true);
    loader
        .putObject("collate_param")
        .put("model_name", "qwen2vl")
        .put("ignore_pad_token_for_loss", true);
    return root;
  }
}

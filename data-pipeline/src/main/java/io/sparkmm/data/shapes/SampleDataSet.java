package io.sparkmm.data.shapes;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shapes.SceneSource.Split;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/**
 * The "shapes" set: pictures of coloured shapes with true conversations about them, for trying out
 * the whole way from raw data to a trained model without downloading anything.
 *
 * <pre>
 * images/train/00000000.png ...       56x56 RGB
 * images/heldout/00000000.png ...
 * llava_train.json                    LLaVA-Instruct layout, one record per training picture
 * heldout.json                        {id, image, kind, question, answer}; image relative to here
 * annotations/instances_train.json    COCO layout
 * preferences.jsonl                   RLHF-V layout; image is a file name of images/train
 * model/                              tokenizer and processor files of a checkpoint folder
 * </pre>
 *
 * <p>Two runs with the same settings write the same bytes. The folder appears whole or not at all.
 */
public final class SampleDataSet {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int CHUNK = 64;
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

  private final SampleDataSettings settings;
  private final SceneSource train;
  private final SceneSource heldOut;

  private SampleDataSet(SampleDataSettings settings) {
    this.settings = settings;
    this.train = new SceneSource(settings.seed(), Split.TRAIN);
    this.heldOut = new SceneSource(settings.seed(), Split.HELDOUT);
  }

  /**
   * Draws the set.
   *
   * @param threads threads that draw pictures
   * @param drawn told how many more pictures are drawn; called from several threads
   * @throws DataException if the output folder exists or cannot be written
   */
  public static void write(SampleDataSettings settings, int threads, LongConsumer drawn) {
    Path output = settings.output().toAbsolutePath().normalize();
    try {
      NewFolder.create(output, folder -> new SampleDataSet(settings).fill(folder, threads, drawn));
    } catch (IOException | UncheckedIOException e) {
      throw new DataException(
          DataException.Kind.DATASET, "Cannot write " + output + ": " + e.getMessage(), e);
    }
  }

  private void fill(Path folder, int threads, LongConsumer drawn) throws IOException {
    drawPictures(folder, threads, drawn);
    writeConversations(folder.resolve("llava_train.json"));
    writeHeldOut(folder.resolve("heldout.json"));
    writePreferences(folder.resolve("preferences.jsonl"));
    Path annotations = Files.createDirectories(folder.resolve("annotations"));
    CocoInstances.write(annotations.resolve("instances_train.json"), train, settings.pictures());
    Path model = Files.createDirectories(folder.resolve("model"));
    List<BpeTrainer.Merge> merges = BpeTrainer.train(ShapesTexts.all());
    JsonFile.write(model.resolve("tokenizer.json"), ModelFiles.tokenizer(merges));
    JsonFile.write(model.resolve("tokenizer_config.json"), ModelFiles.tokenizerConfig(merges));
    JsonFile.write(model.resolve("preprocessor_config.json"), ModelFiles.preprocessorConfig());
  }

  private void drawPictures(Path folder, int threads, LongConsumer drawn) throws IOException {
    ExecutorService pool =
        Executors.newFixedThreadPool(threads, task -> new Thread(task, "draw-pictures"));
    AtomicBoolean stopped = new AtomicBoolean();
    try {
      List<Future<?>> chunks = new ArrayList<>();
      for (Split split : Split.values()) {
        Path images = Files.createDirectories(folder.resolve("images").resolve(split.folder()));
        SceneSource source = split == Split.TRAIN ? train : heldOut;
        int count = split == Split.TRAIN ? settings.pictures() : settings.heldOut();
        for (int first = 0; first < count; first += CHUNK) {
          int from = first;
          int to = Math.min(count, first + CHUNK);
          chunks.add(
              pool.submit(
                  () -> {
                    for (int index = from; index < to && !stopped.get(); index++) {
                      Files.write(images.resolve(SceneSource.fileName(index)), source.png(index));
                      drawn.accept(1);
                    }
                    return null;
                  }));
        }
      }
      for (Future<?> chunk : chunks) {
        chunk.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("a picture could not be drawn: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while drawing", e);
    } finally {
      stopped.set(true);
      awaitEnd(pool);
    }
  }

  /** After this no thread writes into the folder any more. */
  private static void awaitEnd(ExecutorService pool) {
    pool.shutdown();
    try {
      pool.awaitTermination(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeConversations(Path file) throws IOException {
    try (JsonFile records = JsonFile.array(file)) {
      for (int index = 0; index < settings.pictures(); index++) {
        String image = SceneSource.fileName(index);
        ObjectNode node = JSON.objectNode();
        node.put("id", image.substring(0, image.indexOf('.'))).put("image", image);
        ArrayNode turns = node.putArray("conversations");
        for (Question question :
            Conversations.draw(train.scene(index), train.conversation(index))) {
          String prefix = turns.isEmpty() ? "<image>\n" : "";
          turns.addObject().put("from", "human").put("value", prefix + question.text());
          turns.addObject().put("from", "gpt").put("value", question.answer());
        }
        records.add(node);
      }
    }
  }

  private void writeHeldOut(Path file) throws IOException {
    try (JsonFile records = JsonFile.array(file)) {
      for (int index = 0; index < settings.heldOut(); index++) {
        String image = SceneSource.fileName(index);
        Scene scene = heldOut.scene(index);
        SceneRandom random = heldOut.conversation(index);
        for (QuestionKind kind : QuestionKind.values()) {
          var question = kind.ask(scene, random);
          if (question.isPresent()) {
            ObjectNode node = JSON.objectNode();
            node.put("id", image.substring(0, image.indexOf('.')) + "-" + kind.id());
            node.put("image", "images/" + Split.HELDOUT.folder() + "/" + image);
            node.put("kind", kind.id()).put("question", question.get().text());
            records.add(node.put("answer", question.get().answer()));
          }
        }
      }
    }
  }

  private void writePreferences(Path file) throws IOException {
    String origin =
        JsonFile.text(JSON.objectNode().put("model", "rules").put("type", "question_answering"));
    try (JsonFile records = JsonFile.lines(file)) {
      for (int row = 0; row < settings.preferences(); row++) {
        int index = row % settings.pictures();
        PreferencePair pair = PreferencePair.draw(train.scene(index), train.preference(row));
        ObjectNode text = JSON.objectNode().put("question", pair.question());
        text.put("chosen", pair.chosen()).put("rejected", pair.rejected());
        ObjectNode node = JSON.objectNode().put("ds_name", "shapes");
        node.put("image", SceneSource.fileName(index)).put("text", JsonFile.text(text));
        node.put("origin_dataset", "shapes").put("origin_split", origin);
        records.add(node.put("idx", row).put("image_path", SceneSource.fileName(index)));
      }
    }
  }
}

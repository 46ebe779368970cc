package io.sparkmm.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmm.conf.DataConfig;
import io.sparkmm.conf.PreprocessParameters;
import io.sparkmm.data.image.ImageArithmetic;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.PixelSettings;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.image.RegulariseFilter;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.train.generate.DecodableModel;
import io.sparkmm.train.generate.GreedyGenerator;
import io.sparkmm.train.model.ModelInitializer;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.weights.HfWeights;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Asks the untrained and the trained model the same held-out questions. */
final class Interview implements AutoCloseable {
  /** Longer than the longest right answer, three objects in one sentence. */
  private static final int LONGEST_ANSWER = 24;

  private final Path exported;
  private final Tokenizer tokenizer;
  private final QuestionAnswerer answerer;

  /**
   * @param exported the trained model's folder, with tokenizer and processor files
   * @param data the data settings of the run: template and area bounds
   */
  Interview(Path exported, DataConfig data) {
    this.exported = exported;
    this.tokenizer = Tokenizer.load(exported);
    ProcessorConfig processor = ProcessorConfig.read(exported);
    PreprocessParameters preprocess = data.datasetParam().preprocessParameters();
    // The filter that the data are prepared for when nothing is said.
    PixelSettings pictures =
        new PixelSettings(
            new PixelBounds(preprocess.imageMinPixels(), preprocess.imageMaxPixels()),
            RegulariseFilter.MINDSPEED_MM,
            ImageArithmetic.of(preprocess.useFastTokenizer()));
    String template = data.datasetParam().basicParameters().template().orElseThrow();
    long end = tokenizer.specialId("<|im_end|>");
    long pad = tokenizer.specialId("<|endoftext|>");
    this.answerer =
        new QuestionAnswerer(
            tokenizer,
            new QuestionPrompts(tokenizer, processor, template, pictures),
            new GreedyGenerator.Settings(
                LONGEST_ANSWER, Set.of(end, pad), pad, new Device("cpu"), ScalarType.Float));
  }

  /** Answers of the model that the run started from, made again from the seed. */
  AnswerSheet untrained(List<HeldOutQuestion> questions, long seed) {
    TrainableModel model = declare();
    ModelInitializer.FAN_IN.initialize(model, seed, ScalarType.Float);
    return answerer.ask((DecodableModel) model, questions, false);
  }

  /** Answers of the trained model, with or without seeing the pictures. */
  AnswerSheet trained(List<HeldOutQuestion> questions, boolean blind) {
    TrainableModel model = declare();
    HfWeights.load(exported, model, ScalarType.Float);
    return answerer.ask((DecodableModel) model, questions, blind);
  }

  private TrainableModel declare() {
    JsonNode config = HfWeights.readConfig(exported);
    return ModelSpecs.builtIn().byHfConfig(config).declare().apply(config);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}

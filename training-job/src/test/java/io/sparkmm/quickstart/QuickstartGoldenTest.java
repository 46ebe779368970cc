package io.sparkmm.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.convert.safetensors.SafetensorsFile;
import io.sparkmm.data.image.ImageArithmetic;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.PixelSettings;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.image.RegulariseFilter;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.train.generate.GreedyGenerator;
import io.sparkmm.train.generate.Prompt;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.model.qwen2vl.Qwen2VlModel;
import io.sparkmm.train.torch.HostTensors;
import io.sparkmm.train.weights.HfWeights;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A model that the quickstart trained and exported, against what Hugging Face transformers makes of
 * the same folder ({@code src/test/golden/make_quickstart.py}).
 */
class QuickstartGoldenTest {
  private static final Path FOLDER = Path.of("src/test/golden/quickstart");

  private static Tokenizer tokenizer;
  private static Qwen2VlModel model;
  private static QuestionPrompts prompts;
  private static JsonNode cases;

  @BeforeAll
  static void load() throws IOException {
    tokenizer = Tokenizer.load(FOLDER);
    JsonNode config = HfWeights.readConfig(FOLDER);
    model = (Qwen2VlModel) ModelSpecs.builtIn().byHfConfig(config).declare().apply(config);
    HfWeights.load(FOLDER, model, ScalarType.Float);
    prompts =
        new QuestionPrompts(
            tokenizer,
            ProcessorConfig.read(FOLDER),
            "qwen2vl",
            new PixelSettings(
                new PixelBounds(3136, 262144),
                RegulariseFilter.MINDSPEED_MM,
                ImageArithmetic.PILLOW));
    cases = new ObjectMapper().readTree(FOLDER.resolve("cases.json").toFile());
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void logitsEqualThoseOfTransformers(int number) {
    Prompt prompt = prompts.prompt(question(number), false);
    assertThat(prompt.ids()).containsExactly(longs(cases.get(number).get("ids")));
    assertThat(longs(cases.get(number).get("grid")))
        .containsExactly(Arrays.stream(prompt.imageGrids().get(0)).asLongStream().toArray());

    try (TensorScope scope = TensorScope.open();
        AutoGradMode noGradients = new AutoGradMode(false);
        SafetensorsFile expected = SafetensorsFile.open(FOLDER.resolve("expected.safetensors"))) {
      Batch batch = Batch.of(Prompt.batch(List.of(prompt), 0), new Device("cpu"), ScalarType.Float);
      float[] ours = HostTensors.floats(model.logits(batch));
      FloatBuffer theirs =
          expected.map("logits." + number).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();

      assertThat(theirs.remaining()).isEqualTo(ours.length);
      float worst = 0;
      for (float value : ours) {
        worst = Math.max(worst, Math.abs(value - theirs.get()));
      }
      assertThat(worst).isCloseTo(0, offset(2e-5f));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void answersEqualThoseOfTransformers(int number) {
    long end = tokenizer.specialId("<|im_end|>");
    QuestionAnswerer answerer =
        new QuestionAnswerer(
            tokenizer,
            prompts,
            new GreedyGenerator.Settings(
                24, Set.of(end), end, new Device("cpu"), ScalarType.Float));

    AnswerSheet sheet = answerer.ask(model, List.of(question(number)), false);

    assertThat(sheet.answers()).containsExactly(cases.get(number).get("generated").textValue());
  }

  private static HeldOutQuestion question(int number) {
    JsonNode item = cases.get(number);
    return new HeldOutQuestion(
        Integer.toString(number),
        FOLDER.resolve(item.get("image").textValue()),
        item.get("kind").textValue(),
        item.get("question").textValue(),
        item.get("answer").textValue());
  }

  private static long[] longs(JsonNode array) {
    long[] values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).longValue();
    }
    return values;
  }
}

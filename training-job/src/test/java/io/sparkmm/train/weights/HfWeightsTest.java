package io.sparkmm.train.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.safetensors.CheckpointFolder;
import io.sparkmm.convert.safetensors.SafetensorsWriter;
import io.sparkmm.convert.tensor.DType;
import io.sparkmm.convert.tensor.TensorRef;
import io.sparkmm.convert.tensor.TensorSpec;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.ModelException;
import io.sparkmm.train.model.ModelInitializer;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.torch.HostTensors;
import io.sparkmm.train.weights.HfWeights.SaveOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HfWeightsTest {
  private static final String EMBEDDING = "model.embed_tokens.weight";

  @TempDir private Path folder;
  private TensorScope scope;

  @BeforeEach
  void openScope() {
    scope = TensorScope.open();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void savedFolderLoadsToTheSameBytes(boolean tied) {
    TrainableModel model = fresh(tied, 1);
    Path saved = folder.resolve("saved");
    HfWeights.save(saved, model, SaveOptions.of(ScalarType.Float));
    TrainableModel loaded =
        ModelSpecs.builtIn()
            .byHfConfig(HfWeights.readConfig(saved))
            .declare()
            .apply(HfWeights.readConfig(saved));
    HfWeights.load(saved, loaded, ScalarType.Float);
    assertSame(loaded, model);
    assertThat(Files.exists(saved.resolve("generation_config.json"))).isTrue();
    try (CheckpointFolder files = CheckpointFolder.open(saved)) {
      assertThat(files.find("lm_head.weight").isPresent()).isEqualTo(!tied);
    }
  }

  @Test
  void modelNamesOfNewerReleasesLoadToTheSameBytes() {
    TrainableModel model = fresh(false, 2);
    Path saved = folder.resolve("old");
    HfWeights.save(saved, model, SaveOptions.of(ScalarType.Float));
    Path renamed = rename(saved, HfWeightsTest::newDialect);
    TrainableModel loaded = declared(false);
    HfWeights.load(renamed, loaded, ScalarType.Float);
    assertSame(loaded, model);
  }

  @ParameterizedTest
  @ValueSource(strings = {"BFloat16", "Half", "Float", "Double"})
  void everyFloatingPointTypeOfFilesLoads(String name) {
    ScalarType type = ScalarType.valueOf(name);
    TrainableModel model = fresh(false, 3);
    Path saved = folder.resolve(name);
    HfWeights.save(saved, model, SaveOptions.of(type));
    TrainableModel loaded = declared(false);
    HfWeights.load(saved, loaded, ScalarType.Float);
    loaded
        .namedParameters()
        .forEach(
            (key, parameter) ->
                assertThat(HostTensors.doubles(parameter.data()))
                    .as(key)
                    .isEqualTo(
                        HostTensors.doubles(
                            model.namedParameters().get(key).data().detach().to(type))));
  }

  @Test
  void headInTheFileOfATiedModelIsIgnored() {
    TrainableModel untied = fresh(false, 4);
    Path saved = folder.resolve("untied");
    HfWeights.save(saved, untied, SaveOptions.of(ScalarType.Float));
    TrainableModel tied = declared(true);
    HfWeights.load(saved, tied, ScalarType.Float);
    assertThat(HostTensors.doubles(tied.namedParameters().get(EMBEDDING).data()))
        .isEqualTo(HostTensors.doubles(untied.namedParameters().get(EMBEDDING).data()));
  }

  @Test
  void storedRotaryTablesAreSkipped() {
    TrainableModel model = fresh(false, 5);
    Path saved = folder.resolve("plain");
    HfWeights.save(saved, model, SaveOptions.of(ScalarType.Float));
    Path extended =
        copy(
            saved,
            UnaryOperator.identity(),
            List.of(TensorSpec.of("visual.rotary_pos_emb.inv_freq", DType.F32, 6)));
    TrainableModel loaded = declared(false);
    HfWeights.load(extended, loaded, ScalarType.Float);
    assertSame(loaded, model);
  }

  @Test
  void allDefectsOfAFolderAreListedAtOnce() {
    Path saved = folder.resolve("tied");
    HfWeights.save(saved, fresh(true, 6), SaveOptions.of(ScalarType.Float));
    Path wrong = rename(saved, name -> name.equals("model.norm.weight") ? "model.norm.wait" : name);
    ObjectNode json = config(false);
    json.put("intermediate_size", 65);
    TrainableModel model = ModelSpecs.builtIn().byId("qwen2vl").declare().apply(json);
    assertThatThrownBy(() -> HfWeights.load(wrong, model, ScalarType.Float))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Cannot load " + wrong + ": ")
        .hasMessageContaining("missing tensor lm_head.weight")
        .hasMessageContaining("missing tensor model.norm.weight")
        .hasMessageContaining("unexpected tensor model.norm.wait")
        .hasMessageContaining(
            "tensor model.layers.1.mlp.up_proj.weight has shape [64, 32], the model wants [65, 32]");
  }

  @Test
  void rowsOfAParameterCanBeReadAlone() {
    TrainableModel model = fresh(false, 7);
    Path saved = folder.resolve("rows");
    HfWeights.save(saved, model, SaveOptions.of(ScalarType.Float));
    Parameter embedding = model.namedParameters().get(EMBEDDING);
    try (HfCheckpoint checkpoint = HfCheckpoint.open(saved, model)) {
      assertThat(HostTensors.doubles(checkpoint.read(embedding, 100, 7, ScalarType.Double)))
          .isEqualTo(HostTensors.doubles(embedding.data().detach().narrow(0, 100, 7)));
      assertThat(checkpoint.read(embedding, 160, 0, ScalarType.Float).numel()).isZero();
    }
  }

  @Test
  void saveAsksForEachTensorOnceInDefinitionOrder() {
    TrainableModel model = fresh(true, 8);
    List<String> asked = new ArrayList<>();
    HfWeights.save(
        folder.resolve("ordered"),
        model,
        name -> {
          asked.add(name);
          return model.namedParameters().get(name).data();
        },
        SaveOptions.of(ScalarType.BFloat16));
    assertThat(asked).containsExactlyElementsOf(model.namedParameters().keySet());
  }

  @Test
  void failedSaveLeavesNothingBehind() throws IOException {
    TrainableModel model = fresh(true, 9);
    Path target = folder.resolve("broken");
    assertThatThrownBy(
            () ->
                HfWeights.save(
                    target,
                    model,
                    name -> HostTensors.of(new float[3], 3),
                    SaveOptions.of(ScalarType.Float)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(
            "Cannot save parameter visual.patch_embed.proj.weight: got 3 elements");
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void folderWithContentIsNotOverwritten() throws IOException {
    Path target = Files.createDirectory(folder.resolve("full"));
    Files.writeString(target.resolve("notes.txt"), "mine");
    assertThatThrownBy(
            () -> HfWeights.save(target, fresh(true, 1), SaveOptions.of(ScalarType.Float)))
        .hasMessageContaining("the folder is not empty");
    assertThat(target.resolve("notes.txt")).hasContent("mine");
  }

  @Test
  void extraFilesAreCopiedAndSmallFilesAreIndexed() throws IOException {
    Path tokenizer = Files.writeString(folder.resolve("tokenizer.json"), "{}");
    TrainableModel model = fresh(false, 10);
    Path saved = folder.resolve("sharded");
    HfWeights.save(saved, model, new SaveOptions(ScalarType.Float, List.of(tokenizer), 100_000));
    assertThat(saved.resolve("tokenizer.json")).hasContent("{}");
    assertThat(saved.resolve("model.safetensors.index.json")).exists();
    TrainableModel loaded = declared(false);
    HfWeights.load(saved, loaded, ScalarType.Float);
    assertSame(loaded, model);
  }

  @Test
  void missingFolderIsNamed() {
    Path nowhere = folder.resolve("nowhere");
    assertThatThrownBy(() -> HfWeights.load(nowhere, declared(false), ScalarType.Float))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(nowhere.toString());
    assertThatThrownBy(() -> HfWeights.readConfig(nowhere))
        .hasMessageContaining(nowhere.resolve("config.json").toString());
  }

  private static String newDialect(String name) {
    if (name.startsWith("visual.")) {
      return "model." + name;
    }
    return name.startsWith("model.") ? "model.language_model." + name.substring(6) : name;
  }

  private static Path rename(Path source, UnaryOperator<String> names) {
    return copy(source, names, List.of());
  }

  private static Path copy(Path source, UnaryOperator<String> names, List<TensorSpec> extra) {
    Path target = source.resolveSibling(source.getFileName() + "-copy");
    try (CheckpointFolder in = CheckpointFolder.open(source)) {
      Files.createDirectory(target);
      List<TensorSpec> specs = new ArrayList<>(extra);
      for (TensorRef tensor : in.tensors()) {
        specs.add(new TensorSpec(names.apply(tensor.name()), tensor.dtype(), tensor.shape()));
      }
      try (SafetensorsWriter out =
          SafetensorsWriter.create(
              target.resolve("model.safetensors"), specs, SafetensorsWriter.TORCH)) {
        for (TensorSpec spec : extra) {
          out.append(spec.name(), ByteBuffer.allocate((int) spec.byteSize()));
        }
        for (TensorRef tensor : in.tensors()) {
          out.append(names.apply(tensor.name()), in.map(tensor.name()));
        }
        out.commit();
      }
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TrainableModel declared(boolean tied) {
    return ModelSpecs.builtIn().byId("qwen2vl").declare().apply(config(tied));
  }

  private static TrainableModel fresh(boolean tied, long seed) {
    TrainableModel model = declared(tied);
    ModelInitializer.NORMAL.initialize(model, seed, ScalarType.Float);
    return model;
  }

  private static ObjectNode config(boolean tied) {
    try (var in = HfWeightsTest.class.getResourceAsStream("/models/qwen2vl.json")) {
      return ((ObjectNode) new ObjectMapper().readTree(in)).put("tie_word_embeddings", tied);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertSame(TrainableModel actual, TrainableModel expected) {
    Map<String, Parameter> wanted = expected.namedParameters();
    assertThat(actual.namedParameters().keySet()).isEqualTo(wanted.keySet());
    actual
        .namedParameters()
        .forEach(
            (name, parameter) ->
                assertThat(HostTensors.floats(parameter.data()))
                    .as(name)
                    .isEqualTo(HostTensors.floats(wanted.get(name).data())));
  }
}

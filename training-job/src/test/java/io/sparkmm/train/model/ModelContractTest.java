package io.sparkmm.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmm.train.input.Batch;
import io.sparkmm.train.input.HostBatch;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.testing.Tensors;
import io.sparkmm.train.weights.HfWeights;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the trainer expects of every model family. A new family gets these tests by its line in
 * {@link ModelSpecs} and a tiny {@code config.json} in {@code src/test/resources/models/<id>.json};
 * its placeholder for pictures must be token 151 and its patches 4x4 pixels.
 */
class ModelContractTest {
  private static final int PATCH_VALUES = 3 * 2 * 4 * 4;

  @TempDir Path folder;

  static List<ModelSpec> specs() {
    return ModelSpecs.builtIn().all();
  }

  @ParameterizedTest
  @MethodSource("specs")
  void isDeclaredWithoutStorageAndWithNamesOfItsOwn(ModelSpec spec) {
    TrainableModel model = declare(spec);

    assertThat(model).isInstanceOf(spec.modelClass());
    Set<String> names = new HashSet<>();
    model
        .namedParameters()
        .forEach(
            (name, parameter) -> {
              assertThat(names.add(name)).as(name).isTrue();
              assertThat(parameter.name()).isEqualTo(name);
              assertThat(parameter.materialized()).as(name).isFalse();
              assertThatThrownBy(parameter::data).hasMessageContaining(name);
            });
    assertThat(names).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("specs")
  void isFoundByItsConfigurationAndWritesItBack(ModelSpec spec) throws IOException {
    JsonNode config = config(spec);
    assertThat(ModelSpecs.builtIn().byHfConfig(config)).isSameAs(spec);

    JsonNode written = declare(spec).hfFormat().orElseThrow().config();
    assertThat(ModelSpecs.builtIn().byHfConfig(written)).isSameAs(spec);
    TrainableModel again = spec.declare().apply(written);
    assertThat(shapes(again)).isEqualTo(shapes(declare(spec)));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void startsFromTheSeedAlone(ModelSpec spec) {
    assertThat(values(initialized(spec, 1))).isEqualTo(values(initialized(spec, 1)));
    assertThat(values(initialized(spec, 1))).isNotEqualTo(values(initialized(spec, 2)));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void givesLogitsForTheTargetsAndAGradientToEveryParameter(ModelSpec spec) {
    TrainableModel model = initialized(spec, 3);
    HostBatch host = batch();
    try (TensorScope scope = TensorScope.open()) {
      ModelOutput output = model.forward(Batch.of(host, new Device("cpu"), ScalarType.Double));

      assertThat(output.targets().numel()).isEqualTo(host.targetCount());
      assertThat(output.logits().size(0)).isEqualTo(host.targetCount());
      assertThat(output.batchRows()).isEqualTo(host.rows());
      CausalLmLoss.mean(output).backward();
      for (Parameter parameter : model.namedParameters().values()) {
        Optional<Tensor> gradient = parameter.grad();
        assertThat(gradient).as(parameter.name()).isPresent();
        assertThat(gradient.orElseThrow().isfinite().all().item_bool())
            .as(parameter.name())
            .isTrue();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void reachesItsPicturePartAlsoWithoutPictures(ModelSpec spec) {
    TrainableModel model = initialized(spec, 3);
    long[] ids = {5, 8, 9, 10};
    HostBatch host =
        new HostBatch(
            1,
            4,
            ids,
            new long[] {1, 1, 1, 1},
            new long[] {-100, 8, 9, 10},
            new float[0],
            List.of(),
            List.of("text"));
    try (TensorScope scope = TensorScope.open()) {
      CausalLmLoss.mean(model.forward(Batch.of(host, new Device("cpu"), ScalarType.Double)))
          .backward();

      // Otherwise ranks with and without pictures would exchange different gradients.
      assertThat(model.namedParameters().values())
          .allSatisfy(parameter -> assertThat(parameter.grad()).as(parameter.name()).isPresent());
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void comesBackFromItsCheckpointFolder(ModelSpec spec) {
    TrainableModel model = initialized(spec, 4);
    HfWeights.save(folder.resolve(spec.id()), model, HfWeights.SaveOptions.of(ScalarType.Double));

    JsonNode config = HfWeights.readConfig(folder.resolve(spec.id()));
    TrainableModel loaded = spec.declare().apply(config);
    HfWeights.load(folder.resolve(spec.id()), loaded, ScalarType.Double);

    assertThat(values(loaded)).isEqualTo(values(model));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void namesItsPartsByModulesThatExist(ModelSpec spec) {
    TrainableModel model = declare(spec);

    assertThat(model.parts()).isNotEmpty();
    model
        .parts()
        .forEach(
            (part, paths) ->
                assertThat(paths)
                    .as(part)
                    .isNotEmpty()
                    .allSatisfy(path -> assertThat(model.find(path)).as(path).isPresent()));
  }

  private static TrainableModel declare(ModelSpec spec) {
    try {
      return spec.declare().apply(config(spec));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static TrainableModel initialized(ModelSpec spec, long seed) {
    TrainableModel model = declare(spec);
    ModelInitializer.NORMAL.initialize(model, seed, ScalarType.Double);
    return model;
  }

  private static JsonNode config(ModelSpec spec) throws IOException {
    try (InputStream in =
        ModelContractTest.class.getResourceAsStream("/models/" + spec.id() + ".json")) {
      assertThat(in).as("src/test/resources/models/" + spec.id() + ".json").isNotNull();
      return new ObjectMapper().readTree(in);
    }
  }

  /** Two rows, the first with one picture of 4x4 patches. */
  private static HostBatch batch() {
    long[] ids = {5, 150, 151, 151, 151, 151, 153, 8, 9, 10, 11, 12, 13, 14, 0, 0, 0, 0, 0, 0};
    long[] labels = new long[ids.length];
    long[] mask = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      mask[i] = ids[i] == 0 ? 0 : 1;
      labels[i] = ids[i] > 7 && ids[i] < 150 ? ids[i] : -100;
    }
    float[] pixels = new float[16 * PATCH_VALUES];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) Math.sin(i);
    }
    return new HostBatch(
        2, 10, ids, mask, labels, pixels, List.of(new int[] {1, 4, 4}), List.of("a", "b"));
  }

  private static Map<String, String> shapes(TrainableModel model) {
    Map<String, String> shapes = new LinkedHashMap<>();
    model
        .namedParameters()
        .forEach((name, parameter) -> shapes.put(name, Arrays.toString(parameter.shape())));
    return shapes;
  }

  private static Map<String, List<Double>> values(TrainableModel model) {
    Map<String, List<Double>> values = new LinkedHashMap<>();
    try (TensorScope scope = TensorScope.open()) {
      model
          .namedParameters()
          .forEach(
              (name, parameter) ->
                  values.put(
                      name, Arrays.stream(Tensors.values(parameter.data())).boxed().toList()));
    }
    return values;
  }
}

package io.sparkmm.train.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.comm.Collectives;
import io.sparkmm.train.fsdp.FsdpSettings;
import io.sparkmm.train.fsdp.FullyShard;
import io.sparkmm.train.fsdp.ParallelModel;
import io.sparkmm.train.memory.TensorScope;
import io.sparkmm.train.model.ModelInitializer;
import io.sparkmm.train.model.ModelSpecs;
import io.sparkmm.train.model.TrainableModel;
import io.sparkmm.train.nn.Parameter;
import io.sparkmm.train.testing.Ranks;
import io.sparkmm.train.testing.Tensors;
import io.sparkmm.train.weights.HfWeights.SaveOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardWeightsTest {
  static final List<String> GROUPS = List.of("visual.blocks.0", "visual.merger", "model.layers.1");

  @TempDir private Path folder;

  static TrainableModel declared(int vocabulary) {
    try (InputStream in = ShardWeightsTest.class.getResourceAsStream("/models/qwen2vl.json")) {
      ObjectNode json = (ObjectNode) new ObjectMapper().readTree(in);
      json.put("vocab_size", vocabulary).put("pad_token_id", 3);
      return ModelSpecs.builtIn().byId("qwen2vl").declare().apply(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, double[]> whole(TrainableModel model) {
    Map<String, double[]> values = new LinkedHashMap<>();
    try (TensorScope scope = TensorScope.open()) {
      for (Parameter parameter : model.namedParameters().values()) {
        values.put(parameter.name(), Tensors.values(parameter.data()));
      }
    }
    return values;
  }

  /** A source of values for a model. */
  private interface Sources {
    WeightSource of(TrainableModel model);
  }

  private static Map<String, double[]> sharded(
      Collectives group, ScalarType type, Sources sources) {
    TrainableModel model = declared(160);
    try (ParallelModel parallel =
        FullyShard.applyDeclared(model, GROUPS, group, FsdpSettings.DEFAULTS, type)) {
      ShardWeights.fill(parallel.state(), sources.of(model));
      Map<String, double[]> values = new LinkedHashMap<>();
      for (String name : parallel.state().names()) {
        try (TensorScope scope = TensorScope.open()) {
          values.put(name, Tensors.values(parallel.state().gather(name)));
        }
      }
      return values;
    }
  }

  private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).isEqualTo(values));
  }

  @Test
  void freshWeightsDoNotDependOnTheNumberOfWorkers() {
    for (ScalarType type : List.of(ScalarType.Float, ScalarType.BFloat16)) {
      TrainableModel model = declared(160);
      ModelInitializer.NORMAL.initialize(model, 11, type);
      Map<String, double[]> expected = whole(model);
      for (int size : List.of(1, 2, 3)) {
        for (Map<String, double[]> rank :
            Ranks.run(
                size,
                group ->
                    sharded(
                        group,
                        type,
                        net ->
                            (parameter, first, count) ->
                                ModelInitializer.NORMAL.rows(
                                    net,
                                    parameter,
                                    new ModelInitializer.Rows(first, count),
                                    11)))) {
          assertSame(rank, expected);
        }
      }
    }
  }

  @Test
  void eachWorkerReadsItsRowsOfAHuggingFaceFolder() {
    TrainableModel model = declared(160);
    ModelInitializer.NORMAL.initialize(model, 5, ScalarType.Float);
    Path saved = folder.resolve("saved");
    HfWeights.save(saved, model, SaveOptions.of(ScalarType.BFloat16));
    TrainableModel loaded = declared(160);
    HfWeights.load(saved, loaded, ScalarType.Float);
    Map<String, double[]> expected = whole(loaded);

    for (int size : List.of(2, 3)) {
      for (Map<String, double[]> rank :
          Ranks.run(
              size,
              group -> sharded(group, ScalarType.Float, net -> HfCheckpoint.open(saved, net)))) {
        assertSame(rank, expected);
      }
    }
  }
}

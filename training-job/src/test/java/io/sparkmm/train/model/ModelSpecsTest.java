package io.sparkmm.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.model.qwen2vl.Qwen2VlModel;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelSpecsTest {
  @Test
  void findsTheFamilyByIdArchitectureAndModelType() {
    ModelSpecs specs = ModelSpecs.builtIn();
    assertThat(specs.byId("qwen2vl")).isSameAs(Qwen2VlModel.SPEC);
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("model_type", "qwen2_vl");
    assertThat(specs.byHfConfig(config)).isSameAs(Qwen2VlModel.SPEC);
    config.put("model_type", "");
    config.putArray("architectures").add("Qwen2VLForConditionalGeneration");
    assertThat(specs.byHfConfig(config)).isSameAs(Qwen2VlModel.SPEC);
  }

  @Test
  void unknownIdListsTheKnownOnes() {
    assertThatThrownBy(() -> ModelSpecs.builtIn().byId("qwen9"))
        .isInstanceOf(ModelException.class)
        .hasMessage("Cannot find model qwen9: known model ids are [qwen2vl]");
  }

  @Test
  void unknownConfigurationIsNamed() {
    ObjectNode config = JsonNodeFactory.instance.objectNode().put("model_type", "llama");
    assertThatThrownBy(() -> ModelSpecs.builtIn().byHfConfig(config))
        .hasMessageContaining("model_type 'llama'")
        .hasMessageContaining("[qwen2_vl]");
  }

  @Test
  void duplicatesAreRefusedNamingBothClasses() {
    assertThatThrownBy(() -> new ModelSpecs(List.of(Qwen2VlModel.SPEC, Qwen2VlModel.SPEC)))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Cannot register io.sparkmm.train.model.qwen2vl.Qwen2VlModel as qwen2vl:"
                + " io.sparkmm.train.model.qwen2vl.Qwen2VlModel has that name");
  }

  /** Brings a family of its own. */
  public static final class Fine implements ModelProvider {
    @Override
    public List<ModelSpec> models() {
      return List.of(
          new ModelSpec(
              "own",
              "own_type",
              "OwnForCausalLM",
              Qwen2VlModel.class,
              config -> {
                throw new UnsupportedOperationException();
              }));
    }
  }

  /** Cannot say what it brings. */
  public static final class Broken implements ModelProvider {
    @Override
    public List<ModelSpec> models() {
      throw new IllegalStateException("its library is missing");
    }
  }

  /** Brings a family that there is. */
  public static final class Duplicate implements ModelProvider {
    @Override
    public List<ModelSpec> models() {
      return List.of(
          new ModelSpec(
              "qwen2vl",
              "x",
              "X",
              Other.class,
              config -> Qwen2VlModel.SPEC.declare().apply(config)));
    }

    private abstract static class Other extends TrainableModel {}
  }

  @Test
  void familiesOfOtherJarsAreFoundBesideThoseHere(@TempDir Path folder) throws IOException {
    ModelSpecs specs = load(folder, Fine.class.getName());

    assertThat(specs.ids()).containsExactly("own", "qwen2vl");
    assertThat(specs.failed()).isEmpty();
  }

  @Test
  void providerThatFailsIsListedAndTakesNothingFromTheOthers(@TempDir Path folder)
      throws IOException {
    ModelSpecs specs =
        load(folder, Broken.class.getName(), "no.such.Provider", Fine.class.getName());

    assertThat(specs.ids()).containsExactly("own", "qwen2vl");
    assertThat(specs.failed())
        .containsEntry(
            Broken.class.getName(), "java.lang.IllegalStateException: its library is missing");
    assertThat(specs.failed().get("a provider")).contains("Provider no.such.Provider not found");
    assertThatThrownBy(() -> specs.byId("other"))
        .hasMessageContaining("known model ids are [own, qwen2vl]; could not be registered: {")
        .hasMessageContaining("its library is missing");
  }

  @Test
  void idThatIsTakenIsRefusedNamingBothClasses(@TempDir Path folder) {
    assertThatThrownBy(() -> load(folder, Duplicate.class.getName()))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Cannot register "
                + Duplicate.Other.class.getName()
                + " as qwen2vl: io.sparkmm.train.model.qwen2vl.Qwen2VlModel has that name");
  }

  private static ModelSpecs load(Path folder, String... providers) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.write(services.resolve(ModelProvider.class.getName()), List.of(providers));
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      return ModelSpecs.load();
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}

package io.sparkmm.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.train.model.qwen2vl.Qwen2VlModel;
import java.util.List;
import org.junit.jupiter.api.Test;

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
}

package io.sparkmm.train.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;
import java.util.function.Function;

/**
 * A model family.
 *
 * @param id name in this project's configuration files
 * @param hfModelType {@code model_type} in {@code config.json}
 * @param hfArchitecture entry of {@code architectures} in {@code config.json}
 * @param modelClass class of the models, for messages
 * @param declare makes a model without weights from the content of {@code config.json}
 */
public record ModelSpec(
    String id,
    String hfModelType,
    String hfArchitecture,
    Class<? extends TrainableModel> modelClass,
    Function<JsonNode, TrainableModel> declare) {
  public ModelSpec {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(hfModelType, "hfModelType");
    Objects.requireNonNull(hfArchitecture, "hfArchitecture");
    Objects.requireNonNull(modelClass, "modelClass");
    Objects.requireNonNull(declare, "declare");
  }
}

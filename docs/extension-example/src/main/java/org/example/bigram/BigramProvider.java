package org.example.bigram;

import io.sparkmm.train.model.ModelProvider;
import io.sparkmm.train.model.ModelSpec;
import java.util.List;

/** Makes the model known under {@code model_id} {@code bigram}. */
public final class BigramProvider implements ModelProvider {
  @Override
  public List<ModelSpec> models() {
    return List.of(
        new ModelSpec(
            "bigram", "bigram", "BigramForCausalLM", BigramModel.class, BigramModel::new));
  }
}

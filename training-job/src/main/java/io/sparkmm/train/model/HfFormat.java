package io.sparkmm.train.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** How a model appears in the checkpoint folders of Hugging Face libraries. */
public interface HfFormat {
  /** Content of {@code config.json}. */
  ObjectNode config();

  /** Content of {@code generation_config.json}. */
  ObjectNode generationConfig();

  /**
   * The model's parameter that a tensor of a checkpoint holds, in any dialect of names; empty for
   * tensors that the model does not need although checkpoints may have them. A name that means
   * nothing to the model is returned as it is.
   */
  Optional<String> parameterOf(String tensorName);
}

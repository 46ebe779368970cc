package io.sparkmm.data.template;

import io.sparkmm.data.sample.Role;
import java.util.List;
import java.util.Optional;

/** The template of Qwen2-VL and Qwen2.5-VL. */
public final class Qwen2VlTemplate implements ChatTemplate {
  private static final String ASSISTANT_START = "<|im_start|>assistant\n";

  @Override
  public List<String> names() {
    return List.of("qwen2vl", "qwen2_vl", "qwen2_5_vl", "qwen2.5vl");
  }

  @Override
  public Slot slot(Role role) {
    return switch (role) {
      case SYSTEM -> Slot.of("<|im_start|>system\n" + Slot.CONTENT + "<|im_end|>\n");
      case USER -> Slot.of("<|im_start|>user\n" + Slot.CONTENT + "<|im_end|>\n" + ASSISTANT_START);
      case ASSISTANT -> Slot.of(Slot.CONTENT + "<|im_end|>\n");
      case OBSERVATION ->
          Slot.of("<|im_start|>tool\n" + Slot.CONTENT + "<|im_end|>\n" + ASSISTANT_START);
      case FUNCTION -> Slot.of(Slot.CONTENT);
    };
  }

  @Override
  public String defaultSystem() {
    return "You are a helpful assistant.";
  }

  @Override
  public List<String> stopWords() {
    return List.of("<|im_end|>");
  }

  @Override
  public boolean replacesEos() {
    return true;
  }

  @Override
  public Optional<MediaTokens> mediaTokens() {
    return Optional.of(
        new MediaTokens("<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>"));
  }
}

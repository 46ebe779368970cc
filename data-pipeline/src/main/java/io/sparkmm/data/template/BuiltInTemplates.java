package io.sparkmm.data.template;

import io.sparkmm.data.image.PictureFamilies;
import io.sparkmm.data.sample.Role;
import java.util.List;

/** The templates that SparkMM brings along. */
final class BuiltInTemplates {
  private static final String ASSISTANT_START = "<|im_start|>assistant\n";
  private static final String IM_END = "<|im_end|>";
  private static final MediaTokens QWEN_PICTURES =
      new MediaTokens(
          "<|vision_start|>",
          "<|image_pad|>",
          "<|vision_end|>",
          "<|video_pad|>",
          PictureFamilies.QWEN_VL);

  private BuiltInTemplates() {}

  /** All of them. */
  static List<ChatTemplate> all() {
    return List.of(
        im("qwen2vl", "qwen2_vl", "qwen2_5_vl", "qwen2.5vl")
            .slot(Role.OBSERVATION, block("tool") + ASSISTANT_START)
            .defaultSystem("You are a helpful assistant.")
            .stopWords(IM_END)
            .replacesEos(true)
            .mediaTokens(QWEN_PICTURES)
            .build());
  }

  /** Blocks between {@code <|im_start|>} and {@code <|im_end|>}. */
  private static ChatTemplate.Builder im(String... names) {
    return ChatTemplate.builder(names)
        .slot(Role.SYSTEM, block("system"))
        .slot(Role.USER, block("user") + ASSISTANT_START)
        .slot(Role.ASSISTANT, Slot.CONTENT + IM_END + "\n");
  }

  private static String block(String speaker) {
    return "<|im_start|>" + speaker + "\n" + Slot.CONTENT + IM_END + "\n";
  }
}

package io.sparkmm.data.template;

import io.sparkmm.data.image.PictureFamilies;
import io.sparkmm.data.sample.Role;
import java.util.List;

/**
 * The templates that SparkMM brings along. {@code qwen2vl}, {@code qwen3_vl} and {@code
 * qwen3_vl_nothink} are MindSpeed-MM's, the others LLaMA-Factory's; {@code qwen2_vl} differs from
 * {@code qwen2vl} in tool turns only.
 */
final class BuiltInTemplates {
  private static final String ASSISTANT_START = "<|im_start|>assistant\n";
  private static final String IM_END = "<|im_end|>";
  private static final String HELPFUL = "You are a helpful assistant.";
  private static final String CURIOUS =
      "A chat between a curious user and an artificial intelligence assistant. The assistant gives"
          + " helpful, detailed, and polite answers to the user's questions.";
  private static final String INTERN =
      "\u4f60\u662f\u4e66\u751f\u00b7\u4e07\u8c61\uff0c\u82f1\u6587\u540d\u662fInternVL\uff0c"
          + "\u662f\u7531\u4e0a\u6d77\u4eba\u5de5\u667a\u80fd\u5b9e\u9a8c\u5ba4\u3001"
          + "\u6e05\u534e\u5927\u5b66\u53ca\u591a\u5bb6\u5408\u4f5c\u5355\u4f4d"
          + "\u8054\u5408\u5f00\u53d1\u7684\u591a\u6a21\u6001\u5927\u8bed\u8a00\u6a21\u578b\u3002";
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
        qwen2Vl(),
        qwen2VlOfLlamaFactory(),
        qwen3Vl("qwen3_vl").reasoning(thoughts()).build(),
        qwen3Vl("qwen3_vl_nothink").build(),
        chatMl(),
        internVl(),
        vicuna("vicuna").build(),
        vicuna("llava")
            .mediaTokens(new MediaTokens("", "<image>", "", "", PictureFamilies.LLAVA))
            .build(),
        humanAssistant(),
        empty());
  }

  private static ChatTemplate qwen2Vl() {
    return im("qwen2vl", "qwen2_5_vl", "qwen2.5vl")
        .slot(Role.OBSERVATION, block("tool", Slot.CONTENT) + ASSISTANT_START)
        .defaultSystem(HELPFUL)
        .replacesEos(true)
        .mediaTokens(QWEN_PICTURES)
        .build();
  }

  private static ChatTemplate qwen2VlOfLlamaFactory() {
    return im("qwen2_vl")
        .slot(Role.OBSERVATION, toolResponse())
        .toolFormat(ToolFormat.QWEN)
        .defaultSystem(HELPFUL)
        .replacesEos(true)
        .mediaTokens(QWEN_PICTURES)
        .build();
  }

  private static ChatTemplate.Builder qwen3Vl(String name) {
    return im(name)
        .slot(Role.OBSERVATION, toolResponse())
        .replacesEos(true)
        .mediaTokens(QWEN_PICTURES);
  }

  private static Reasoning thoughts() {
    return new Reasoning(
        "<think>", "</think>", "<think>\n\n</think>\n\n", Reasoning.Thinking.ON, false);
  }

  private static ChatTemplate chatMl() {
    return im("chatml")
        .slot(Role.OBSERVATION, block("tool", Slot.CONTENT) + ASSISTANT_START)
        .toolFormat(ToolFormat.DEFAULT)
        .stopWords(IM_END, "<|im_start|>")
        .replacesEos(true)
        .build();
  }

  private static ChatTemplate internVl() {
    return im("intern_vl", "internvl", "internvl2_5")
        .prefix(new Slot(List.of(new SlotElement.Bos())))
        .toolFormat(ToolFormat.DEFAULT)
        .defaultSystem(INTERN)
        .mediaTokens(
            new MediaTokens("<img>", "<IMG_CONTEXT>", "</img>", "", PictureFamilies.INTERN_VL))
        .build();
  }

  private static ChatTemplate.Builder vicuna(String name) {
    return ChatTemplate.builder(name)
        .slot(Role.USER, "USER: " + Slot.CONTENT + " ASSISTANT:")
        .toolFormat(ToolFormat.DEFAULT)
        .defaultSystem(CURIOUS);
  }

  private static ChatTemplate humanAssistant() {
    return ChatTemplate.builder("default")
        .slot(Role.SYSTEM, withEos("System: " + Slot.CONTENT, "\n"))
        .slot(Role.USER, withEos("Human: " + Slot.CONTENT, "\nAssistant:"))
        .slot(Role.ASSISTANT, withEos(Slot.CONTENT, "\n"))
        .toolFormat(ToolFormat.DEFAULT)
        .build();
  }

  private static ChatTemplate empty() {
    return ChatTemplate.builder("empty")
        .slot(Role.ASSISTANT, Slot.CONTENT)
        .toolFormat(ToolFormat.DEFAULT)
        .build();
  }

  /** Blocks between {@code <|im_start|>} and {@code <|im_end|>}. */
  private static ChatTemplate.Builder im(String... names) {
    return ChatTemplate.builder(names)
        .slot(Role.SYSTEM, block("system", Slot.CONTENT))
        .slot(Role.USER, block("user", Slot.CONTENT) + ASSISTANT_START)
        .slot(Role.ASSISTANT, Slot.CONTENT + IM_END + "\n")
        .stopWords(IM_END);
  }

  private static String block(String speaker, String text) {
    return "<|im_start|>" + speaker + "\n" + text + IM_END + "\n";
  }

  private static String toolResponse() {
    return block("user", "<tool_response>\n" + Slot.CONTENT + "\n</tool_response>")
        + ASSISTANT_START;
  }

  private static Slot withEos(String before, String after) {
    return new Slot(
        List.of(new SlotElement.Text(before), new SlotElement.Eos(), new SlotElement.Text(after)));
  }
}

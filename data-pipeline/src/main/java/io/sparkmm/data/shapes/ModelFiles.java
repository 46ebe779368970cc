package io.sparkmm.data.shapes;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.util.List;

/**
 * The files of a checkpoint folder that preparation reads, for a small Qwen2-VL: a byte-level BPE
 * tokenizer of Qwen2's kind with the special tokens of the chat template, and the settings of the
 * picture processor.
 */
final class ModelFiles {
  /** Special tokens, in the order of their ids, after the learned vocabulary. */
  static final List<String> SPECIAL_TOKENS =
      List.of(
          "<|endoftext|>",
          "<|im_start|>",
          "<|im_end|>",
          "<|vision_start|>",
          "<|vision_end|>",
          "<|vision_pad|>",
          "<|image_pad|>",
          "<|video_pad|>");

  private static final String CHAT_TEMPLATE =
      "{%- if messages[0].role != 'system' -%}"
          + "{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}"
          + "{%- endif -%}"
          + "{%- for message in messages -%}"
          + "{{ '<|im_start|>' + message.role + '\\n' }}"
          + "{%- if message.content is string -%}{{ message.content }}"
          + "{%- else -%}{%- for item in message.content -%}"
          + "{%- if item.type == 'image' -%}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}"
          + "{%- else -%}{{ item.text }}{%- endif -%}"
          + "{%- endfor -%}{%- endif -%}"
          + "{{ '<|im_end|>\\n' }}"
          + "{%- endfor -%}"
          + "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}";

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private ModelFiles() {}

  /** The content of {@code tokenizer.json}. */
  static ObjectNode tokenizer(List<BpeTrainer.Merge> merges) {
    ObjectNode root = JSON.objectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    int firstSpecial = BpeTrainer.vocabulary(merges).size();
    for (int i = 0; i < SPECIAL_TOKENS.size(); i++) {
      ObjectNode token = added.addObject();
      token.put("id", firstSpecial + i);
      token.setAll(specialToken(SPECIAL_TOKENS.get(i)));
    }
    root.putObject("normalizer").put("type", "NFC");
    ObjectNode preTokenizer = root.putObject("pre_tokenizer");
    preTokenizer.put("type", "Sequence");
    ArrayNode steps = preTokenizer.putArray("pretokenizers");
    ObjectNode split = steps.addObject();
    split.put("type", "Split");
    split.putObject("pattern").put("Regex", TokenizerFiles.QWEN2_PATTERN);
    split.put("behavior", "Isolated").put("invert", false);
    steps.add(byteLevel());
    root.set("post_processor", byteLevel());
    root.set("decoder", byteLevel());
    root.set("model", model(merges));
    return root;
  }

  /** The content of {@code tokenizer_config.json}. */
  static ObjectNode tokenizerConfig(List<BpeTrainer.Merge> merges) {
    ObjectNode root = JSON.objectNode();
    root.put("add_bos_token", false).put("add_prefix_space", false);
    ObjectNode added = root.putObject("added_tokens_decoder");
    int firstSpecial = BpeTrainer.vocabulary(merges).size();
    for (int i = 0; i < SPECIAL_TOKENS.size(); i++) {
      added.set(Integer.toString(firstSpecial + i), specialToken(SPECIAL_TOKENS.get(i)));
    }
    ArrayNode additional = root.putArray("additional_special_tokens");
    SPECIAL_TOKENS.stream().skip(1).forEach(additional::add);
    root.putNull("bos_token");
    root.put("chat_template", CHAT_TEMPLATE);
    root.put("clean_up_tokenization_spaces", false);
    root.put("eos_token", "<|im_end|>");
    root.put("errors", "replace");
    root.put("model_max_length", 32768);
    root.put("pad_token", "<|endoftext|>");
    root.put("split_special_tokens", false);
    root.put("tokenizer_class", "Qwen2Tokenizer");
    root.putNull("unk_token");
    return root;
  }

  /** The content of {@code preprocessor_config.json}: that of the published Qwen2-VL models. */
  static ObjectNode preprocessorConfig() {
    ObjectNode root = JSON.objectNode();
    root.put("min_pixels", 3136).put("max_pixels", 12845056);
    root.put("patch_size", 14).put("temporal_patch_size", 2).put("merge_size", 2);
    root.putArray("image_mean").add(0.48145466).add(0.4578275).add(0.40821073);
    root.putArray("image_std").add(0.26862954).add(0.26130258).add(0.27577711);
    root.put("image_processor_type", "Qwen2VLImageProcessor");
    root.put("processor_class", "Qwen2VLProcessor");
    return root;
  }

  private static ObjectNode model(List<BpeTrainer.Merge> merges) {
    ObjectNode model = JSON.objectNode();
    model.put("type", "BPE");
    model.putNull("dropout").putNull("unk_token");
    model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    ObjectNode vocabulary = model.putObject("vocab");
    for (String token : BpeTrainer.vocabulary(merges)) {
      vocabulary.put(token, vocabulary.size());
    }
    ArrayNode pairs = model.putArray("merges");
    merges.forEach(merge -> pairs.addArray().add(merge.left()).add(merge.right()));
    return model;
  }

  private static ObjectNode byteLevel() {
    ObjectNode node = JSON.objectNode();
    node.put("type", "ByteLevel").put("add_prefix_space", false);
    return node.put("trim_offsets", false).put("use_regex", false);
  }

  private static ObjectNode specialToken(String content) {
    ObjectNode node = JSON.objectNode();
    node.put("content", content).put("single_word", false).put("lstrip", false);
    return node.put("rstrip", false).put("normalized", false).put("special", true);
  }
}

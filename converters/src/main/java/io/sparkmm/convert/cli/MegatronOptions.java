package io.sparkmm.convert.cli;

import io.sparkmm.convert.args.Entry;
import io.sparkmm.convert.args.Group;
import io.sparkmm.convert.args.Option;
import io.sparkmm.convert.args.ValueType;
import java.util.ArrayList;
import java.util.List;

/** Options of the commands between Hugging Face folders and MindSpeed-MM checkpoints. */
final class MegatronOptions {

  static final String MM_DIR = "mm_dir";
  static final String SAVE_HF_DIR = "save_hf_dir";

  private static final String LAYERS =
      " layers on each device, one inner list per virtual pipeline stage";
  private static final String FLAT_LAYERS = " layers on each pipeline device";

  private MegatronOptions() {}

  /**
   * {@code hf_to_mm}.
   *
   * @param unmerged whether the family also has the layout that leaves q, k, v and gate, up apart
   */
  static List<Entry> hfToMm(boolean unmerged) {
    return config(
        "Conversion of Hugging Face weights to MindSpeed-MM weights",
        Option.required(MM_DIR, Option.PATH, "Folder for the converted checkpoint"),
        nested("parallel_config"),
        hfConfig("Hugging Face folder with the weights and config.json"),
        llmHfConfig(),
        visionOnly(),
        trust(),
        common(unmerged));
  }

  /** {@code mm_to_hf}; see {@link #hfToMm} for {@code unmerged}. */
  static List<Entry> mmToHf(boolean unmerged) {
    List<Entry> entries =
        new ArrayList<>(
            List.of(
                Option.required(MM_DIR, Option.PATH, "Folder of the MindSpeed-MM checkpoint"),
                llmHfConfig(),
                flat("parallel_config", "How the checkpoint is divided"),
                hfConfig("Hugging Face folder of the original model"),
                trust(),
                Option.required(
                    SAVE_HF_DIR, Option.PATH, "Folder for the weights in Hugging Face layout")));
    if (unmerged) {
      entries.add(common(true));
    }
    return config(
        "Conversion of trained MindSpeed-MM weights to Hugging Face weights",
        entries.toArray(Entry[]::new));
  }

  /** {@code resplit}. */
  static List<Entry> resplit() {
    return config(
        "New division of a trained checkpoint among devices",
        Option.required("source_dir", Option.FOLDER, "Folder of the checkpoint"),
        Option.required("target_dir", Option.PATH, "Folder for the checkpoint divided anew"),
        flat("source_parallel_config", "How the checkpoint is divided"),
        flat("target_parallel_config", "How it is to be divided"));
  }

  /** {@code lora_hf_to_mm}. */
  static List<Entry> loraHfToMm() {
    return config(
        "Conversion of LoRA adapters to MindSpeed-MM",
        Option.required(MM_DIR, Option.PATH, "Folder for the converted adapters"),
        nested("parallel_config"),
        hfConfig("Folder with the adapters as safetensors files"),
        visionOnly(),
        common(true));
  }

  /** {@code lora_mm_to_hf}. */
  static List<Entry> loraMmToHf() {
    return config(
        "Conversion of trained LoRA adapters to Hugging Face",
        Option.required(MM_DIR, Option.PATH, "Folder of the checkpoint with the adapters"),
        llmHfConfig(),
        flat("parallel_config", "How the checkpoint is divided"),
        Option.optional("hf_config", folderObject(), "Not needed for adapters"),
        trust(),
        Option.required(SAVE_HF_DIR, Option.PATH, "Folder for adapter_model.safetensors"),
        common(true));
  }

  private static List<Entry> config(String title, Entry... entries) {
    return List.of(Group.of("cfg", title, entries));
  }

  private static Group hfConfig(String description) {
    return Group.of(
        "hf_config",
        "The Hugging Face folder",
        Option.required("hf_dir", Option.FOLDER, description));
  }

  private static ValueType folderObject() {
    return Option.object(
        "HfConfig", Option.required("hf_dir", Option.FOLDER, "Hugging Face folder"));
  }

  private static Option llmHfConfig() {
    return Option.optional(
        "llm_hf_config",
        folderObject(),
        "Has no effect; see common_model_config.llm_hf_dir of hf_to_mm");
  }

  private static Option visionOnly() {
    return Option.of(
        "save_vit_only",
        Option.nullable(Option.BOOLEAN),
        false,
        "Convert only the vision tower and its projector");
  }

  private static Option trust() {
    return Option.of(
        "trust_remote_code",
        Option.BOOLEAN,
        false,
        "Has no effect: no code of a checkpoint is ever run");
  }

  private static Group nested(String name) {
    ValueType lists = Option.listOf(Option.listOf(Option.COUNT));
    return Group.of(
        name,
        "How the weights are divided among devices",
        Option.required("llm_pp_layers", lists, "Language model" + LAYERS),
        Option.required("vit_pp_layers", lists, "Vision tower" + LAYERS),
        Option.optional("audio_pp_layers", lists, "Audio tower" + LAYERS),
        tp(),
        vitTp(),
        audioTp(),
        Option.of(
            "ep_size", Option.nullable(Option.POSITIVE), 1, "Number of expert parallel parts"));
  }

  private static Group flat(String name, String title) {
    ValueType list = Option.listOf(Option.COUNT);
    return Group.of(
        name,
        title,
        Option.required("llm_pp_layers", list, "Language model" + FLAT_LAYERS),
        Option.required("vit_pp_layers", list, "Vision tower" + FLAT_LAYERS),
        Option.optional("audio_pp_layers", list, "Audio tower" + FLAT_LAYERS),
        tp(),
        vitTp(),
        audioTp(),
        Option.of("ep_size", Option.POSITIVE, 1, "Number of expert parallel parts"));
  }

  private static Option tp() {
    return Option.of("tp_size", Option.POSITIVE, 1, "Number of tensor parallel parts");
  }

  private static Option vitTp() {
    return Option.of(
        "vit_tp_size",
        Option.nullable(Option.COUNT),
        0,
        "Number of tensor parallel parts of the vision tower, 0 for tp_size");
  }

  private static Option audioTp() {
    return Option.of(
        "audio_tp_size",
        Option.nullable(Option.COUNT),
        0,
        "Number of tensor parallel parts of the audio tower, 0 for tp_size");
  }

  private static Group common(boolean unmerged) {
    String read = ", always read from config.json";
    List<Entry> entries =
        new ArrayList<>(
            List.of(
                Option.of("num_experts", Option.INTEGER, 0, "Number of experts" + read),
                Option.of(
                    "num_key_value_heads", Option.INTEGER, 0, "Number of key/value heads" + read),
                Option.of(
                    "tie_word_embeddings",
                    Option.BOOLEAN,
                    false,
                    "Whether embedding and output layer are one" + read),
                Option.optional(
                    "llm_hf_dir",
                    Option.PATH,
                    "Folder of a language model that replaces that of hf_dir"),
                Option.of(
                    "llm_num_layers", Option.INTEGER, 0, "Layers of the language model" + read),
                Option.of("vit_num_layers", Option.INTEGER, 0, "Layers of the vision tower" + read),
                Option.optional(
                    "audio_num_layers", Option.INTEGER, "Layers of the audio tower" + read)));
    if (unmerged) {
      ValueType flag = Option.nullable(Option.BOOLEAN);
      entries.add(
          Option.of(
              "enable_canonical_hf_struct",
              flag,
              false,
              "Leave q, k, v and gate, up apart as Hugging Face does"));
      entries.add(
          Option.of(
              "new_transformers_weight_key",
              flag,
              false,
              "LoRA commands: names begin with model.language_model and model.visual"));
      entries.add(
          Option.optional(
              "model_prefix", Option.TEXT, "LoRA commands: what stands before all names"));
    }
    return new Group("common_model_config", "Properties of the model", entries);
  }
}

package io.sparkmm.convert.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sparkmm.convert.args.Entry;
import io.sparkmm.convert.args.Option;
import java.util.List;

/** Options of the commands that read or write DCP checkpoints. */
final class DcpOptions {

  static final String WORKERS = "num_workers";

  private static final String HF_FOLDER = "Hugging Face folder to read";
  private static final String DCP_FOLDER = "Folder for the DCP checkpoint";
  private static final String DCP_SOURCE =
      "DCP checkpoint to read: the folder with .metadata, or one with a tracker file";
  private static final String ASSETS =
      "Hugging Face folder with configuration, index and tokenizer";

  private DcpOptions() {}

  /** {@code GenericDCPConverter hf_to_dcp}. */
  static List<Entry> genericHfToDcp() {
    return List.of(
        Option.of("hf_dir", Option.TEXT, "", HF_FOLDER),
        Option.of("dcp_dir", Option.TEXT, "", DCP_FOLDER),
        Option.of("dcp_prefix", Option.TEXT, "", "What names begin with in the DCP checkpoint"),
        Option.of("hf_prefix", Option.TEXT, "", "What of the Hugging Face names it replaces"),
        Option.optional(
            "tie_weight_mapping",
            Option.TEXT_MAP,
            "Tensors to be added as copies of others, such as {lm_head.weight: embed.weight}"),
        Option.optional(
            "fused_linear_names",
            Option.listOf(Option.TEXT),
            "Names of expert weights that are stored with their first two dimensions as one"));
  }

  /** {@code GenericDCPConverter dcp_to_hf}. */
  static List<Entry> genericDcpToHf() {
    return List.of(
        Option.of("load_dir", Option.TEXT, "mm_save_dir/release", DCP_SOURCE),
        Option.of("save_dir", Option.PATH, ".", "Folder for the Hugging Face weights"),
        Option.of("model_assets_dir", Option.TEXT, "", ASSETS),
        Option.of("dcp_prefix", Option.TEXT, "", "What names begin with in the DCP checkpoint"),
        Option.of("hf_prefix", Option.TEXT, "", "What replaces it in the Hugging Face names"),
        Option.optional(
            "fused_linear_names",
            Option.listOf(Option.TEXT),
            "Names of expert weights that are stored with their first two dimensions as one"),
        Option.of(
            "trust_remote_code",
            Option.BOOLEAN,
            true,
            "Has no effect: no code of a checkpoint is ever run"));
  }

  /** {@code Qwen3VLConverter hf_to_dcp}. */
  static List<Entry> qwen3HfToDcp() {
    return List.of(
        Option.of("hf_dir", Option.TEXT, "Qwen3-VL-xxB", HF_FOLDER),
        Option.of("dcp_dir", Option.TEXT, "Qwen3-VL-xxB-dcp", DCP_FOLDER),
        Option.of(
            "tie_weight", Option.BOOLEAN, false, "Add lm_head.weight as a copy of the embedding"),
        Option.of(
            "is_lora_base",
            Option.BOOLEAN,
            false,
            "Name tensors as those of a base model that is trained with LoRA"));
  }

  /** {@code Qwen3VLConverter dcp_to_hf}. */
  static List<Entry> qwen3DcpToHf() {
    return List.of(
        Option.of("load_dir", Option.TEXT, "mm_save_dir/release", DCP_SOURCE),
        Option.of(
            "save_dir", Option.PATH, "Qwen3-VL-xxB-hf", "Folder for the Hugging Face weights"),
        Option.of("model_assets_dir", Option.TEXT, "Qwen3-VL-xxB", ASSETS),
        Option.of("to_bf16", Option.BOOLEAN, false, "Store all tensors as bfloat16"));
  }

  /** {@code Qwen3VLConverter lora_hf_to_dcp}. */
  static List<Entry> qwen3LoraHfToDcp() {
    return List.of(
        Option.of("hf_dir", Option.TEXT, "Qwen3-VL-xxB-lora", "Folder with the adapters"),
        Option.of("dcp_dir", Option.TEXT, "Qwen3-VL-xxB-dcp-lora", DCP_FOLDER));
  }

  /** {@code Qwen3VLConverter merge_mm_lora_dcp_weight_to_base_hf}. */
  static List<Entry> qwen3MergeLora() {
    return List.of(
        Option.of("base_hf_dir", Option.TEXT, "Qwen3-VL-xxB", "Hugging Face folder of the base"),
        Option.of(
            "lora_dcp_dir",
            Option.TEXT,
            "Qwen3-VL-xx-B-lora-dcp",
            "DCP checkpoint of the adapters"),
        Option.of(
            "lora_target_modules",
            Option.TEXT,
            "",
            "Parts of the names of modules to merge, with commas in between; all unless given"),
        Option.of(
            "save_merged_hf_dir",
            Option.TEXT,
            "Qwen3-VL-xxB-merged-hf",
            "Folder for the merged weights"),
        new Option(
            "scaling",
            Option.number("Union[float, Any]"),
            false,
            JsonNodeFactory.instance.numberNode(1.0),
            "Factor of the adapters: lora_alpha divided by lora_r"));
  }

  /** The script {@code hf_to_dcp}. */
  static List<Entry> scriptHfToDcp() {
    return List.of(
        Option.required("hf_dir", Option.PATH, HF_FOLDER),
        Option.required("dcp_dir", Option.PATH, DCP_FOLDER),
        Option.of("prefix", Option.TEXT, "", "What is put before all names, such as model."),
        Option.of(
            "sharded",
            Option.SWITCH,
            false,
            "Write one file per input file instead of one for all"),
        workers());
  }

  /** The script {@code merge_dcp_to_hf}. */
  static List<Entry> scriptMergeDcpToHf() {
    return List.of(
        Option.required("load_dir", Option.PATH, DCP_SOURCE),
        Option.required("save_dir", Option.PATH, "Folder for the Hugging Face weights"),
        Option.required("model_assets_dir", Option.PATH, ASSETS),
        Option.of("prefix", Option.TEXT, "", "What stands before all names, such as model."),
        Option.of(
            "sharded", Option.SWITCH, false, "Has no effect: memory does not grow with the model"),
        workers());
  }

  private static Option workers() {
    return Option.of(WORKERS, Option.COUNT, 0, "Number of threads, 0 for that of --threads");
  }

  /** The script {@code merge_base_lora_weight}. */
  static List<Entry> scriptMergeBaseLora() {
    return List.of(
        Option.required("base_save_dir", Option.PATH, "Folder of the base checkpoint"),
        Option.required("lora_save_dir", Option.PATH, "Folder of the checkpoint with the adapters"),
        Option.required("merge_save_dir", Option.PATH, "Folder for the merged checkpoint"),
        Option.optional(
            "lora_target_modules",
            Option.wordsOf(Option.TEXT),
            "Parts of the names of modules to merge; all unless given"),
        Option.of("lora_alpha", Option.POSITIVE, 16, "Numerator of the factor of the adapters"),
        Option.of("lora_r", Option.POSITIVE, 8, "Rank of the adapters"),
        Option.of("pp_size", Option.POSITIVE, 1, "Number of pipeline devices"),
        Option.of("tp_size", Option.POSITIVE, 1, "Number of tensor parallel parts"));
  }

  /** The script {@code merge_lora_safetensors_to_base}. */
  static List<Entry> scriptMergeLoraSafetensors() {
    return List.of(
        Option.required("base_hf_dir", Option.PATH, "Hugging Face folder of the base"),
        Option.required("lora_safetensors", Option.PATH, "File with the adapters"),
        Option.required("save_merged_hf_dir", Option.PATH, "Folder for the merged weights"),
        Option.optional(
            "lora_target_modules",
            Option.wordsOf(Option.TEXT),
            "Parts of the names of modules to merge; all unless given"),
        Option.of("lora_alpha", Option.POSITIVE, 16, "Numerator of the factor of the adapters"),
        Option.of("lora_r", Option.POSITIVE, 8, "Rank of the adapters"),
        Option.of(
            "device", Option.choice("cpu", "npu"), "cpu", "Where to compute; only cpu works"));
  }
}

package io.sparkmm.convert.cli;

import io.sparkmm.convert.args.Node;
import io.sparkmm.convert.args.Unsupported;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What MindSpeed-MM's converter knows and SparkMM does not: using it gets an answer. */
final class LeftOut {

  private static final String DIFFUSION = "a diffusion model, which SparkMM does not train";
  private static final String SPEECH = "a speech model, which SparkMM does not train";

  private static final Map<String, String> CONVERTERS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("BagelConverter", DIFFUSION),
              Map.entry("CogVideoConverter", DIFFUSION),
              Map.entry("DeepSeekVLConverter", "DeepSeek-VL2, which SparkMM does not train"),
              Map.entry(
                  "ExpertMergeDcpConverter",
                  "DCP checkpoints with the experts of a layer merged into one tensor"),
              Map.entry("GlmConverter", "GLM-4.1V, which SparkMM does not train"),
              Map.entry("HunyuanVideoConverter", DIFFUSION),
              Map.entry("LuminaConverter", DIFFUSION),
              Map.entry("MOSSTTSConverter", SPEECH),
              Map.entry("Mistral3Converter", "DCP checkpoints of Mistral 3"),
              Map.entry("OpenSoraPlanConverter", DIFFUSION),
              Map.entry(
                  "Qwen2_5_OmniConverter",
                  "Qwen2.5-Omni with its audio tower, which is not trained"),
              Map.entry("Qwen35Converter", "DCP checkpoints of Qwen3.5 with its expert layers"),
              Map.entry("Qwen3TTSConverter", SPEECH),
              Map.entry("SoraModelConverter", "the common part of the diffusion converters"),
              Map.entry("VACEConverter", DIFFUSION),
              Map.entry("VideoAlignConverter", "the VideoAlign reward model"),
              Map.entry("WanConverter", DIFFUSION),
              Map.entry(
                  "moe_expert",
                  "the merging of expert weights of InternVL3.5, Qwen3-Omni and GLM-4.5V")));

  private LeftOut() {}

  /** The converters as words of the command line. */
  static List<Node> nodes() {
    return CONVERTERS.entrySet().stream()
        .<Node>map(
            entry ->
                new Unsupported(
                    entry.getKey(),
                    entry.getKey() + " is not part of SparkMM: " + entry.getValue()))
        .toList();
  }

  /** A command that upstream lists for a converter and that does nothing there, or fails. */
  static Unsupported command(String converter, String command) {
    return new Unsupported(command, converter + " does not support " + command);
  }
}

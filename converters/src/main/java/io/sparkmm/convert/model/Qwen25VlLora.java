package io.sparkmm.convert.model;

import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.op.Rename;
import io.sparkmm.convert.op.WeightOp;
import io.sparkmm.convert.op.WeightOps;
import io.sparkmm.convert.parallel.TensorSplit;
import io.sparkmm.convert.parallel.TpRule;
import io.sparkmm.convert.parallel.TpTable;
import io.sparkmm.convert.view.TensorView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adapters of Qwen2.5-VL, which lie on the layout that leaves q, k, v and gate, up apart. */
final class Qwen25VlLora implements LoraFamily {

  private static final String VISION = QwenVisionRules.LAYER;
  private static final String TEXT = LlmRules.MERGED + "decoder.layers.{L}.";

  /** A linear layer with its names on both sides. */
  private record Module(String hf, String mm) {}

  private static final List<Module> VISION_MODULES =
      List.of(
          new Module("attn.proj", "self_attention.linear_proj"),
          new Module("attn.qkv", "self_attention.linear_qkv"),
          new Module("mlp.{gate|up}_proj", "mlp.{gate|up}_proj"),
          new Module("mlp.down_proj", "mlp.linear_fc2"));

  private static final List<Module> TEXT_MODULES =
      List.of(
          new Module("self_attn.{q|k|v}_proj", "self_attention.{q|k|v}_proj"),
          new Module("self_attn.o_proj", "self_attention.linear_proj"),
          new Module("mlp.{gate|up}_proj", "mlp.{gate|up}_proj"),
          new Module("mlp.down_proj", "mlp.linear_fc2"));

  @Override
  public Map<String, TensorView> toMerged(Map<String, TensorView> hf, LoraNames options) {
    Map<String, TensorView> tensors = new LinkedHashMap<>(hf);
    if (options.visionOnly()) {
      String vision = options.modelPrefix() + visionName(options);
      tensors.keySet().removeIf(name -> !name.startsWith(vision));
    }
    requirePairs(tensors, "");
    try {
      return ops(options).forward(tensors);
    } catch (ConvertException e) {
      List<String> problems = new ArrayList<>(e.problems());
      problems.add(
          "Names are expected to begin with "
              + options.modelPrefix()
              + visionName(options)
              + "blocks. or "
              + options.modelPrefix()
              + textName(options)
              + "layers.: see model_prefix and new_transformers_weight_key of common_model_config");
      throw ConvertException.data(problems);
    }
  }

  @Override
  public Map<String, TensorView> toHf(Map<String, TensorView> merged, LoraNames options) {
    requirePairs(merged, ".default");
    return ops(options).inverse(merged);
  }

  /** An adapter is the product of B and A: neither means anything alone. */
  private static void requirePairs(Map<String, TensorView> tensors, String infix) {
    List<String> problems = new ArrayList<>();
    if (tensors.isEmpty()) {
      problems.add("Cannot find any adapter");
    }
    for (String name : tensors.keySet()) {
      for (String kind : List.of("A", "B")) {
        String suffix = ".lora_" + kind + infix + ".weight";
        if (name.endsWith(suffix)) {
          String other =
              name.substring(0, name.length() - suffix.length())
                  + ".lora_"
                  + (kind.equals("A") ? "B" : "A")
                  + infix
                  + ".weight";
          if (!tensors.containsKey(other)) {
            problems.add("Cannot find " + other + ", which belongs to " + name);
          }
        }
      }
    }
    if (!problems.isEmpty()) {
      throw ConvertException.data(problems);
    }
  }

  private static String visionName(LoraNames options) {
    return options.newNames() ? "model.visual." : "visual.";
  }

  private static String textName(LoraNames options) {
    return options.newNames() ? "model.language_model." : "model.";
  }

  private static WeightOps ops(LoraNames options) {
    String prefix = options.modelPrefix();
    List<WeightOp> ops = new ArrayList<>();
    add(ops, VISION_MODULES, prefix + visionName(options) + "blocks.{L}.", VISION);
    add(ops, TEXT_MODULES, prefix + textName(options) + "layers.{L}.", TEXT);
    return new WeightOps(ops);
  }

  private static void add(List<WeightOp> ops, List<Module> modules, String hf, String mm) {
    for (Module module : modules) {
      ops.add(
          Rename.of(
              hf + module.hf() + ".lora_{A|B}.weight",
              mm + module.mm() + ".lora_{A|B}.default.weight"));
    }
  }

  @Override
  public TpTable tpTable() {
    String rows = ".lora_B.default.weight";
    String cols = ".lora_A.default.weight";
    return TpTable.of(
        TpRule.of(VISION + "self_attention.linear_qkv" + rows, TensorSplit.ROW),
        TpRule.of(VISION + "self_attention.linear_proj" + cols, TensorSplit.COL),
        TpRule.of(VISION + "mlp.{gate|up}_proj" + rows, TensorSplit.ROW),
        TpRule.of(VISION + "mlp.linear_fc2" + cols, TensorSplit.COL),
        TpRule.of(TEXT + "self_attention.{q|k|v}_proj" + rows, TensorSplit.ROW),
        TpRule.of(TEXT + "self_attention.linear_proj" + cols, TensorSplit.COL),
        TpRule.of(TEXT + "mlp.{gate|up}_proj" + rows, TensorSplit.ROW),
        TpRule.of(TEXT + "mlp.linear_fc2" + cols, TensorSplit.COL));
  }
}

package io.sparkmm.convert.cli;

import io.sparkmm.convert.args.Command;
import io.sparkmm.convert.args.Entry;
import io.sparkmm.convert.args.Family;
import io.sparkmm.convert.args.Node;
import io.sparkmm.convert.args.Settings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** All converters and their commands: the one place where they are listed. */
final class Converters {

  private static final String HF_TO_MM = "Converts Hugging Face weights to MindSpeed-MM weights";
  private static final String MM_TO_HF = "Converts MindSpeed-MM weights to Hugging Face weights";
  private static final String RESPLIT = "Divides MindSpeed-MM weights anew among devices";
  private static final String HF_TO_DCP = "Converts Hugging Face weights to a DCP checkpoint";
  private static final String DCP_TO_HF = "Converts a DCP checkpoint to Hugging Face weights";

  private final Map<List<String>, ConverterCommand> commands = new LinkedHashMap<>();
  private final Family root;

  private Converters() {
    List<Node> nodes = new ArrayList<>();
    nodes.add(qwen2("Qwen2VLConverter", "Converter for Qwen2-VL", List.of()));
    nodes.add(qwen25());
    nodes.add(qwen3Dcp());
    nodes.add(qwen3Megatron());
    nodes.add(internVl());
    nodes.add(genericDcp());
    nodes.addAll(scripts());
    nodes.addAll(LeftOut.nodes());
    root = new Family("mm-convert", "Converts weights between layouts", nodes);
  }

  /** All that SparkMM has. */
  static Converters standard() {
    return new Converters();
  }

  /** The tree of words. */
  Family root() {
    return root;
  }

  /** The command that these words name. */
  ConverterCommand command(List<String> words) {
    ConverterCommand command = commands.get(words);
    if (command == null) {
      throw new IllegalArgumentException("Cannot find the command " + words);
    }
    return command;
  }

  /** All commands by their words. */
  Map<List<String>, ConverterCommand> commands() {
    return Map.copyOf(commands);
  }

  private Family qwen2(String name, String description, List<Node> more) {
    List<Node> nodes = new ArrayList<>(more);
    nodes.add(
        add(name, "hf_to_mm", HF_TO_MM, MegatronOptions.hfToMm(true), MegatronChecks::hfToMm));
    nodes.add(
        tracked(name, "mm_to_hf", MM_TO_HF, MegatronOptions.mmToHf(true), MegatronChecks::mmToHf));
    nodes.add(
        tracked(name, "resplit", RESPLIT, MegatronOptions.resplit(), MegatronChecks::resplit));
    return family(name, description, nodes);
  }

  private Family qwen25() {
    String name = "Qwen2_5_VLConverter";
    List<Node> more =
        List.of(
            LeftOut.command(name, "hf_to_mm_dcp"),
            add(
                name,
                "hf_to_mm_ldt",
                HF_TO_MM + " for a U-shaped pipeline between edge and cloud",
                MegatronOptions.hfToMm(true),
                MegatronChecks::hfToMmEdgeCloud),
            add(
                name,
                "lora_hf_to_mm",
                "Converts Hugging Face LoRA adapters to MindSpeed-MM",
                MegatronOptions.loraHfToMm(),
                MegatronChecks::loraHfToMm),
            tracked(
                name,
                "lora_mm_to_hf",
                "Converts MindSpeed-MM LoRA adapters to Hugging Face",
                MegatronOptions.loraMmToHf(),
                MegatronChecks::loraMmToHf));
    return qwen2(name, "Converter for Qwen2.5-VL", more);
  }

  private Family qwen3Megatron() {
    String name = "Qwen3VLMegatronConverter";
    return megatron(name, "Converter for Qwen3-VL in MindSpeed-MM layout");
  }

  private Family internVl() {
    return megatron("InternVLConverter", "Converter for InternVL2.5 and InternVL3");
  }

  private Family megatron(String name, String description) {
    return family(
        name,
        description,
        List.of(
            add(name, "hf_to_mm", HF_TO_MM, MegatronOptions.hfToMm(false), MegatronChecks::hfToMm),
            tracked(
                name, "mm_to_hf", MM_TO_HF, MegatronOptions.mmToHf(false), MegatronChecks::mmToHf),
            LeftOut.command(name, "resplit")));
  }

  private Family qwen3Dcp() {
    String name = "Qwen3VLConverter";
    List<Node> nodes = new ArrayList<>(placeholders(name));
    nodes.add(add(name, "hf_to_dcp", HF_TO_DCP, DcpOptions.qwen3HfToDcp(), DcpChecks::hfToDcp));
    nodes.add(add(name, "dcp_to_hf", DCP_TO_HF, DcpOptions.qwen3DcpToHf(), DcpChecks::dcpToHf));
    nodes.add(
        add(
            name,
            "lora_hf_to_dcp",
            "Converts Hugging Face LoRA adapters to a DCP checkpoint",
            DcpOptions.qwen3LoraHfToDcp(),
            DcpChecks::loraHfToDcp));
    nodes.add(
        add(
            name,
            "merge_mm_lora_dcp_weight_to_base_hf",
            "Adds the LoRA adapters of a DCP checkpoint to Hugging Face weights",
            DcpOptions.qwen3MergeLora(),
            DcpChecks::mergeLora));
    return family(name, "Converter for Qwen3-VL in DCP layout", nodes);
  }

  private Family genericDcp() {
    String name = "GenericDCPConverter";
    List<Node> nodes = new ArrayList<>(placeholders(name));
    nodes.add(add(name, "hf_to_dcp", HF_TO_DCP, DcpOptions.genericHfToDcp(), DcpChecks::hfToDcp));
    nodes.add(add(name, "dcp_to_hf", DCP_TO_HF, DcpOptions.genericDcpToHf(), DcpChecks::dcpToHf));
    return family(name, "Converter between Hugging Face and DCP layout for any model", nodes);
  }

  private static List<Node> placeholders(String name) {
    return List.of(
        LeftOut.command(name, "hf_to_mm"),
        LeftOut.command(name, "mm_to_hf"),
        LeftOut.command(name, "resplit"));
  }

  private List<Node> scripts() {
    return List.of(
        script(
            "hf_to_dcp",
            HF_TO_DCP + ", names with a prefix",
            DcpOptions.scriptHfToDcp(),
            DcpChecks::scriptHfToDcp),
        script(
            "merge_dcp_to_hf",
            DCP_TO_HF + ", names without a prefix",
            DcpOptions.scriptMergeDcpToHf(),
            DcpChecks::scriptMergeDcpToHf),
        script(
            "merge_base_lora_weight",
            "Adds MindSpeed-MM LoRA adapters to MindSpeed-MM weights",
            DcpOptions.scriptMergeBaseLora(),
            DcpChecks::scriptMergeBaseLora),
        script(
            "merge_lora_safetensors_to_base",
            "Adds LoRA adapters of a safetensors file to Hugging Face weights",
            DcpOptions.scriptMergeLoraSafetensors(),
            DcpChecks::scriptMergeLoraSafetensors));
  }

  private static Family family(String name, String description, List<Node> nodes) {
    List<Node> sorted = new ArrayList<>(nodes);
    sorted.sort(Comparator.comparing(Node::name));
    return new Family(name, description, sorted);
  }

  private Command add(
      String converter,
      String name,
      String description,
      List<Entry> entries,
      BiConsumer<Settings, Findings> checks) {
    Command syntax = new Command(name, description, entries, SharedOptions.WRITING, false);
    return register(List.of(converter, name), syntax, checks);
  }

  private Command tracked(
      String converter,
      String name,
      String description,
      List<Entry> entries,
      BiConsumer<Settings, Findings> checks) {
    Command syntax = new Command(name, description, entries, SharedOptions.TRACKED, false);
    return register(List.of(converter, name), syntax, checks);
  }

  private Command script(
      String name, String description, List<Entry> entries, BiConsumer<Settings, Findings> checks) {
    Command syntax = new Command(name, description, entries, SharedOptions.WRITING, true);
    return register(List.of(name), syntax, checks);
  }

  private Command register(
      List<String> words, Command syntax, BiConsumer<Settings, Findings> checks) {
    String title = String.join(" ", words);
    ConverterCommand old =
        commands.put(words, new ConverterCommand(syntax, checks, Planners.of(words)));
    if (old != null) {
      throw new IllegalArgumentException("Cannot have the command " + title + " twice");
    }
    return syntax;
  }
}

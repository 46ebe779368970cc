package io.sparkmm.convert.dcp.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.plan.ConversionPlan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs many conversions in one JVM, for {@code compare_dcp.py}: one JSON object with the options
 * per line of the input, one with the outcome per line of the output.
 */
final class DcpConversions {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private DcpConversions() {}

  /** Reads until the end of the input. */
  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(run(MAPPER.readTree(line)));
    }
  }

  private static JsonNode run(JsonNode request) {
    ObjectNode answer = MAPPER.createObjectNode();
    try {
      ConversionPlan plan = plan(request.path("command").asText(), request);
      PlanExecutor.execute(plan, ExecutionOptions.defaults());
      plan.warnings().forEach(answer.putArray("warnings")::add);
    } catch (ConvertException e) {
      answer.put("kind", e.kind().name());
      e.problems().forEach(answer.putArray("problems")::add);
    } catch (RuntimeException e) {
      answer.put("kind", e.getClass().getSimpleName());
      answer.putArray("problems").add(String.valueOf(e.getMessage()));
    }
    return answer;
  }

  static ConversionPlan plan(String command, JsonNode request) {
    return switch (command) {
      case "generic hf_to_dcp" ->
          GenericDcp.hfToDcp(
              new GenericHfToDcpOptions(
                  path(request, "hf_dir"),
                  path(request, "dcp_dir"),
                  request.path("dcp_prefix").asText(""),
                  request.path("hf_prefix").asText(""),
                  map(request.path("tie_weight_mapping")),
                  texts(request.path("fused_linear_names"))));
      case "generic dcp_to_hf" ->
          GenericDcp.dcpToHf(
              new GenericDcpToHfOptions(
                  path(request, "load_dir"),
                  path(request, "save_dir"),
                  path(request, "model_assets_dir"),
                  request.path("dcp_prefix").asText(""),
                  request.path("hf_prefix").asText(""),
                  texts(request.path("fused_linear_names"))));
      case "qwen3vl hf_to_dcp" ->
          Qwen3VlDcp.hfToDcp(
              new Qwen3VlHfToDcpOptions(
                  path(request, "hf_dir"),
                  path(request, "dcp_dir"),
                  request.path("tie_weight").asBoolean(),
                  request.path("is_lora_base").asBoolean()));
      case "qwen3vl dcp_to_hf" ->
          Qwen3VlDcp.dcpToHf(
              new Qwen3VlDcpToHfOptions(
                  path(request, "load_dir"),
                  path(request, "save_dir"),
                  path(request, "model_assets_dir"),
                  request.path("to_bf16").asBoolean()));
      case "qwen3vl lora_hf_to_dcp" ->
          Qwen3VlDcp.loraHfToDcp(
              new LoraHfToDcpOptions(path(request, "hf_dir"), path(request, "dcp_dir")));
      case "qwen3vl merge" ->
          Qwen3VlDcp.mergeLora(
              new MergeDcpLoraOptions(
                  path(request, "base_hf_dir"),
                  path(request, "lora_dcp_dir"),
                  texts(request.path("lora_target_modules")),
                  path(request, "save_merged_hf_dir"),
                  request.path("scaling").asDouble(1)));
      case "script hf_to_dcp" ->
          GenericDcp.hfToDcp(
              new HfToDcpOptions(
                  path(request, "hf_dir"),
                  path(request, "dcp_dir"),
                  request.path("prefix").asText(""),
                  request.path("sharded").asBoolean()));
      case "script merge_dcp_to_hf" ->
          GenericDcp.mergeDcpToHf(
              new MergeDcpToHfOptions(
                  path(request, "load_dir"),
                  path(request, "save_dir"),
                  path(request, "model_assets_dir"),
                  request.path("prefix").asText("")));
      case "merge_base_lora_weight" ->
          LoraScripts.mergeMm(
              new MergeMmLoraOptions(
                  path(request, "base_save_dir"),
                  path(request, "lora_save_dir"),
                  path(request, "merge_save_dir"),
                  texts(request.path("lora_target_modules")),
                  new MergeMmLoraOptions.Scaling(
                      request.path("lora_alpha").asInt(16), request.path("lora_r").asInt(8)),
                  new MergeMmLoraOptions.Ranks(
                      request.path("pp_size").asInt(1), request.path("tp_size").asInt(1))));
      case "merge_lora_safetensors_to_base" ->
          LoraScripts.mergeHf(
              new MergeHfLoraOptions(
                  path(request, "base_hf_dir"),
                  path(request, "lora_safetensors"),
                  path(request, "save_merged_hf_dir"),
                  texts(request.path("lora_target_modules")),
                  request.path("lora_alpha").asInt(16),
                  request.path("lora_r").asInt(8)));
      default -> throw new IllegalArgumentException("Cannot run " + command);
    };
  }

  private static Path path(JsonNode request, String key) {
    return Path.of(request.path(key).asText());
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(item -> texts.add(item.asText()));
    return texts;
  }

  private static Map<String, String> map(JsonNode object) {
    Map<String, String> map = new LinkedHashMap<>();
    object.fieldNames().forEachRemaining(key -> map.put(key, object.get(key).asText()));
    return map;
  }
}

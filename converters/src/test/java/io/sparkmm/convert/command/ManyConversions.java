package io.sparkmm.convert.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.convert.ConvertException;
import io.sparkmm.convert.execute.ExecutionOptions;
import io.sparkmm.convert.execute.PlanExecutor;
import io.sparkmm.convert.model.ModelFamilies;
import io.sparkmm.convert.model.ModelFamily;
import io.sparkmm.convert.parallel.ParallelLayout;
import io.sparkmm.convert.plan.ConversionPlan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs many conversions in one JVM, for {@code compare_upstream.py}: one JSON object with the
 * options per line of the input, one with the outcome per line of the output.
 */
final class ManyConversions {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private ManyConversions() {}

  /** Reads until the end of the input. */
  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(run(MAPPER.readTree(line)));
    }
  }

  /** Plans and writes; the answer has problems, or warnings. */
  static JsonNode run(JsonNode request) {
    ObjectNode answer = MAPPER.createObjectNode();
    try {
      ConversionPlan plan = plan(request);
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

  private static ConversionPlan plan(JsonNode request) {
    ModelFamily family = ModelFamilies.standard().family(request.path("converter").asText());
    String command = request.path("command").asText();
    return switch (command) {
      case "hf_to_mm", "hf_to_mm_ldt" ->
          HfToMm.plan(
              family,
              new HfToMmOptions(
                  path(request, "mm_dir"),
                  layout(request.path("parallel_config")),
                  path(request, "hf_dir"),
                  optional(request, "llm_hf_dir").map(Path::of),
                  request.path("save_vit_only").asBoolean(),
                  request.path("canonical").asBoolean(),
                  command.endsWith("ldt")));
      case "mm_to_hf" ->
          MmToHf.plan(
              family,
              new MmToHfOptions(
                  path(request, "mm_dir"),
                  optional(request, "iteration"),
                  layout(request.path("parallel_config")),
                  path(request, "hf_dir"),
                  path(request, "save_hf_dir"),
                  request.path("canonical").asBoolean()));
      case "resplit" ->
          Resplit.plan(
              family,
              new ResplitOptions(
                  path(request, "source_dir"),
                  optional(request, "iteration"),
                  layout(request.path("source_parallel_config")),
                  path(request, "target_dir"),
                  layout(request.path("target_parallel_config"))));
      case "lora_hf_to_mm" -> LoraHfToMm.plan(family, lora(request, "hf_dir", "mm_dir"));
      case "lora_mm_to_hf" -> LoraMmToHf.plan(family, lora(request, "mm_dir", "save_hf_dir"));
      default -> throw new IllegalArgumentException("Cannot run " + command);
    };
  }

  private static LoraOptions lora(JsonNode request, String source, String target) {
    return new LoraOptions(
        path(request, source),
        optional(request, "iteration"),
        layout(request.path("parallel_config")),
        path(request, target),
        request.path("model_prefix").asText(""),
        request.path("new_names").asBoolean(),
        request.path("save_vit_only").asBoolean());
  }

  private static Path path(JsonNode request, String key) {
    return Path.of(request.path(key).asText());
  }

  private static Optional<String> optional(JsonNode request, String key) {
    return request.has(key) ? Optional.of(request.path(key).asText()) : Optional.empty();
  }

  private static ParallelLayout layout(JsonNode node) {
    return new ParallelLayout(
        lists(node.path("llm_pp_layers")),
        lists(node.path("vit_pp_layers")),
        node.has("audio_pp_layers")
            ? Optional.of(lists(node.path("audio_pp_layers")))
            : Optional.empty(),
        node.path("tp_size").asInt(1),
        node.path("vit_tp_size").asInt(0),
        node.path("audio_tp_size").asInt(0),
        node.path("ep_size").asInt(1));
  }

  private static List<List<Integer>> lists(JsonNode node) {
    List<List<Integer>> lists = new ArrayList<>();
    List<Integer> flat = new ArrayList<>();
    for (JsonNode item : node) {
      if (item.isInt()) {
        flat.add(item.asInt());
      } else {
        List<Integer> inner = new ArrayList<>();
        item.forEach(count -> inner.add(count.asInt()));
        lists.add(inner);
      }
    }
    if (!flat.isEmpty()) {
      lists.add(flat);
    }
    return lists;
  }
}

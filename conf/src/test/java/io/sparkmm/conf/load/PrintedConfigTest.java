package io.sparkmm.conf.load;

import static io.sparkmm.conf.ConfigTesting.arguments;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.conf.ConfigTesting;
import io.sparkmm.conf.Fsdp2Config;
import io.sparkmm.conf.LaunchArguments;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is printed of a configuration says the same when it is read again. */
class PrintedConfigTest {
  private static final Path EXAMPLES = Path.of("..", "conf", "examples");

  @ParameterizedTest
  @ValueSource(
      strings = {"quickstart/model", "qwen2vl/model_2b", "qwen2vl/model_7b", "qwen2vl/model_72b"})
  void modelsReadBack(String name) {
    List<String> lines =
        ConfigPrinter.lines(ConfigLoader.loadModel(EXAMPLES.resolve(name + ".json")));

    assertThat(ConfigPrinter.lines(ConfigLoader.parseModel("m.json", json(lines))))
        .isEqualTo(lines);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quickstart/data",
        "qwen2vl/data_2b",
        "qwen2vl/data_7b",
        "qwen2vl/data_72b",
        "qwen2vl/data_72b_dpo"
      })
  void dataReadsBack(String name) {
    List<String> lines =
        ConfigPrinter.lines(ConfigLoader.loadData(EXAMPLES.resolve(name + ".json")));
    List<String> files =
        lines.stream()
            .map(line -> line.replaceFirst("(basic_parameters.dataset = )\\[(.*)]", "$1$2"))
            .toList();

    assertThat(ConfigPrinter.lines(ConfigLoader.parseData("d.json", json(files)))).isEqualTo(lines);
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart/tools", "qwen2vl/tools"})
  void toolsReadBack(String name) {
    List<String> lines =
        ConfigPrinter.lines(ConfigLoader.loadTools(EXAMPLES.resolve(name + ".json")));

    assertThat(ConfigPrinter.lines(ConfigLoader.parseTools("t.json", json(lines))))
        .isEqualTo(lines);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sharding_size: auto",
        "sharding_size: 4\nreshard_after_forward: 2",
        "reshard_after_forward: false\nparam_dtype: half\nreduce_dtype: float32",
        "sub_modules_to_wrap: ['a.{*}', 'b.{0-3}.c', d]\nrecompute_modules: ['a.{ 1 - 2 }']",
        "offload_to_cpu: true\npin_memory: true\nnum_to_forward_prefetch: 3",
        "ignored_modules: [x]\nuse_reentrant: false\ncast_forward_inputs: off"
      })
  void shardingReadsBack(String text) {
    Fsdp2Config config = ConfigLoader.parseFsdp2("f.yaml", text);
    StringBuilder yaml = new StringBuilder();
    for (String line : ConfigPrinter.lines(config)) {
      String value = line.substring(line.indexOf(" = ") + 3);
      String quoted = value.startsWith("[") ? list(value).toString() : value;
      yaml.append(line, 0, line.indexOf(" = ")).append(": ").append(quoted).append('\n');
    }

    assertThat(ConfigLoader.parseFsdp2("g.yaml", yaml.toString())).isEqualTo(config);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--seed 1",
        "--seed -5 --bf16 --log-tps",
        "--lora-target-modules q_proj,v_proj k_proj --lora-r 4 --lora-alpha 0.5",
        "--lr-decay-style WSD --lr-wsd-decay-iters 3 --min-lr 1e-6",
        "--weight-decay-exclude-modules norm bias --adam-eps 1e-15",
        "--save out --save-interval 7 --ckpt-format torch --finetune",
        "--nproc_per_node 4 --nnodes 2 --node_rank 1 --distributed-backend npu:hccl,cpu:gloo",
        "--dpo-beta 0.3 --pref-ftx 1 --dpo-label-smoothing 0.5",
        "--recompute-granularity full --recompute-method block --recompute-num-layers 2",
      })
  void argumentsReadBack(String words) {
    LaunchArguments given = LaunchArguments.parse(arguments(words.split(" ", -1)));
    List<String> again = new ArrayList<>();
    for (String line : ConfigPrinter.argumentLines(given)) {
      int equals = line.indexOf(" = ");
      String value = line.substring(equals + 3);
      if (List.of("null", "false", "{}", "[]").contains(value)) {
        continue;
      }
      again.add(line.substring(0, equals));
      if (value.startsWith("[")) {
        again.addAll(Arrays.asList(inner(value).split(", ", -1)));
      } else if (!value.equals("true")) {
        again.add(value);
      }
    }

    assertThat(LaunchArguments.parse(again)).isEqualTo(given);
  }

  @Test
  void twoReadingsPrintTheSame() {
    Path file = EXAMPLES.resolve("qwen2vl/model_72b.json");

    assertThat(ConfigPrinter.lines(ConfigLoader.loadModel(file)))
        .isEqualTo(ConfigPrinter.lines(ConfigLoader.loadModel(file)))
        .doesNotHaveDuplicates();
  }

  private static String json(List<String> lines) {
    String text = "{}";
    for (String line : lines) {
      int equals = line.indexOf(" = ");
      text =
          ConfigTesting.with(text, line.substring(0, equals), literal(line.substring(equals + 3)));
    }
    return text;
  }

  private static String literal(String value) {
    boolean bare =
        value.matches("-?[0-9.]+(E-?[0-9]+)?|true|false|null")
            || value.matches("\\[[-0-9, \\[\\]]*]");
    if (bare) {
      return value;
    }
    if (value.startsWith("{")) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      for (String entry : inner(value).split(", ", -1)) {
        if (!entry.isEmpty()) {
          object.put(entry.substring(0, entry.indexOf(':')), entry.endsWith("true"));
        }
      }
      return object.toString();
    }
    return value.startsWith("[")
        ? list(value).toString()
        : JsonNodeFactory.instance.textNode(value).toString();
  }

  private static ArrayNode list(String printed) {
    var list = JsonNodeFactory.instance.arrayNode();
    for (String element : inner(printed).split(", ", -1)) {
      if (!element.isEmpty()) {
        list.add(element);
      }
    }
    return list;
  }

  private static String inner(String printed) {
    return printed.substring(1, printed.length() - 1);
  }
}

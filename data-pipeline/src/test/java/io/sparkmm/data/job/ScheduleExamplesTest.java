package io.sparkmm.data.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmm.data.shard.ShardReader;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command of the page about schedules, as it stands there. */
@Tag("slow")
class ScheduleExamplesTest {
  private static final Pattern COMMAND = Pattern.compile("bin/sparkmm (prepare [^\"\\n>]*)");
  private static final Pattern ARGUMENTS = Pattern.compile("arguments: \\[(.*)]");
  private static final String CONFIGURATION = "/data/nightly/data.json";
  private static final String OUTPUT = "/data/nightly/shards";

  @TempDir private Path folder;

  private static String page() throws IOException {
    Path docs = Path.of("docs/schedule.md").toAbsolutePath();
    while (!Files.exists(docs)) {
      Path root = docs.getParent().getParent().getParent();
      docs = root.resolve("docs/schedule.md");
    }
    return Files.readString(docs);
  }

  private static List<String> commands() throws IOException {
    List<String> commands = new ArrayList<>();
    Matcher command = COMMAND.matcher(page());
    while (command.find()) {
      commands.add(command.group(1).trim());
    }
    Matcher arguments = ARGUMENTS.matcher(page());
    while (arguments.find()) {
      commands.add(arguments.group(1).replace(",", "").replace("\"", ""));
    }
    return commands;
  }

  @Test
  void theCommandOfAllSchedulesRunsNightByNight() throws IOException {
    List<String> commands = commands();
    assertThat(commands).hasSize(3);
    assertThat(commands.stream().distinct()).hasSize(1);

    TestInputs inputs = TestInputs.draw(folder, 20);
    List<String> lines =
        Files.readAllLines(inputs.changedRecords("all.jsonl", UnaryOperator.identity()));
    Path source = folder.resolve("records.jsonl");
    ObjectNode config = inputs.config();
    TestInputs.basic(config).put("dataset", source.toString());
    Path file = Files.writeString(folder.resolve("data.json"), config.toString());
    Path output = folder.resolve("shards");
    List<String> words = List.of(commands.get(0).split(" "));
    assertThat(words).contains(CONFIGURATION, OUTPUT).startsWith("prepare");
    String[] arguments =
        words.stream()
            .skip(1)
            .map(word -> word.equals(CONFIGURATION) ? file.toString() : word)
            .map(word -> word.equals(OUTPUT) ? output.toString() : word)
            .toArray(String[]::new);

    TestSpark.local(2);
    for (int night = 1; night <= 2; night++) {
      Files.write(source, lines.subList(0, 10 * night));
      assertThat(PrepareMain.run(arguments)).isEqualTo(CommandLines.DONE);
      assertThat(PrepareMain.run(arguments)).isEqualTo(CommandLines.DONE);
      try (ShardReader reader =
          ShardReader.open(output.toString(), Split.TRAIN, new Configuration())) {
        assertThat(reader.size()).isEqualTo(10L * night);
        assertThat(reader.manifest().version()).isEqualTo(night);
      }
    }
    Files.delete(source);
    assertThat(PrepareMain.run(arguments)).isEqualTo(CommandLines.FAILED);
    TestInputs.basic(config).put("template", "none");
    Files.writeString(file, config.toString());
    assertThat(PrepareMain.run(arguments)).isEqualTo(CommandLines.WRONG_USAGE);
  }
}

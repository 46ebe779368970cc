package io.sparkmm.train.profile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Windows that are ordered by a file while the run goes on. The file is read before every
 * iteration; what changed in it counts from that iteration on. {@code start_step} is the iteration
 * to begin with, -1 for the next one, 0 for none; {@code active} is the length.
 *
 * <p>A file that cannot be read, for example because it is being written, is read again before the
 * next iteration.
 */
final class DynamicSchedule implements ProfileSchedule {
  /** Name of the file in its folder. */
  static final String FILE = "profiler_config.json";

  private static final Logger LOG = LoggerFactory.getLogger(DynamicSchedule.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int NEXT = -1;

  private final Path file;
  private final int rank;
  private String lastText;
  private Optional<Order> order = Optional.empty();

  /** What the file asks for. */
  private record Order(TraceSettings settings, long step, int steps) {}

  /**
   * Reads orders from a folder; makes it, and a file that orders nothing, where they are missing.
   */
  DynamicSchedule(Path folder, int rank) {
    this.file = folder.resolve(FILE);
    this.rank = rank;
    try {
      Files.createDirectories(folder);
      Files.writeString(
          file,
          template(folder).toPrettyString() + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      LOG.debug("Rank {} reads orders from {}", rank, file);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot make " + file + ": " + e, e);
    }
    // What stood there before the run is not a change.
    lastText = read().orElse("");
    parse(lastText).ifPresent(content -> accept(content, 1));
  }

  @Override
  public Optional<Start> startAt(long step) {
    Optional<String> text = read();
    if (text.isPresent() && !text.get().equals(lastText)) {
      Optional<JsonNode> content = parse(text.get());
      if (content.isPresent()) {
        lastText = text.get();
        accept(content.get(), step);
      }
    }
    Optional<Order> due = order.filter(found -> found.step() == step);
    if (due.isPresent()) {
      order = Optional.empty();
    }
    return due.map(found -> new Start(found.settings(), found.steps()));
  }

  private void accept(JsonNode content, long step) {
    long start = content.path("start_step").asLong(0);
    boolean mine = !content.path("is_rank").asBoolean(false) || lists(content.path("rank_list"));
    if (start == 0 || !mine) {
      order = Optional.empty();
      return;
    }
    long first = start == NEXT ? step : start;
    if (first < step) {
      LOG.warn("{}: start_step {} is over, iteration {} comes next", file, start, step);
      return;
    }
    order =
        Optional.of(
            new Order(settings(content), first, Math.max(1, content.path("active").asInt(1))));
  }

  private TraceSettings settings(JsonNode content) {
    String level =
        content
            .path("experimental_config")
            .path("profiler_level")
            .asText("Level0")
            .toLowerCase(Locale.ROOT);
    TraceSettings.Depth depth =
        switch (level) {
          case "level1" -> TraceSettings.Depth.BLOCKS;
          case "level2" -> TraceSettings.Depth.MODULES;
          default -> TraceSettings.Depth.PHASES;
        };
    return new TraceSettings(
        content.path("prof_dir").asText(file.toAbsolutePath().getParent().toString()),
        depth,
        content.path("profile_memory").asBoolean(false),
        content.path("record_shapes").asBoolean(false),
        content.path("with_stack").asBoolean(false),
        content.path("analyse").asBoolean(false));
  }

  private boolean lists(JsonNode ranks) {
    for (JsonNode listed : ranks) {
      if (listed.asInt(-1) == rank) {
        return true;
      }
    }
    return false;
  }

  private Optional<String> read() {
    try {
      return Optional.of(Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.warn("Cannot read {}; it is read again before the next iteration", file, e);
      return Optional.empty();
    }
  }

  private Optional<JsonNode> parse(String text) {
    try {
      JsonNode content = JSON.readTree(text);
      if (content != null && content.isObject()) {
        return Optional.of(content);
      }
      LOG.warn("{} holds no JSON object; it is read again before the next iteration", file);
    } catch (JsonProcessingException e) {
      LOG.warn(
          "{} is not JSON ({}); it is read again before the next iteration",
          file,
          e.getOriginalMessage());
    }
    return Optional.empty();
  }

  private static ObjectNode template(Path folder) {
    ObjectNode content = JSON.createObjectNode();
    content.putArray("activities").add("CPU");
    content.put("prof_dir", folder.toAbsolutePath().toString());
    content.put("analyse", false);
    content.put("record_shapes", false);
    content.put("profile_memory", false);
    content.put("with_stack", false);
    content.put("active", 1);
    content.put("start_step", 0);
    content.put("is_rank", false);
    content.putArray("rank_list");
    content.putObject("experimental_config").put("profiler_level", "Level0");
    return content;
  }
}

package io.sparkmm.data.template;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.Role;
import java.io.Serializable;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a model family writes conversations: a definition without code, so that it can come from a
 * file, travel to workers and be recorded. To add one to SparkMM: define it in {@link
 * BuiltInTemplates}.
 */
public final class ChatTemplate implements Serializable {
  private static final long serialVersionUID = 1L;

  private final List<String> names;
  private final Slot prefix;
  private final EnumMap<Role, Slot> slots;
  private final String defaultSystem;
  private final List<String> stopWords;
  private final boolean replacesEos;
  // The three are null where the template has none; the accessors wrap them.
  private final Reasoning reasoning;
  private final ToolFormat toolFormat;
  private final MediaTokens mediaTokens;

  private ChatTemplate(Builder builder) {
    this.names = List.copyOf(builder.names);
    this.prefix = builder.prefix;
    this.slots = new EnumMap<>(builder.slots);
    slots.putIfAbsent(Role.SYSTEM, Slot.of(Slot.CONTENT));
    slots.putIfAbsent(Role.USER, Slot.of(Slot.CONTENT));
    slots.putIfAbsent(Role.ASSISTANT, Slot.CONTENT_AND_EOS);
    slots.putIfAbsent(Role.OBSERVATION, slots.get(Role.USER));
    slots.putIfAbsent(
        Role.FUNCTION,
        builder.toolFormat == null ? Slot.of(Slot.CONTENT) : slots.get(Role.ASSISTANT));
    this.defaultSystem = builder.defaultSystem;
    this.stopWords = List.copyOf(builder.stopWords);
    this.replacesEos = builder.replacesEos;
    this.reasoning = builder.reasoning;
    this.toolFormat = builder.toolFormat;
    this.mediaTokens = builder.mediaTokens;
    check();
  }

  private void check() {
    if (names.isEmpty() || new LinkedHashSet<>(names).size() != names.size()) {
      throw wrong("its names are " + names + ", it needs one, and none twice");
    }
    slots.forEach(
        (role, slot) -> {
          if (!slot.holdsContent()) {
            throw wrong("the slot of " + role + " has no " + Slot.CONTENT);
          }
        });
    if (replacesEos && stopWords.isEmpty()) {
      throw wrong("it replaces the end token, but names no stop word");
    }
  }

  private DataException wrong(String reason) {
    return new DataException(
        DataException.Kind.SETTING,
        "Cannot use template " + (names.isEmpty() ? "" : names.get(0)) + ": " + reason);
  }

  /**
   * A template of these names. What the builder is not told is as in the tools that we are
   * compatible with: no prefix, no system text, questions and observations as they are, answers
   * followed by the end token, calls as they are, or like answers when they have a tool format.
   */
  public static Builder builder(String... names) {
    return new Builder(List.of(names));
  }

  /** A builder that starts from this template's values, but has other names. */
  public Builder named(String... others) {
    Builder builder = new Builder(List.of(others));
    builder.prefix = prefix;
    builder.slots.putAll(slots);
    builder.defaultSystem = defaultSystem;
    builder.stopWords = stopWords;
    builder.replacesEos = replacesEos;
    builder.reasoning = reasoning;
    builder.toolFormat = toolFormat;
    builder.mediaTokens = mediaTokens;
    return builder;
  }

  /** A builder that starts from this template's values and has its names. */
  public Builder toBuilder() {
    return named(names.toArray(String[]::new));
  }

  /** This template with calls in a tool format, followed by the end token. */
  public ChatTemplate withToolFormat(ToolFormat format) {
    return toBuilder().toolFormat(format).slot(Role.FUNCTION, Slot.CONTENT_AND_EOS).build();
  }

  /** This template with another choice about thoughts; itself if it has no rules about them. */
  public ChatTemplate withThinking(Reasoning.Thinking thinking) {
    return reasoning == null
        ? this
        : toBuilder().reasoning(reasoning.withThinking(thinking)).build();
  }

  /** The names that settings use; the first is the one that reports show. */
  public List<String> names() {
    return names;
  }

  /** What is written before everything else. */
  public Slot prefix() {
    return prefix;
  }

  /** How a turn of this role, or the system text, is written. */
  public Slot slot(Role role) {
    return slots.get(role);
  }

  /** The system text of conversations without one; empty = no system block. */
  public String defaultSystem() {
    return defaultSystem;
  }

  /** Tokens that end an answer. */
  public List<String> stopWords() {
    return stopWords;
  }

  /** Whether the first stop word takes the place of the tokenizer's end token. */
  public boolean replacesEos() {
    return replacesEos;
  }

  /** What is done about thoughts, empty when they are text like any other. */
  public Optional<Reasoning> reasoning() {
    return Optional.ofNullable(reasoning);
  }

  /** How tool calls are written, empty when they are taken as they are. */
  public Optional<ToolFormat> toolFormat() {
    return Optional.ofNullable(toolFormat);
  }

  /** How pictures are written, empty when the model has no vision tower. */
  public Optional<MediaTokens> mediaTokens() {
    return Optional.ofNullable(mediaTokens);
  }

  /** Whether any slot writes the end token. */
  boolean writesEos() {
    return Stream.concat(Stream.of(prefix), slots.values().stream())
        .flatMap(slot -> slot.elements().stream())
        .anyMatch(SlotElement.Eos.class::isInstance);
  }

  private List<Object> state() {
    return Arrays.asList(
        names,
        prefix,
        Map.copyOf(slots),
        defaultSystem,
        stopWords,
        replacesEos,
        reasoning,
        toolFormat,
        mediaTokens);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChatTemplate template && state().equals(template.state());
  }

  @Override
  public int hashCode() {
    return state().hashCode();
  }

  @Override
  public String toString() {
    return "template " + names.get(0);
  }

  /** Collects the values of a template. */
  public static final class Builder {
    private final List<String> names;
    private final EnumMap<Role, Slot> slots = new EnumMap<>(Role.class);
    private Slot prefix = Slot.EMPTY;
    private String defaultSystem = "";
    private List<String> stopWords = List.of();
    private boolean replacesEos;
    private Reasoning reasoning;
    private ToolFormat toolFormat;
    private MediaTokens mediaTokens;

    private Builder(List<String> names) {
      this.names = names;
    }

    /** Sets {@link ChatTemplate#prefix()}. */
    public Builder prefix(Slot slot) {
      prefix = Objects.requireNonNull(slot, "prefix");
      return this;
    }

    /** Sets {@link ChatTemplate#slot} of a role. */
    public Builder slot(Role role, Slot slot) {
      slots.put(Objects.requireNonNull(role, "role"), Objects.requireNonNull(slot, "slot"));
      return this;
    }

    /** Sets the slot of a role to one text. */
    public Builder slot(Role role, String text) {
      return slot(role, Slot.of(text));
    }

    /** Sets {@link ChatTemplate#defaultSystem()}. */
    public Builder defaultSystem(String text) {
      defaultSystem = Objects.requireNonNull(text, "defaultSystem");
      return this;
    }

    /** Sets {@link ChatTemplate#stopWords()}; the tokenizer's end token stays. */
    public Builder stopWords(String... words) {
      stopWords = List.of(words);
      return this;
    }

    /** Sets {@link ChatTemplate#replacesEos()}. */
    public Builder replacesEos(boolean replaces) {
      replacesEos = replaces;
      return this;
    }

    /** Sets {@link ChatTemplate#reasoning()}. */
    public Builder reasoning(Reasoning rules) {
      reasoning = Objects.requireNonNull(rules, "reasoning");
      return this;
    }

    /** Sets {@link ChatTemplate#toolFormat()}. */
    public Builder toolFormat(ToolFormat format) {
      toolFormat = Objects.requireNonNull(format, "toolFormat");
      return this;
    }

    /** Sets {@link ChatTemplate#mediaTokens()}. */
    public Builder mediaTokens(MediaTokens tokens) {
      mediaTokens = Objects.requireNonNull(tokens, "mediaTokens");
      return this;
    }

    /**
     * The template.
     *
     * @throws DataException of kind {@code SETTING} if it has no name, a slot without content, or
     *     replaces the end token without a stop word
     */
    public ChatTemplate build() {
      return new ChatTemplate(this);
    }
  }
}

package io.sparkmm.data.template;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Writes conversations as tokens by a template. Every text element of a slot is tokenized alone, so
 * tokens never span the border of system, question and answer. Thread-safe.
 */
public final class TemplateEncoder {
  /** The end token of tokenizers that name none. */
  private final ChatTemplate template;

  private final Tokenizer tokenizer;
  private final Optional<Integer> bosId;
  private final Optional<Integer> eosId;

  /** Ids of the prefix and the default system text, which most conversations begin with. */
  private final int[] defaultOpening;

  /** Ids of the thought of an answer without one; none when the template has no thoughts. */
  private final int[] emptyThought;

  /**
   * An encoder of this template.
   *
   * @throws DataException of kind {@code CHECKPOINT} if the tokenizer lacks a stop word, the end
   *     token or a picture token of the template
   */
  public TemplateEncoder(ChatTemplate template, Tokenizer tokenizer) {
    this.template = Objects.requireNonNull(template, "template");
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
    template.stopWords().forEach(tokenizer::specialId);
    template.mediaTokens().ifPresent(tokens -> tokens.all().forEach(tokenizer::specialId));
    this.bosId = tokenizer.specialTokens().bos().map(tokenizer::specialId);
    this.eosId = eosId();
    this.defaultOpening = ids(opening(template.defaultSystem()));
    this.emptyThought =
        template.reasoning().map(rules -> tokenizer.encode(rules.empty())).orElse(new int[0]);
  }

  private Optional<Integer> eosId() {
    if (template.replacesEos()) {
      return Optional.of(tokenizer.specialId(template.stopWords().get(0)));
    }
    Optional<String> eos = tokenizer.specialTokens().eos();
    if (eos.isEmpty() && template.writesEos()) {
      return Optional.of(tokenizer.specialId(EndTokens.ABSENT_EOS));
    }
    return eos.map(tokenizer::specialId);
  }

  /**
   * The exchanges of a conversation, all of whose answers are trained.
   *
   * @param system the system text; empty = the template's default
   * @param turns an even number of turns; turns 2k and 2k+1 make exchange k
   * @throws ToolCallException if a call turn does not hold what the template's tool format needs
   */
  public List<TokenPair> encode(String system, List<Turn> turns) {
    return encode(system, turns, false);
  }

  /**
   * The exchanges of a conversation.
   *
   * @param system the system text; empty = the template's default
   * @param turns an even number of turns; turns 2k and 2k+1 make exchange k
   * @param lastOnly whether only the last answer is going to be trained, which lets some templates
   *     drop the thoughts of the others
   * @throws ToolCallException if a call turn does not hold what the template's tool format needs
   */
  public List<TokenPair> encode(String system, List<Turn> turns, boolean lastOnly) {
    checkEven(turns);
    boolean discards =
        lastOnly && template.reasoning().map(Reasoning::discardsMaskedHistory).orElse(false);
    List<TokenPair> pairs = new ArrayList<>(turns.size() / 2);
    for (int k = 0; k < turns.size() / 2; k++) {
      boolean last = k == turns.size() / 2 - 1;
      Turn answer = withoutThoughts(turns.get(2 * k + 1), discards && !last);
      TokenPair pair = new TokenPair(question(system, turns, k), ids(filled(answer, k)));
      pairs.add(discards && !last ? pair : withEmptyThought(pair, answer));
    }
    return pairs;
  }

  /**
   * A conversation as one exchange: everything before the last answer, and the last answer.
   * Thoughts of earlier answers are dropped.
   *
   * @param system the system text; empty = the template's default
   * @param turns an even number of turns, at least 2
   * @throws ToolCallException if a call turn does not hold what the template's tool format needs
   */
  public TokenPair encodeOneTurn(String system, List<Turn> turns) {
    checkEven(turns);
    if (turns.isEmpty()) {
      throw new IllegalArgumentException("Cannot encode a conversation without turns");
    }
    int last = turns.size() / 2 - 1;
    int[] source = new int[0];
    for (int k = 0; k < last; k++) {
      source = join(source, question(system, turns, k));
      source = join(source, ids(filled(withoutThoughts(turns.get(2 * k + 1), true), k)));
    }
    Turn answer = withoutThoughts(turns.get(2 * last + 1), false);
    source = join(source, question(system, turns, last));
    return withEmptyThought(new TokenPair(source, ids(filled(answer, last))), answer);
  }

  private static void checkEven(List<Turn> turns) {
    if (turns.size() % 2 != 0) {
      throw new IllegalArgumentException(
          "Cannot encode a conversation of " + turns.size() + " turns: the number has to be even");
    }
  }

  private int[] question(String system, List<Turn> turns, int k) {
    int[] ids = ids(filled(turns.get(2 * k), k));
    return k == 0 ? join(system.isEmpty() ? defaultOpening : ids(opening(system)), ids) : ids;
  }

  /** The answer without thoughts, if the template or the caller says so. */
  private Turn withoutThoughts(Turn answer, boolean discarded) {
    return template
        .reasoning()
        .filter(rules -> discarded || rules.thinking() == Reasoning.Thinking.OFF)
        .map(rules -> new Turn(answer.role(), rules.withoutThoughts(answer.content())))
        .orElse(answer);
  }

  private TokenPair withEmptyThought(TokenPair pair, Turn answer) {
    Optional<Reasoning> rules = template.reasoning();
    if (rules.isEmpty() || !rules.get().lacksThought(answer.content())) {
      return pair;
    }
    return rules.get().thinking() == Reasoning.Thinking.ON
        ? new TokenPair(pair.source(), join(emptyThought, pair.target()))
        : new TokenPair(join(pair.source(), emptyThought), pair.target());
  }

  private List<SlotElement> filled(Turn turn, int index) {
    String content = turn.content();
    if (turn.role() == Role.FUNCTION && template.toolFormat().isPresent()) {
      content = template.toolFormat().get().write(content, template.reasoning());
    }
    return template.slot(turn.role()).fill(content, index);
  }

  private List<SlotElement> opening(String system) {
    List<SlotElement> elements = new ArrayList<>(template.prefix().elements());
    if (!system.isEmpty()) {
      elements.addAll(template.slot(Role.SYSTEM).fill(system, 0));
    }
    return elements;
  }

  private int[] ids(List<SlotElement> elements) {
    int[] ids = new int[0];
    for (SlotElement element : elements) {
      ids = join(ids, ids(element));
    }
    return ids;
  }

  private static int[] join(int[] first, int[] second) {
    int[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  private int[] ids(SlotElement element) {
    if (element instanceof SlotElement.Text text) {
      return tokenizer.encode(text.text());
    }
    if (element instanceof SlotElement.Bos) {
      return bosId.map(id -> new int[] {id}).orElse(new int[0]);
    }
    if (element instanceof SlotElement.Eos) {
      return eosId.map(id -> new int[] {id}).orElse(new int[0]);
    }
    if (element instanceof SlotElement.Token token) {
      return new int[] {tokenizer.specialId(token.name())};
    }
    throw new IllegalStateException("Cannot encode a " + element.getClass().getName());
  }
}

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
  private final ChatTemplate template;
  private final Tokenizer tokenizer;
  private final Optional<Integer> bosId;
  private final Optional<Integer> eosId;

  /** Ids of the prefix and the default system text, which most conversations begin with. */
  private final int[] defaultOpening;

  /**
   * An encoder of this template.
   *
   * @throws DataException of kind {@code CHECKPOINT} if the tokenizer lacks a stop word or picture
   *     token of the template
   */
  public TemplateEncoder(ChatTemplate template, Tokenizer tokenizer) {
    this.template = Objects.requireNonNull(template, "template");
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
    template.stopWords().forEach(tokenizer::specialId);
    template
        .mediaTokens()
        .ifPresent(
            tokens ->
                List.of(tokens.start(), tokens.image(), tokens.end(), tokens.video())
                    .forEach(tokenizer::specialId));
    if (template.replacesEos() && template.stopWords().isEmpty()) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot use template "
              + template.names().get(0)
              + ": it replaces the end token, but names no stop word");
    }
    this.bosId = tokenizer.specialTokens().bos().map(tokenizer::specialId);
    this.eosId =
        template.replacesEos()
            ? Optional.of(tokenizer.specialId(template.stopWords().get(0)))
            : tokenizer.specialTokens().eos().map(tokenizer::specialId);
    this.defaultOpening = ids(opening(template.defaultSystem()));
  }

  /**
   * The exchanges of a conversation.
   *
   * @param system the system text; empty = the template's default
   * @param turns an even number of turns; turns 2k and 2k+1 make exchange k
   */
  public List<TokenPair> encode(String system, List<Turn> turns) {
    if (turns.size() % 2 != 0) {
      throw new IllegalArgumentException(
          "Cannot encode a conversation of " + turns.size() + " turns: the number has to be even");
    }
    List<TokenPair> pairs = new ArrayList<>(turns.size() / 2);
    for (int k = 0; k < turns.size() / 2; k++) {
      int[] source = ids(filled(turns.get(2 * k), k));
      if (k == 0) {
        source = join(system.isEmpty() ? defaultOpening : ids(opening(system)), source);
      }
      pairs.add(new TokenPair(source, ids(filled(turns.get(2 * k + 1), k))));
    }
    return pairs;
  }

  private List<SlotElement> filled(Turn turn, int index) {
    return template.slot(turn.role()).fill(turn.content(), index);
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

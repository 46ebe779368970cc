package io.sparkmm.data.template;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.tokenizer.SpecialTokens;
import io.sparkmm.data.tokenizer.Tokenizer;

/**
 * The end and padding tokens that a tokenizer has under a template: the template's first stop word
 * can take the place of the end token, {@code <|endoftext|>} stands in for one that is missing, and
 * the end token for a missing padding token.
 *
 * @param eos text of the end token
 * @param padId id of the padding token
 */
public record EndTokens(String eos, int padId) {
  static final String ABSENT_EOS = "<|endoftext|>";

  /**
   * The tokens.
   *
   * @throws DataException of kind {@code CHECKPOINT} if the tokenizer does not have them
   */
  public static EndTokens of(ChatTemplate template, Tokenizer tokenizer) {
    SpecialTokens special = tokenizer.specialTokens();
    String eos =
        template.replacesEos() ? template.stopWords().get(0) : special.eos().orElse(ABSENT_EOS);
    return new EndTokens(eos, tokenizer.specialId(special.pad().orElse(eos)));
  }
}

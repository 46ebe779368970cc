package io.sparkmm.train.launch;

import io.sparkmm.data.image.PictureFamilies;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.template.ChatTemplate;
import io.sparkmm.data.template.MediaTokens;
import io.sparkmm.data.tokenizer.SpecialTokens;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.data.tokenizer.TokenizerFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What model and collator have to know of a checkpoint's tokenizer.
 *
 * @param size rows that an embedding table needs at least
 * @param pad id that fills up short rows
 * @param bos id of the first token of a text, if the tokenizer has one
 * @param eos ids that end a generated text
 * @param media ids of the tokens around and in place of pictures
 * @param fingerprint names the tokenizer's files
 */
record Vocabulary(
    int size, int pad, OptionalInt bos, List<Integer> eos, Media media, String fingerprint) {
  /** Ids of the tokens around and in place of pictures and videos. */
  record Media(int start, int image, int end, int video) {}

  /**
   * Reads the tokenizer of a checkpoint folder.
   *
   * @param template the chat template
   * @throws DataException if the files are missing or damaged, or lack a token that the template
   *     needs, or if its pictures are not of the Qwen-VL family
   */
  static Vocabulary read(Path folder, ChatTemplate template) {
    MediaTokens names = template.mediaTokens().orElseThrow(() -> untrainable(template, "none"));
    if (!names.family().equals(PictureFamilies.QWEN_VL)) {
      throw untrainable(
          template,
          "those of the family "
              + names.family()
              + ", which is prepared"
              + " only; models of the family "
              + PictureFamilies.QWEN_VL
              + " are trained");
    }
    Tokenizer tokenizer = Tokenizer.shared(TokenizerFiles.read(folder));
    SpecialTokens special = tokenizer.specialTokens();
    Optional<Integer> eos = special.eos().flatMap(special::id);
    Optional<Integer> pad = special.pad().flatMap(special::id).or(() -> eos);
    List<Integer> ends = new ArrayList<>();
    eos.ifPresent(ends::add);
    pad.filter(id -> !ends.contains(id)).ifPresent(ends::add);
    return new Vocabulary(
        special.vocabularySize(),
        pad.orElseThrow(
            () ->
                new DataException(
                    DataException.Kind.CHECKPOINT,
                    "Cannot pad with the tokenizer of "
                        + folder
                        + ": it has neither pad_token nor eos_token")),
        special.bos().flatMap(special::id).map(OptionalInt::of).orElse(OptionalInt.empty()),
        ends,
        new Media(
            tokenizer.specialId(names.start()),
            tokenizer.specialId(names.image()),
            tokenizer.specialId(names.end()),
            tokenizer.specialId(names.video())),
        tokenizer.fingerprint());
  }

  private static DataException untrainable(ChatTemplate template, String pictures) {
    return new DataException(
        DataException.Kind.SETTING,
        "Cannot train on pictures with " + template + ": it has " + pictures);
  }
}

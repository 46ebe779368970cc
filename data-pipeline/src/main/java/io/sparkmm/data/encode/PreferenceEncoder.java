package io.sparkmm.data.encode;

import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PreferenceSample;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.template.LengthFit;
import io.sparkmm.data.template.TokenPair;
import io.sparkmm.data.template.ToolCallException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Encodes preference pairs: one prompt with two answers. Only the answers are trained.
 *
 * <p>Prompt and answers are cut by {@link LengthFit} as if both answers had the length of the
 * longer one, so both rows keep the same part of the prompt. The prompt's tokens are those of the
 * conversation with the chosen answer.
 */
final class PreferenceEncoder {
  private final ConversationEncoder conversations;
  private final int cutoffLength;

  PreferenceEncoder(ConversationEncoder conversations, int cutoffLength) {
    this.conversations = conversations;
    this.cutoffLength = cutoffLength;
  }

  EncodeResult encode(RecordId id, PreferenceSample sample) {
    List<Turn> withChosen = join(sample.turns(), sample.chosen());
    List<Turn> withRejected = join(sample.turns(), sample.rejected());
    Optional<ConversationCheck.Defect> defect =
        conversations
            .defect(sample.system(), withChosen, sample.images())
            .or(() -> conversations.defect(sample.system(), withRejected, sample.images()));
    if (defect.isPresent()) {
      return reject(id, defect.get().reason(), defect.get().detail());
    }
    List<EncodedImage> images;
    TokenPair chosen;
    TokenPair rejected;
    try {
      images = conversations.images(sample.images());
      chosen = conversations.oneExchange(sample.system(), withChosen, images);
      rejected = conversations.oneExchange(sample.system(), withRejected, images);
    } catch (ImageException e) {
      return reject(id, e.reason(), e.detail());
    } catch (ToolCallException e) {
      return reject(id, RejectReason.TOOL_CALL_INVALID, e.getMessage());
    }
    int longer = Math.max(chosen.target().length, rejected.target().length);
    LengthFit fit = LengthFit.fit(chosen.source().length, longer, cutoffLength);
    if (Math.min(fit.target(), Math.min(chosen.target().length, rejected.target().length)) == 0) {
      return reject(
          id,
          RejectReason.NO_SUPERVISED_TOKEN,
          "answers of "
              + chosen.target().length
              + " and "
              + rejected.target().length
              + " tokens keep at most "
              + fit.target()
              + " at a length of "
              + cutoffLength);
    }
    int[] prompt = Arrays.copyOf(chosen.source(), fit.source());
    TokenRow chosenRow = row(prompt, chosen.target(), fit.target());
    TokenRow rejectedRow = row(prompt, rejected.target(), fit.target());
    Optional<String> lost =
        conversations
            .lostPictures(chosenRow.inputIds(), images)
            .or(() -> conversations.lostPictures(rejectedRow.inputIds(), images));
    if (lost.isPresent()) {
      return reject(id, RejectReason.IMAGE_TOKENS_TRUNCATED, lost.get());
    }
    return new EncodeResult.Encoded(
        new EncodedSample(id.toString(), chosenRow, images, Optional.of(rejectedRow), List.of()));
  }

  private static TokenRow row(int[] prompt, int[] answer, int most) {
    int length = prompt.length + Math.min(answer.length, most);
    int[] ids = Arrays.copyOf(prompt, length);
    System.arraycopy(answer, 0, ids, prompt.length, length - prompt.length);
    return new TokenRow(ids, List.of(new LabelSpan(prompt.length, length)));
  }

  private static List<Turn> join(List<Turn> prompt, Turn answer) {
    List<Turn> turns = new ArrayList<>(prompt);
    turns.add(answer);
    return turns;
  }

  private static EncodeResult reject(RecordId id, RejectReason reason, String detail) {
    return new EncodeResult.Rejected(RejectedSample.of(id, reason, detail));
  }
}

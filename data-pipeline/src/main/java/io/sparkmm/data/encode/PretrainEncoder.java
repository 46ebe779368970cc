package io.sparkmm.data.encode;

import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.template.EndTokens;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Encodes plain texts: the first message of a record and the end token, all of it trained. Nothing
 * of a chat template is written. Thread-safe.
 */
final class PretrainEncoder {
  private final Tokenizer tokenizer;
  private final EndTokens ends;
  private final ConversationCheck check;
  private final int cutoffLength;

  /**
   * An encoder.
   *
   * @param spec the settings; of the label mask nothing counts
   * @param tokenizer the checkpoint's tokenizer; stays the caller's
   */
  PretrainEncoder(EncoderSpec spec, Tokenizer tokenizer) {
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
    this.ends = EndTokens.of(spec.template(), tokenizer);
    this.check = new ConversationCheck(spec.placeholders(), spec.template().mediaTokens());
    // Texts that become blocks are cut when the blocks are.
    this.cutoffLength = spec.stage().packs() ? Integer.MAX_VALUE : spec.stage().rowLength();
  }

  /**
   * Encodes a text. Never throws for a defect of the record.
   *
   * @param id name of the record
   * @param sample the record; pictures are refused, other messages than the first one are ignored
   */
  EncodeResult encode(RecordId id, SftSample sample) {
    if (sample.turns().isEmpty()) {
      return reject(id, RejectReason.MESSAGES_EMPTY, "0 messages");
    }
    if (!sample.images().isEmpty()) {
      return reject(
          id,
          RejectReason.IMAGES_UNSUPPORTED,
          sample.images().size() + " pictures, attr.pretrain takes text only");
    }
    String text = sample.turns().get(0).content();
    Optional<ConversationCheck.Defect> defect = check.text(text, "message 0");
    if (defect.isPresent()) {
      return reject(id, defect.get().reason(), defect.get().detail());
    }
    int[] ids = tokenizer.encode(text + ends.eos());
    int[] kept = ids.length > cutoffLength ? Arrays.copyOf(ids, cutoffLength) : ids;
    List<LabelSpan> spans = BlockPacker.trained(kept, ends.padId());
    if (spans.isEmpty()) {
      return reject(id, RejectReason.NO_SUPERVISED_TOKEN, kept.length + " tokens");
    }
    return new EncodeResult.Encoded(new EncodedSample(id.toString(), kept, spans, List.of()));
  }

  private static EncodeResult reject(RecordId id, RejectReason reason, String detail) {
    return new EncodeResult.Rejected(RejectedSample.of(id, reason, detail));
  }
}

package io.sparkmm.data.encode;

import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.template.LabelMask;
import io.sparkmm.data.template.ToolCallException;
import java.util.List;
import java.util.Optional;

/** Encodes conversations to imitate: all answers are trained, or the last one. */
final class SftEncoder {
  private final ConversationEncoder conversations;
  private final LabelMask mask;

  SftEncoder(ConversationEncoder conversations, LabelMask mask) {
    this.conversations = conversations;
    this.mask = mask;
  }

  EncodeResult encode(RecordId id, SftSample sample) {
    Optional<ConversationCheck.Defect> defect =
        conversations.defect(sample.system(), sample.turns(), sample.images());
    if (defect.isPresent()) {
      return reject(id, defect.get().reason(), defect.get().detail());
    }
    List<EncodedImage> images;
    LabelMask.Masked masked;
    try {
      images = conversations.images(sample.images());
      masked = mask.apply(conversations.exchanges(sample.system(), sample.turns(), images));
    } catch (ImageException e) {
      return reject(id, e.reason(), e.detail());
    } catch (ToolCallException e) {
      return reject(id, RejectReason.TOOL_CALL_INVALID, e.getMessage());
    }
    Optional<String> lost = conversations.lostPictures(masked.ids(), images);
    if (lost.isPresent()) {
      return reject(id, RejectReason.IMAGE_TOKENS_TRUNCATED, lost.get());
    }
    if (masked.spans().isEmpty()) {
      return reject(
          id,
          RejectReason.NO_SUPERVISED_TOKEN,
          masked.ids().length + " tokens at a length of " + mask.cutoffLength());
    }
    return new EncodeResult.Encoded(
        new EncodedSample(id.toString(), masked.ids(), masked.spans(), images));
  }

  private static EncodeResult reject(RecordId id, RejectReason reason, String detail) {
    return new EncodeResult.Rejected(RejectedSample.of(id, reason, detail));
  }
}

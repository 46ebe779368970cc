package io.sparkmm.data.encode;

import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageProbe;
import io.sparkmm.data.image.PatchGrid;
import io.sparkmm.data.image.SmartResize;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.Sample;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.template.ChatTemplate;
import io.sparkmm.data.template.ChatTemplates;
import io.sparkmm.data.template.LabelMask;
import io.sparkmm.data.template.MediaTokens;
import io.sparkmm.data.template.TemplateEncoder;
import io.sparkmm.data.template.TokenPair;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Turns samples into tokens, label spans and picture grids. Pictures are not decoded: their size is
 * enough. Thread-safe when the probe is.
 */
public final class SampleEncoder {
  private final EncoderSpec spec;
  private final ChatTemplate template;
  private final TemplateEncoder encoder;
  private final ConversationCheck check;
  private final Tokenizer tokenizer;
  private final ImageProbe probe;

  /**
   * An encoder.
   *
   * @param spec the settings
   * @param tokenizer the checkpoint's tokenizer; stays the caller's
   * @param probe where sizes of pictures come from
   * @throws io.sparkmm.data.sample.DataException if the template does not exist or does not go with
   *     the tokenizer
   */
  public SampleEncoder(EncoderSpec spec, Tokenizer tokenizer, ImageProbe probe) {
    this.spec = Objects.requireNonNull(spec, "spec");
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
    this.probe = Objects.requireNonNull(probe, "probe");
    this.template = ChatTemplates.standard().get(spec.template());
    this.encoder = new TemplateEncoder(template, tokenizer);
    this.check = new ConversationCheck(spec.placeholders(), template.mediaTokens());
  }

  /**
   * Encodes a sample. Never throws for a defect of the sample, and never returns one whose number
   * of picture tokens differs from the number of its pictures' features.
   *
   * @param id name of the sample
   * @param sample the sample
   */
  public EncodeResult encode(RecordId id, Sample sample) {
    if (sample instanceof SftSample sft) {
      return encode(id, sft);
    }
    throw new IllegalArgumentException("Cannot encode a " + sample.getClass().getName());
  }

  private EncodeResult encode(RecordId id, SftSample sample) {
    Optional<ConversationCheck.Defect> defect = check.find(sample);
    if (defect.isPresent()) {
      return reject(id, defect.get().reason(), defect.get().detail());
    }
    List<EncodedImage> images;
    try {
      images = images(sample);
    } catch (ImageException e) {
      return reject(id, e.reason(), e.detail());
    }
    List<TokenPair> pairs = encoder.encode(sample.system(), withMediaTokens(sample.turns()));
    Optional<Integer> padId =
        template.mediaTokens().map(MediaTokens::image).map(tokenizer::specialId);
    int[] counts = features(images);
    if (!images.isEmpty()) {
      PicturePads pads = new PicturePads(padId.orElseThrow(), counts);
      pairs = pairs.stream().map(pads::repeat).toList();
    }
    LabelMask.Masked masked = spec.mask().apply(pairs);
    long wanted = 0;
    for (int count : counts) {
      wanted += count;
    }
    int kept = padId.map(pad -> PicturePads.count(masked.ids(), pad)).orElse(0);
    if (kept != wanted) {
      return reject(
          id,
          RejectReason.IMAGE_TOKENS_TRUNCATED,
          kept
              + " of "
              + wanted
              + " picture tokens are left at a length of "
              + spec.mask().cutoffLength());
    }
    if (masked.spans().isEmpty()) {
      return reject(
          id,
          RejectReason.NO_SUPERVISED_TOKEN,
          masked.ids().length + " tokens at a length of " + spec.mask().cutoffLength());
    }
    return new EncodeResult.Encoded(
        new EncodedSample(id.toString(), masked.ids(), masked.spans(), images));
  }

  private List<EncodedImage> images(SftSample sample) {
    List<EncodedImage> images = new ArrayList<>(sample.images().size());
    for (ImageRef image : sample.images()) {
      ImageHeader header = probe.probe(image.path());
      PatchGrid grid =
          SmartResize.grid(
              new SmartResize.Size(header.width(), header.height()),
              spec.imageBounds(),
              spec.processor(),
              image.path());
      images.add(
          new EncodedImage(
              image.path(),
              Optional.empty(),
              header.height(),
              header.width(),
              grid.t(),
              grid.h(),
              grid.w()));
    }
    return images;
  }

  private int[] features(List<EncodedImage> images) {
    int merged = spec.processor().mergeSize() * spec.processor().mergeSize();
    return images.stream().mapToInt(image -> Math.toIntExact(image.patches() / merged)).toArray();
  }

  private List<Turn> withMediaTokens(List<Turn> turns) {
    if (template.mediaTokens().isEmpty()) {
      return turns;
    }
    MediaTokens tokens = template.mediaTokens().get();
    String picture = tokens.start() + tokens.image() + tokens.end();
    return turns.stream()
        .map(
            turn ->
                new Turn(turn.role(), turn.content().replace(spec.placeholders().image(), picture)))
        .toList();
  }

  private static EncodeResult reject(RecordId id, RejectReason reason, String detail) {
    return new EncodeResult.Rejected(RejectedSample.of(id, reason, detail));
  }
}

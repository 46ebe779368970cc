package io.sparkmm.data.encode;

import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageProbe;
import io.sparkmm.data.image.PatchGrid;
import io.sparkmm.data.image.SmartResize;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.template.MediaTokens;
import io.sparkmm.data.template.TemplateEncoder;
import io.sparkmm.data.template.TokenPair;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The part that all ways of encoding share: from turns and pictures to exchanges of tokens in which
 * every picture has as many tokens as features. Thread-safe when the probe is.
 */
final class ConversationEncoder {
  private final EncoderSpec spec;
  private final TemplateEncoder encoder;
  private final ConversationCheck check;
  private final ImageProbe probe;
  private final Optional<Integer> padId;

  /**
   * An encoder.
   *
   * @param spec the settings
   * @param tokenizer the checkpoint's tokenizer; stays the caller's
   * @param probe where sizes of pictures come from
   * @throws io.sparkmm.data.sample.DataException if the template does not go with the tokenizer
   */
  ConversationEncoder(EncoderSpec spec, Tokenizer tokenizer, ImageProbe probe) {
    this.spec = spec;
    this.encoder = new TemplateEncoder(spec.template(), tokenizer);
    this.check = new ConversationCheck(spec.placeholders(), spec.template().mediaTokens());
    this.probe = probe;
    this.padId = spec.template().mediaTokens().map(MediaTokens::image).map(tokenizer::specialId);
  }

  /**
   * What makes a conversation unfit, found before any work is done on it: order and number of
   * turns, texts, placeholders.
   *
   * @param system the system text
   * @param turns questions and answers, the last answer included
   * @param images the pictures
   */
  Optional<ConversationCheck.Defect> defect(
      String system, List<Turn> turns, List<ImageRef> images) {
    return check.find(system, turns, images.size());
  }

  /**
   * The grids of pictures, from the headers of their files.
   *
   * @throws ImageException if a picture cannot be used
   */
  List<EncodedImage> images(List<ImageRef> references) {
    List<EncodedImage> images = new ArrayList<>(references.size());
    for (ImageRef image : references) {
      ImageHeader header = probe.probe(image.path());
      PatchGrid grid =
          spec.pictures().grid(new SmartResize.Size(header.width(), header.height()), image.path());
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

  /**
   * The exchanges of a conversation, with as many picture tokens as features.
   *
   * @param turns as {@link #defect} has approved them
   * @param images the grids of their pictures
   * @throws io.sparkmm.data.template.ToolCallException if a tool call cannot be written
   */
  List<TokenPair> exchanges(String system, List<Turn> turns, List<EncodedImage> images) {
    List<TokenPair> pairs =
        encoder.encode(system, withMediaTokens(turns), spec.mask().maskHistory());
    if (images.isEmpty()) {
      return pairs;
    }
    PicturePads pads = pads(images);
    return pairs.stream().map(pads::repeat).toList();
  }

  /**
   * A conversation as everything before the last answer, and the last answer; with as many picture
   * tokens as features.
   *
   * @param turns as {@link #defect} has approved them
   * @param images the grids of their pictures
   * @throws io.sparkmm.data.template.ToolCallException if a tool call cannot be written
   */
  TokenPair oneExchange(String system, List<Turn> turns, List<EncodedImage> images) {
    TokenPair pair = encoder.encodeOneTurn(system, withMediaTokens(turns));
    return images.isEmpty() ? pair : pads(images).repeat(pair);
  }

  /**
   * A message when picture tokens and features differ in number, which happens when a cut goes
   * through a picture, or when a text with a picture has been dropped.
   */
  Optional<String> lostPictures(int[] ids, List<EncodedImage> images) {
    long wanted = 0;
    for (int count : features(images)) {
      wanted += count;
    }
    int kept = padId.map(pad -> PicturePads.count(ids, pad)).orElse(0);
    return kept == wanted
        ? Optional.empty()
        : Optional.of(
            kept
                + " of "
                + wanted
                + " picture tokens are left at a length of "
                + spec.mask().cutoffLength());
  }

  private PicturePads pads(List<EncodedImage> images) {
    return new PicturePads(padId.orElseThrow(), features(images));
  }

  private int[] features(List<EncodedImage> images) {
    int merged = spec.pictures().mergeSize() * spec.pictures().mergeSize();
    return images.stream().mapToInt(image -> Math.toIntExact(image.patches() / merged)).toArray();
  }

  private List<Turn> withMediaTokens(List<Turn> turns) {
    Optional<MediaTokens> tokens = spec.template().mediaTokens();
    if (tokens.isEmpty()) {
      return turns;
    }
    String word = spec.placeholders().image();
    String picture = tokens.get().picture();
    return turns.stream()
        .map(turn -> new Turn(turn.role(), turn.content().replace(word, picture)))
        .toList();
  }
}

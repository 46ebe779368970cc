package io.sparkmm.data.encode;

import io.sparkmm.data.image.ImageProbe;
import io.sparkmm.data.sample.PreferenceSample;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.Sample;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.Objects;

/**
 * Turns samples into tokens, label spans and picture grids. Pictures are not decoded: their size is
 * enough. Thread-safe when the probe is.
 */
public final class SampleEncoder {
  private final SftEncoder sft;
  private final PretrainEncoder texts;
  private final boolean pretrain;
  private final PreferenceEncoder preferences;

  /**
   * An encoder.
   *
   * @param spec the settings
   * @param tokenizer the checkpoint's tokenizer; stays the caller's
   * @param probe where sizes of pictures come from
   * @throws io.sparkmm.data.sample.DataException if the template does not go with the tokenizer
   */
  public SampleEncoder(EncoderSpec spec, Tokenizer tokenizer, ImageProbe probe) {
    Objects.requireNonNull(spec, "spec");
    ConversationEncoder conversations =
        new ConversationEncoder(
            spec,
            Objects.requireNonNull(tokenizer, "tokenizer"),
            Objects.requireNonNull(probe, "probe"));
    this.sft = new SftEncoder(conversations, spec.mask());
    this.texts = new PretrainEncoder(spec, tokenizer);
    this.pretrain = spec.stage().kind() == SampleKind.PRETRAIN;
    this.preferences = new PreferenceEncoder(conversations, spec.mask().cutoffLength());
  }

  /**
   * Encodes a sample. Never throws for a defect of the sample, and never returns one whose number
   * of picture tokens differs from the number of its pictures' features.
   *
   * @param id name of the sample
   * @param sample the sample
   */
  public EncodeResult encode(RecordId id, Sample sample) {
    if (sample instanceof SftSample conversation) {
      return pretrain ? texts.encode(id, conversation) : sft.encode(id, conversation);
    }
    if (sample instanceof PreferenceSample pair) {
      return preferences.encode(id, pair);
    }
    throw new IllegalArgumentException("Cannot encode a " + sample.getClass().getName());
  }
}

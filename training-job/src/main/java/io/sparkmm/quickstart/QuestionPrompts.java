package io.sparkmm.quickstart;

import io.sparkmm.data.encode.EncodeResult;
import io.sparkmm.data.encode.EncoderSpec;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.encode.SampleEncoder;
import io.sparkmm.data.image.FileImageProbe;
import io.sparkmm.data.image.PixelPatches;
import io.sparkmm.data.image.PixelProcessor;
import io.sparkmm.data.image.PixelSettings;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.template.LabelMask;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.train.generate.Prompt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Makes prompts of single questions about one picture each, by the same code that prepares training
 * samples, so that a model is asked as it was taught.
 */
final class QuestionPrompts {
  /** Longest prompt; far more than a question about a small picture needs. */
  private static final int LONGEST = 4096;

  private final SampleEncoder encoder;
  private final PixelProcessor pixels;

  /**
   * @param tokenizer the checkpoint's tokenizer; stays the caller's
   * @param processor the checkpoint's image processor
   * @param template name of the chat template
   * @param pictures how pictures become pixels
   */
  QuestionPrompts(
      Tokenizer tokenizer, ProcessorConfig processor, String template, PixelSettings pictures) {
    EncoderSpec spec =
        EncoderSpec.of(
            template,
            new LabelMask(LONGEST, false, false),
            pictures.bounds(),
            processor,
            Placeholders.DEFAULT);
    this.encoder = new SampleEncoder(spec, tokenizer, new FileImageProbe(Path.of("")));
    this.pixels = new PixelProcessor(processor, pictures);
  }

  /**
   * The prompt of a question.
   *
   * @param question what to ask
   * @param blind whether the picture is replaced by one of the mean colour, which normalises to
   *     zeros
   */
  Prompt prompt(HeldOutQuestion question, boolean blind) {
    PixelPatches picture = pixels.process(question.image().toString(), read(question.image()));
    float[] values = blind ? new float[picture.rows().length] : picture.rows();
    int[] grid = {picture.grid().t(), picture.grid().h(), picture.grid().w()};
    return new Prompt(question.id(), ids(question), values, List.of(grid));
  }

  /** Ids of everything before the answer. */
  private long[] ids(HeldOutQuestion question) {
    SftSample sample =
        new SftSample(
            "",
            List.of(
                new Turn(Role.USER, "<image>\n" + question.question()),
                new Turn(Role.ASSISTANT, question.answer())),
            List.of(new ImageRef(question.image().toString())));
    EncodeResult result = encoder.encode(new RecordId("heldout", 0), sample);
    if (result instanceof EncodeResult.Encoded encoded) {
      EncodedSample tokens = encoded.sample();
      return Arrays.stream(tokens.inputIds(), 0, tokens.labelSpans().get(0).start())
          .asLongStream()
          .toArray();
    }
    throw new IllegalStateException("Cannot ask " + question + ": " + result);
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read picture " + file, e);
    }
  }
}

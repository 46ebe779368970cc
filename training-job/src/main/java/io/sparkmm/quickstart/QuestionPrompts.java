package io.sparkmm.quickstart;

import io.sparkmm.data.encode.EncodeResult;
import io.sparkmm.data.encode.EncoderSpec;
import io.sparkmm.data.encode.Placeholders;
import io.sparkmm.data.encode.SampleEncoder;
import io.sparkmm.data.image.ByteSource;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.PixelPatches;
import io.sparkmm.data.image.PixelProcessor;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.image.RegulariseFilter;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.template.LabelMask;
import io.sparkmm.data.tokenizer.Tokenizer;
import io.sparkmm.train.input.HostBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes prompts of single questions about one picture each, by the same code that prepares training
 * samples, so that a model is asked as it was taught.
 */
final class QuestionPrompts {
  /** Longest prompt; far more than a question about a small picture needs. */
  private static final int LONGEST = 4096;

  private final Tokenizer tokenizer;
  private final SampleEncoder encoder;
  private final PixelProcessor pixels;

  /**
   * @param tokenizer the checkpoint's tokenizer; stays the caller's
   * @param processor the checkpoint's image processor
   * @param template name of the chat template
   * @param bounds area bounds of the data settings
   */
  QuestionPrompts(
      Tokenizer tokenizer, ProcessorConfig processor, String template, PixelBounds bounds) {
    this.tokenizer = tokenizer;
    EncoderSpec spec =
        new EncoderSpec(
            template,
            new LabelMask(LONGEST, false, false),
            bounds,
            processor,
            Placeholders.DEFAULT);
    this.encoder = new SampleEncoder(spec, tokenizer, QuestionPrompts::header);
    this.pixels = new PixelProcessor(processor, bounds, RegulariseFilter.MINDSPEED_MM);
  }

  /**
   * A batch of prompts, padded on the left.
   *
   * @param questions the questions, one row each
   * @param blind whether every picture is replaced by the mean colour, which normalises to zeros
   */
  HostBatch batch(List<HeldOutQuestion> questions, boolean blind) {
    List<int[]> prompts = new ArrayList<>();
    List<PixelPatches> pictures = new ArrayList<>();
    int columns = 0;
    int values = 0;
    for (HeldOutQuestion question : questions) {
      int[] prompt = prompt(question);
      PixelPatches picture = pixels.process(question.image().toString(), read(question.image()));
      prompts.add(prompt);
      pictures.add(picture);
      columns = Math.max(columns, prompt.length);
      values += picture.rows().length;
    }
    int rows = questions.size();
    long[] ids = new long[rows * columns];
    long[] mask = new long[rows * columns];
    long[] labels = new long[rows * columns];
    Arrays.fill(ids, tokenizer.specialTokens().pad().map(tokenizer::specialId).orElse(0));
    Arrays.fill(labels, -100);
    float[] patches = new float[values];
    List<int[]> grids = new ArrayList<>();
    int at = 0;
    for (int row = 0; row < rows; row++) {
      int[] prompt = prompts.get(row);
      int first = (row + 1) * columns - prompt.length;
      for (int i = 0; i < prompt.length; i++) {
        ids[first + i] = prompt[i];
        mask[first + i] = 1;
      }
      PixelPatches picture = pictures.get(row);
      if (!blind) {
        System.arraycopy(picture.rows(), 0, patches, at, picture.rows().length);
      }
      at += picture.rows().length;
      grids.add(new int[] {picture.grid().t(), picture.grid().h(), picture.grid().w()});
    }
    return new HostBatch(
        rows,
        columns,
        ids,
        mask,
        labels,
        patches,
        grids,
        questions.stream().map(HeldOutQuestion::id).toList());
  }

  /** Ids of everything before the answer. */
  private int[] prompt(HeldOutQuestion question) {
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
      return Arrays.copyOf(tokens.inputIds(), tokens.labelSpans().get(0).start());
    }
    throw new IllegalStateException("Cannot ask " + question + ": " + result);
  }

  private static ImageHeader header(String path) {
    return ImageHeader.check(path, ByteSource.of(read(Path.of(path))));
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read picture " + file, e);
    }
  }
}

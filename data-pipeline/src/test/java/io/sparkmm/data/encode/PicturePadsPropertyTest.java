package io.sparkmm.data.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.image.ImageFormat;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageMode;
import io.sparkmm.data.image.ImageProbe;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.template.LabelMask;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random conversations with pictures of random sizes, cut at random lengths. */
class PicturePadsPropertyTest {
  private static final int PAD = TinyTokenizer.id("<|image_pad|>");
  private static final int VISION_START = TinyTokenizer.id("<|vision_start|>");
  private static final int VISION_END = TinyTokenizer.id("<|vision_end|>");
  private static final RecordId ID = new RecordId("set.json", 1);
  private static final String[] WORDS = {
    "a ", "Gr\u00fc\u00dfe, ", "\u4e16\u754c", "\n", "x?", "\ud83d\ude00 "
  };

  /** The width and height stand in the path. */
  private static final ImageProbe PROBE =
      path -> {
        String[] sides = path.split("x", -1);
        return new ImageHeader(
            ImageFormat.PNG, Integer.parseInt(sides[0]), Integer.parseInt(sides[1]), ImageMode.RGB);
      };

  private static SftSample conversation(Random random) {
    List<Turn> turns = new ArrayList<>();
    List<ImageRef> images = new ArrayList<>();
    int pairs = 1 + random.nextInt(3);
    for (int i = 0; i < 2 * pairs; i++) {
      StringBuilder text = new StringBuilder();
      for (int word = random.nextInt(6); word >= 0; word--) {
        if (i % 2 == 0 && random.nextInt(5) == 0) {
          text.append("<image>");
          images.add(new ImageRef(1 + random.nextInt(300) + "x" + (1 + random.nextInt(300))));
        }
        text.append(WORDS[random.nextInt(WORDS.length)]);
      }
      turns.add(new Turn(i % 2 == 0 ? Role.USER : Role.ASSISTANT, text.toString()));
    }
    return new SftSample(random.nextBoolean() ? "" : "Be brief.", turns, images);
  }

  private static EncodeResult encode(int cutoff, boolean maskHistory, SftSample sample) {
    EncoderSpec spec =
        EncoderSpec.of(
            "qwen2vl",
            new LabelMask(cutoff, false, maskHistory),
            new PixelBounds(0, 262_144),
            ProcessorConfig.qwen2Vl(),
            Placeholders.DEFAULT);
    return new SampleEncoder(spec, TinyTokenizer.shared(), PROBE).encode(ID, sample);
  }

  private static boolean hasRoom(SftSample sample, int cutoff, boolean maskHistory) {
    return encode(cutoff, maskHistory, sample) instanceof EncodeResult.Encoded;
  }

  /** Lengths of the runs of pads, each of which has to stand between the marks of a picture. */
  private static List<Integer> runs(int[] ids) {
    List<Integer> runs = new ArrayList<>();
    int run = 0;
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] == PAD) {
        assertThat(run > 0 || ids[i - 1] == VISION_START).isTrue();
        run++;
      } else if (run > 0) {
        // Another token than the end mark may follow where the question was cut.
        runs.add(run);
        run = 0;
      }
    }
    if (run > 0) {
      // Cut right behind the picture.
      runs.add(run);
    }
    return runs;
  }

  private static List<Integer> features(EncodedSample sample) {
    List<Integer> features = new ArrayList<>();
    for (EncodedImage image : sample.images()) {
      assertThat(image.gridH() % 2).isZero();
      assertThat(image.gridW() % 2).isZero();
      features.add(image.gridH() / 2 * (image.gridW() / 2) * image.gridT());
    }
    return features;
  }

  @Property(seed = "1", tries = 400)
  void keptSamplesHaveAsManyPadsAsFeaturesForEachPicture(
      @ForAll long seed,
      @ForAll @IntRange(min = 8, max = 2000) int cutoff,
      @ForAll boolean maskHistory) {
    SftSample sample = conversation(new Random(seed));
    EncodeResult result = encode(cutoff, maskHistory, sample);
    if (result instanceof EncodeResult.Encoded encoded) {
      EncodedSample kept = encoded.sample();
      assertThat(runs(kept.inputIds())).isEqualTo(features(kept));
      assertThat(kept.images()).hasSameSizeAs(sample.images());
      assertThat(kept.inputIds().length).isLessThanOrEqualTo(cutoff);
      assertThat(kept.labelCount()).isPositive();
    } else {
      RejectedSample reject = ((EncodeResult.Rejected) result).reject();
      assertThat(reject.reason())
          .isIn(RejectReason.IMAGE_TOKENS_TRUNCATED, RejectReason.NO_SUPERVISED_TOKEN);
      assertThat(reject.detail()).endsWith("at a length of " + cutoff);
    }
  }

  @Property(seed = "1", tries = 200)
  void withRoomEnoughNothingIsRejectedAndTheTextSurvives(@ForAll long seed) {
    SftSample sample = conversation(new Random(seed));
    EncodedSample kept = ((EncodeResult.Encoded) encode(1 << 20, false, sample)).sample();
    assertThat(runs(kept.inputIds())).isEqualTo(features(kept));
    String text = TinyTokenizer.shared().decode(kept.inputIds(), false);
    for (Turn turn : sample.turns()) {
      for (String piece : turn.content().split("<image>", -1)) {
        assertThat(text).contains(piece);
      }
    }
  }

  @Property(seed = "1", tries = 200)
  void picturesAreNeverSupervisedInQuestions(@ForAll long seed, @ForAll boolean maskHistory) {
    SftSample sample = conversation(new Random(seed));
    EncodedSample kept = ((EncodeResult.Encoded) encode(1 << 20, maskHistory, sample)).sample();
    int[] labels = kept.labels();
    for (int i = 0; i < labels.length; i++) {
      assertThat(labels[i] == -100 || labels[i] == kept.inputIds()[i]).isTrue();
      assertThat(labels[i]).isNotIn(PAD, VISION_START, VISION_END);
    }
    int answers = sample.turns().size() / 2;
    assertThat(kept.labelSpans()).hasSize(maskHistory ? 1 : answers);
    LabelSpan last = kept.labelSpans().get(kept.labelSpans().size() - 1);
    assertThat(TinyTokenizer.shared().decode(kept.inputIds(), false))
        .contains(sample.turns().get(2 * answers - 1).content());
    assertThat(last.end()).isGreaterThan(kept.inputIds().length - 3);
  }

  @Property(seed = "1", tries = 100)
  void encodingIsAFunctionOfTheSample(
      @ForAll long seed, @ForAll @IntRange(min = 8, max = 1000) int cutoff) {
    EncodeResult first = encode(cutoff, false, conversation(new Random(seed)));
    EncodeResult second = encode(cutoff, false, conversation(new Random(seed)));
    if (first instanceof EncodeResult.Encoded one && second instanceof EncodeResult.Encoded two) {
      assertThat(two.sample().inputIds()).isEqualTo(one.sample().inputIds());
      assertThat(two.sample().labelSpans()).isEqualTo(one.sample().labelSpans());
      assertThat(two.sample().images()).isEqualTo(one.sample().images());
    } else {
      assertThat(second).isEqualTo(first);
    }
  }

  @ParameterizedTest
  @CsvSource({"56x56, 4", "56x84, 6", "280x280, 100", "28x28, 4", "1x1, 4", "1000x20, 36"})
  void theShortestLengthThatKeepsAPictureKeepsAllOfIt(String picture, int features) {
    SftSample sample =
        new SftSample(
            "",
            List.of(new Turn(Role.USER, "<image>Hi"), new Turn(Role.ASSISTANT, "Yo")),
            List.of(new ImageRef(picture)));
    int shortest = 8;
    while (!hasRoom(sample, shortest, false)) {
      shortest++;
    }
    EncodedSample kept = ((EncodeResult.Encoded) encode(shortest, false, sample)).sample();
    assertThat(runs(kept.inputIds())).containsExactly(features);
    assertThat(shortest).isGreaterThan(features);
    RejectedSample reject = ((EncodeResult.Rejected) encode(features, false, sample)).reject();
    assertThat(reject.reason()).isEqualTo(RejectReason.IMAGE_TOKENS_TRUNCATED);
    assertThat(reject.detail()).contains(" of " + features + " picture tokens are left");
  }
}

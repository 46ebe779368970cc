package io.sparkmm.data.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmm.data.fixture.Serialized;
import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.image.ImageException;
import io.sparkmm.data.image.ImageFormat;
import io.sparkmm.data.image.ImageHeader;
import io.sparkmm.data.image.ImageMode;
import io.sparkmm.data.image.ImageProbe;
import io.sparkmm.data.image.PixelBounds;
import io.sparkmm.data.image.ProcessorConfig;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.ImageRef;
import io.sparkmm.data.sample.RecordId;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.Role;
import io.sparkmm.data.sample.SftSample;
import io.sparkmm.data.sample.Turn;
import io.sparkmm.data.template.LabelMask;
import io.sparkmm.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SampleEncoderTest {
  private static final RecordId ID = new RecordId("set.json", 4);

  private final Tokenizer tokenizer = TinyTokenizer.shared();
  private ImageProbe probe = path -> new ImageHeader(ImageFormat.PNG, 64, 64, ImageMode.RGB);

  @Test
  void namesTheSampleAndItsPictures() {
    probe = path -> new ImageHeader(ImageFormat.JPEG, 640, 480, ImageMode.RGB);
    EncodedSample sample = encoded(4096, sample("<image>Hi", "Yo").withImages("a/b.jpg"));

    assertThat(sample.id()).isEqualTo("set.json#4");
    assertThat(sample.images())
        .singleElement()
        .satisfies(
            image -> {
              assertThat(image.path()).isEqualTo("a/b.jpg");
              assertThat(image.bytes()).isEmpty();
              assertThat(image.width()).isEqualTo(640);
              assertThat(image.height()).isEqualTo(480);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "user assistant user, MESSAGE_COUNT, 3 messages",
    "assistant user, ROLE_UNEXPECTED, message 0 is of ASSISTANT",
    "user user, ROLE_UNEXPECTED, message 1 is of USER",
    "user system, ROLE_UNEXPECTED, message 1 is of SYSTEM",
    "'', MESSAGES_EMPTY, 0 messages"
  })
  void rejectsConversationsThatNoFormatChecked(String roles, RejectReason reason, String detail) {
    List<Turn> turns = new ArrayList<>();
    for (String role : roles.isEmpty() ? new String[0] : roles.split(" ", -1)) {
      turns.add(new Turn(Role.valueOf(role.toUpperCase(java.util.Locale.ROOT)), "x"));
    }

    assertThat(rejected(4096, new SftSample("", turns, List.of())))
        .isEqualTo(new RejectedSample("set.json", 4, reason, detail));
  }

  @ParameterizedTest
  @CsvSource({
    "'<image>Hi', 0, '1 times <image>, 0 pictures'",
    "'Hi', 1, '0 times <image>, 1 pictures'",
    "'<image><image>', 1, '2 times <image>, 1 pictures'",
    "'<video>', 0, '1 times <video>, 0 videos'",
    "'<audio>', 0, '1 times <audio>, 0 sounds'"
  })
  void rejectsPlaceholdersWithoutMedia(String text, int pictures, String detail) {
    SftSample sample =
        sample(text, "Yo").withImages(pictures == 0 ? new String[0] : new String[] {"a.jpg"});
    RejectedSample reject = rejected(4096, sample);

    assertThat(reject.reason()).isEqualTo(RejectReason.PLACEHOLDER_MISMATCH);
    assertThat(reject.detail()).isEqualTo(detail);
  }

  @Test
  void countsPlaceholdersInAnswersButNotInTheSystemText() {
    assertThat(encoded(4096, sample("Hi", "See <image>").withImages("a.jpg")).images()).hasSize(1);
    assertThat(
            tokenizer.decode(
                encoded(4096, new SftSample("An <image>.", sample("Hi", "Yo").turns(), List.of()))
                    .inputIds(),
                false))
        .contains("An <image>.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"<|image_pad|>", "<|video_pad|>"})
  void rejectsTextThatWouldBeTakenForFeatures(String token) {
    assertThat(rejected(4096, sample("a" + token, "Yo").sample()))
        .isEqualTo(
            new RejectedSample(
                "set.json", 4, RejectReason.RESERVED_TOKEN, "message 0 contains " + token));
    assertThat(rejected(4096, sample("Hi", token).sample()).detail())
        .isEqualTo("message 1 contains " + token);
    assertThat(rejected(4096, new SftSample(token, sample("Hi", "Yo").turns(), List.of())).detail())
        .isEqualTo("the system message contains " + token);
  }

  @Test
  void keepsOtherSpecialTokensInTheText() {
    EncodedSample sample = encoded(4096, sample("<|im_end|><|vision_start|>", "Yo").sample());

    assertThat(sample.inputIds())
        .containsSequence(TinyTokenizer.id("<|im_end|>"), TinyTokenizer.id("<|vision_start|>"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\ud83d", "a\ude00b", "a\ude00\ud83d", "a\ud83d\ud83d\ude00"})
  void rejectsHalvesOfCharacters(String text) {
    RejectedSample reject = rejected(4096, sample(text, "Yo").sample());

    assertThat(reject.reason()).isEqualTo(RejectReason.INVALID_TEXT);
    assertThat(reject.detail()).isEqualTo("message 0 has half of a surrogate pair at character 1");
    assertThat(encoded(4096, sample("a\ud83d\ude00", "Yo").sample()).inputIds()).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = RejectReason.class,
      names = {"IMAGE_MISSING", "IMAGE_TRUNCATED", "IMAGE_NOT_IMAGE", "IMAGE_UNREADABLE"})
  void rejectsWithTheReasonOfTheProbe(RejectReason reason) {
    probe =
        path -> {
          throw new ImageException(reason, path, "look");
        };

    assertThat(rejected(4096, sample("<image>", "Yo").withImages("a.jpg")))
        .isEqualTo(new RejectedSample("set.json", 4, reason, "a.jpg: look"));
  }

  @Test
  void rejectsPicturesThatCannotBeResized() {
    probe = path -> new ImageHeader(ImageFormat.PNG, 10_000_000, 1, ImageMode.RGB);

    assertThat(rejected(4096, sample("<image>", "Yo").withImages("a.jpg")).reason())
        .isEqualTo(RejectReason.IMAGE_ASPECT_RATIO);
  }

  @Test
  void doesNotLookAtPicturesOfARecordThatIsRejectedAnyway() {
    AtomicInteger looked = new AtomicInteger();
    probe =
        path -> {
          looked.incrementAndGet();
          return new ImageHeader(ImageFormat.PNG, 64, 64, ImageMode.RGB);
        };
    rejected(4096, sample("no placeholder", "Yo").withImages("a.jpg"));

    assertThat(looked).hasValue(0);
  }

  @Test
  void rejectsASampleWhosePictureIsCut() {
    SftSample sample = sample("<image>Hi", "Yo").withImages("a.jpg");
    RejectedSample reject = rejected(48, sample);

    assertThat(reject.reason()).isEqualTo(RejectReason.IMAGE_TOKENS_TRUNCATED);
    assertThat(reject.detail()).isEqualTo("0 of 4 picture tokens are left at a length of 48");
  }

  @Test
  void rejectsASampleWhoseSecondPictureIsNotReached() {
    SftSample sample = sample("<image>Hi", "Yo", "<image>", "x").withImages("a.jpg", "b.jpg");
    int whole = encoded(4096, sample).inputIds().length;

    assertThat(rejected(whole - 30, sample).detail()).startsWith("4 of 8 picture tokens are left");
  }

  @Test
  void rejectsASampleWithNothingToTrain() {
    RejectedSample reject = rejected(1, sample("Hi", "Yo").sample());

    assertThat(reject.reason()).isEqualTo(RejectReason.NO_SUPERVISED_TOKEN);
    assertThat(reject.detail()).isEqualTo("1 tokens at a length of 1");
  }

  @Test
  void takesOtherPlaceholders() {
    EncoderSpec spec =
        EncoderSpec.of(
            "qwen2vl",
            new LabelMask(4096, false, false),
            new PixelBounds(0, 262_144),
            ProcessorConfig.qwen2Vl(),
            Placeholders.of(Map.of("IMAGE_PLACEHOLDER", "[img]")));
    EncodeResult result =
        new SampleEncoder(spec, tokenizer, probe)
            .encode(ID, sample("[img] <image>", "Yo").withImages("a.jpg"));

    assertThat(tokenizer.decode(((EncodeResult.Encoded) result).sample().inputIds(), false))
        .contains("<|vision_end|> <image><|im_end|>");
  }

  @Property(seed = "1", tries = 200)
  void alwaysHasOnePadPerFeature(
      @ForAll @Size(max = 4) List<@IntRange(min = 1, max = 700) Integer> sizes,
      @ForAll @IntRange(min = 1, max = 900) int cutoff,
      @ForAll boolean maskHistory) {
    ImageProbe ownProbe =
        path -> {
          int size = Integer.parseInt(path);
          return new ImageHeader(ImageFormat.PNG, size, 701 - size, ImageMode.RGB);
        };
    List<Turn> turns = new ArrayList<>();
    List<ImageRef> images = new ArrayList<>();
    for (int size : sizes) {
      turns.add(new Turn(Role.USER, "see <image>!"));
      turns.add(new Turn(Role.ASSISTANT, "yes"));
      images.add(new ImageRef(Integer.toString(size)));
    }
    turns.add(new Turn(Role.USER, "more"));
    turns.add(new Turn(Role.ASSISTANT, "no"));
    EncodeResult result =
        new SampleEncoder(spec(cutoff, maskHistory), tokenizer, ownProbe)
            .encode(ID, new SftSample("", turns, images));

    if (result instanceof EncodeResult.Encoded good) {
      EncodedSample sample = good.sample();
      long pads = Arrays.stream(sample.inputIds()).filter(id -> id == 262).count();
      assertThat(pads * 4)
          .isEqualTo(sample.images().stream().mapToLong(image -> image.patches()).sum());
      assertThat(sample.inputIds().length).isLessThanOrEqualTo(cutoff);
      assertThat(sample.labelCount()).isPositive();
    } else {
      assertThat(((EncodeResult.Rejected) result).reject().reason())
          .isIn(RejectReason.IMAGE_TOKENS_TRUNCATED, RejectReason.NO_SUPERVISED_TOKEN);
    }
  }

  @Test
  void refusesATemplateThatDoesNotExist() {
    assertThatThrownBy(
            () ->
                EncoderSpec.of(
                    "none",
                    new LabelMask(10, false, false),
                    new PixelBounds(0, 1),
                    ProcessorConfig.qwen2Vl(),
                    Placeholders.DEFAULT))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot use template \"none\"");
  }

  @Test
  void travelsToWorkers() {
    EncoderSpec spec = spec(77, true);

    assertThat(Serialized.copyOf(spec)).isEqualTo(spec);
  }

  private EncodedSample encoded(int cutoff, SftSample sample) {
    return ((EncodeResult.Encoded) encode(cutoff, sample)).sample();
  }

  private RejectedSample rejected(int cutoff, SftSample sample) {
    return ((EncodeResult.Rejected) encode(cutoff, sample)).reject();
  }

  private EncodeResult encode(int cutoff, SftSample sample) {
    return new SampleEncoder(spec(cutoff, false), tokenizer, probe).encode(ID, sample);
  }

  private static EncoderSpec spec(int cutoff, boolean maskHistory) {
    return EncoderSpec.of(
        "qwen2vl",
        new LabelMask(cutoff, false, maskHistory),
        new PixelBounds(0, 262_144),
        ProcessorConfig.qwen2Vl(),
        Placeholders.DEFAULT);
  }

  private static Texts sample(String... texts) {
    return new Texts(List.of(texts));
  }

  /** Texts of user and assistant in turn. */
  private record Texts(List<String> texts) {
    List<Turn> turns() {
      List<Turn> turns = new ArrayList<>();
      for (String text : texts) {
        turns.add(new Turn(turns.size() % 2 == 0 ? Role.USER : Role.ASSISTANT, text));
      }
      return turns;
    }

    SftSample sample() {
      return new SftSample("", turns(), List.of());
    }

    SftSample withImages(String... paths) {
      return new SftSample("", turns(), Arrays.stream(paths).map(ImageRef::new).toList());
    }
  }
}

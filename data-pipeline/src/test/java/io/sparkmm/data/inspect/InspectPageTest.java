package io.sparkmm.data.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmm.data.fixture.Pictures;
import io.sparkmm.data.fixture.TinyTokenizer;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.RejectReason;
import io.sparkmm.data.sample.RejectedSample;
import io.sparkmm.data.sample.SampleKind;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.data.shard.DataSetFixture;
import io.sparkmm.data.shard.Lineage;
import io.sparkmm.data.shard.RejectSummary;
import io.sparkmm.data.shard.SourceState;
import io.sparkmm.data.shard.SourceState.Layout;
import io.sparkmm.data.shard.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;

class InspectPageTest {
  private static final String HOSTILE =
      "</div><script>alert(1)</script><img src=x onerror=alert(2)>]]>&quot;\"'\u202e\u0000";
  private static final int PAD = TinyTokenizer.id("<|image_pad|>");

  @TempDir private Path folder;

  private static TokenRow row(String prompt, String answer) {
    int[] before = TinyTokenizer.shared().encode(prompt);
    int[] after = TinyTokenizer.shared().encode(answer);
    int[] all = IntStream.concat(IntStream.of(before), IntStream.of(after)).toArray();
    return new TokenRow(all, List.of(new LabelSpan(before.length, all.length)));
  }

  private static EncodedSample sample(String id, String prompt, String answer) {
    return new EncodedSample(id, row(prompt, answer), List.of(), Optional.empty(), List.of());
  }

  private static EncodedImage image(String path, Optional<byte[]> bytes) {
    return new EncodedImage(path, bytes, 40, 60, 1, 2, 4);
  }

  private DataSetFixture set() {
    return new DataSetFixture(folder).fingerprint(TinyTokenizer.shared().fingerprint());
  }

  private static String html(String set, SampleChoice choice, boolean tokens) {
    DataSetView view = DataSetView.open(set, new Configuration());
    TokenizerChoice tokenizer =
        tokens
            ? new TokenizerChoice(Optional.of(TinyTokenizer.shared()), "the tiny tokenizer")
            : TokenizerChoice.recorded(view.manifest());
    DataSetView.Survey survey = view.survey(choice.ids(), done -> {});
    return new InspectPage(view, tokenizer).html(survey, view.samples(choice, survey));
  }

  private static Document page(String set) throws Exception {
    return Pages.parse(html(set, SampleChoice.first(10), true));
  }

  /** The text of all pieces with this tag. */
  private static String tokens(Document page, String tag) {
    StringBuilder text = new StringBuilder();
    for (Element piece : Pages.elements(page, tag)) {
      if (piece.hasAttribute("title")) {
        text.append(piece.getTextContent());
      }
    }
    return text.toString();
  }

  @Test
  void coloursTokensByTheirLabels() throws Exception {
    Document page =
        page(
            set()
                .shard(Split.TRAIN, List.of(sample("s#1", "<|im_start|>ask\n", "answer \u00e9")))
                .finish());

    assertThat(tokens(page, "i")).isEqualTo("<|im_start|>ask\u23ce\n");
    assertThat(tokens(page, "b")).isEqualTo("answer\u00b7\u00e9");
    assertThat(Pages.texts(page, "h3")).contains("s#1");
    assertThat(Pages.texts(page, "span"))
        .contains("train 0", "14 tokens, 9 supervised", "0 pictures");
  }

  @Test
  void runsOfPictureTokensAreOnePiece() throws Exception {
    int[] ids =
        IntStream.concat(IntStream.generate(() -> PAD).limit(336), IntStream.of('x')).toArray();
    EncodedSample sample = new EncodedSample("s#1", ids, List.of(), List.of());

    Document page = page(set().shard(Split.TRAIN, List.of(sample)).finish());

    assertThat(tokens(page, "i")).isEqualTo("336 \u00d7 <|image_pad|>x");
  }

  @Test
  void nothingFromTheDataSetBecomesMarkup() throws Exception {
    EncodedSample sample =
        new EncodedSample(
            HOSTILE + "#1",
            row(HOSTILE, HOSTILE),
            List.of(image(HOSTILE, Optional.empty())),
            Optional.empty(),
            List.of());
    RejectedSample reject =
        new RejectedSample(HOSTILE, 3, RejectReason.IMAGE_MISSING, HOSTILE.repeat(100));
    String set =
        set()
            .setting(HOSTILE, HOSTILE)
            .rejects(new RejectSummary(RejectReason.IMAGE_MISSING, 1, List.of(reject)))
            .shard(Split.TRAIN, List.of(sample))
            .finish();

    for (boolean tokens : new boolean[] {true, false}) {
      String html = html(set, SampleChoice.first(10), tokens);
      assertThat(html).doesNotContain("<script", "<img src=x", "\u202e", "\u0000");
      assertInert(Pages.parse(html));
    }
    assertThat(Pages.texts(page(set), "h3").toString()).contains("<script>alert(1)</script>");
  }

  private static void assertInert(Document page) {
    Set<String> known =
        Set.of(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "main",
            "h1",
            "h2",
            "h3",
            "h4",
            "p",
            "nav",
            "a",
            "table",
            "tr",
            "th",
            "td",
            "details",
            "summary",
            "div",
            "span",
            "svg",
            "path",
            "text",
            "rect",
            "section",
            "header",
            "figure",
            "figcaption",
            "img",
            "br",
            "wbr",
            "b",
            "i",
            "s",
            "em",
            "strong",
            "small",
            "code",
            "ul",
            "li");
    for (Element element : Pages.elements(page, "*")) {
      assertThat(known).contains(element.getTagName());
      NamedNodeMap attributes = element.getAttributes();
      for (int i = 0; i < attributes.getLength(); i++) {
        String name = attributes.item(i).getNodeName();
        String value = attributes.item(i).getNodeValue();
        assertThat(name).doesNotStartWith("on");
        if (name.equals("src")) {
          assertThat(value).startsWith("data:image/jpeg;base64,");
        } else if (name.equals("href")) {
          assertThat(value).startsWith("#");
        }
      }
    }
  }

  @Test
  void picturesAreEmbeddedAndMissingOnesAreNamed() throws Exception {
    Path changed = Files.write(folder.resolve("changed.png"), Pictures.png(30, 20));
    Path damaged = Files.writeString(folder.resolve("damaged.png"), "no picture");
    EncodedSample sample =
        new EncodedSample(
            "s#1",
            row("a", "b"),
            List.of(
                image("embedded.jpg", Optional.of(Pictures.jpeg(60, 40))),
                image(changed.toString(), Optional.empty()),
                image(folder + "/gone.png", Optional.empty()),
                image(damaged.toString(), Optional.empty()),
                image("no:where/x", Optional.empty())),
            Optional.empty(),
            List.of());

    String set = set().shard(Split.TRAIN, List.of(sample)).finish();
    Document page = page(set);

    assertThat(Pages.elements(page, "img")).hasSize(2);
    List<String> captions = Pages.texts(page, "figcaption");
    assertThat(captions.get(0)).contains("60\u00d740 px, grid 1\u00d72\u00d74, embedded");
    assertThat(captions.get(1)).endsWith("the file has changed, it is 30\u00d720 now");
    assertThat(captions.get(2)).contains("gone.png").endsWith("not found");
    assertThat(captions.get(3)).endsWith("a file is not a picture in a known format");
    assertThat(captions.get(4)).contains("cannot be read");
    assertInert(page);
  }

  @Test
  void answersOfAPairStandSideBySideBelowTheirPrompt() throws Exception {
    EncodedSample pair =
        new EncodedSample(
            "p#1", row("ask ", "good one"), List.of(), Optional.of(row("ask ", "bad")), List.of());
    Document page =
        page(set().kind(SampleKind.PREFERENCE).shard(Split.TRAIN, List.of(pair)).finish());

    List<Element> tokens =
        Pages.elements(page, "div").stream()
            .filter(div -> div.getAttribute("class").equals("tokens"))
            .toList();
    assertThat(tokens)
        .extracting(Element::getTextContent)
        .containsExactly("ask\u00b7", "good\u00b7one", "bad");
    assertThat(Pages.texts(page, "h4")).containsExactly("chosen", "rejected");
    assertThat(Pages.texts(page, "span"))
        .contains("chosen: 12 tokens, 8 supervised", "rejected: 7 tokens, 3 supervised");
    assertThat(Pages.texts(page, "p")).contains("Tokens with the rejected answer: always 7");
  }

  @Test
  void picturesOfAPackedRowStandWithTheirRecords() throws Exception {
    EncodedImage first = image("first.jpg", Optional.of(Pictures.jpeg(60, 40)));
    EncodedImage second = image("second.jpg", Optional.of(Pictures.jpeg(60, 40)));
    EncodedSample packed =
        new EncodedSample(
            "p#4",
            new TokenRow(new int[] {'a', 'b', 'c'}, List.of()),
            List.of(first, second),
            Optional.empty(),
            List.of(
                new PackedSegment("p#4", 1, 1),
                new PackedSegment("q#2", 1, 0),
                new PackedSegment("q#3", 1, 1)));
    Document page =
        page(set().kind(SampleKind.PACKED).shard(Split.TRAIN, List.of(packed)).finish());

    List<String> segments =
        Pages.elements(page, "div").stream()
            .filter(div -> div.getAttribute("class").equals("segment"))
            .map(Element::getTextContent)
            .toList();
    assertThat(segments).hasSize(3);
    assertThat(segments.get(0)).contains("p#4", "first.jpg").endsWith("a");
    assertThat(segments.get(1)).contains("q#2").doesNotContain("jpg").endsWith("b");
    assertThat(segments.get(2)).contains("q#3", "second.jpg").endsWith("c");
  }

  @Test
  void recordsOfAPackedRowAreSeparated() throws Exception {
    TokenRow first = row("a", "bc");
    int[] ids =
        IntStream.concat(IntStream.of(first.inputIds()), IntStream.of('d', 'e', 0, 0)).toArray();
    EncodedSample packed =
        new EncodedSample(
            "p#4",
            new TokenRow(ids, first.labelSpans()),
            List.of(),
            Optional.empty(),
            List.of(new PackedSegment("p#4", 3, 0), new PackedSegment("q#2", 2, 0)));
    Document page =
        page(set().kind(SampleKind.PACKED).shard(Split.TRAIN, List.of(packed)).finish());

    assertThat(Pages.texts(page, "h4"))
        .containsExactly("p#4 3 tokens, 0 pictures", "q#2 2 tokens, 0 pictures", "padding");
    assertThat(Pages.texts(page, "span")).contains("2 records", "2 tokens of padding");
    List<String> sources =
        Pages.elements(page, "td").stream()
            .filter(cell -> cell.getAttribute("class").equals("path"))
            .map(Element::getTextContent)
            .toList();
    assertThat(sources).containsExactly("p", "q");
  }

  @Test
  void chartsShowTheCountsOfAllSamples() throws Exception {
    List<EncodedSample> samples = new ArrayList<>();
    for (int length : new int[] {2, 2, 2, 5, 3}) {
      samples.add(sample("s#" + samples.size(), "x".repeat(length - 1), "y"));
    }
    Document page =
        page(
            set()
                .shard(Split.TRAIN, samples.subList(0, 2))
                .shard(Split.TRAIN, samples.subList(2, 5))
                .shard(Split.VAL, samples.subList(0, 1))
                .finish());

    assertThat(Pages.texts(page, "p")).contains("2 to 5, mean 2.8; half up to 2, 95 % up to 5");
    List<String> bars =
        Pages.elements(page, "rect").stream()
            .map(bar -> bar.getFirstChild().getTextContent())
            .toList();
    assertThat(bars).containsExactly("2: 3", "3: 1", "4: 0", "5: 1");
    assertThat(Pages.texts(page, "p"))
        .contains("Supervised tokens of a sample: always 1", "Tokens of a sample: always 2");
    assertThat(Pages.texts(page, "tr").toString()).contains("train514502", "val12101");
  }

  @Test
  void versionsAndSourceFilesAreListed() throws Exception {
    Lineage lineage =
        new Lineage(
            List.of(new SourceState(Split.TRAIN, "a.json", Layout.LINES, 7, 900, 0xbeef)),
            List.of(new Lineage.Addition("f", 5, 4, 1), new Lineage.Addition("e", 2, 2, 0)));
    Document page =
        page(
            set()
                .lineage(lineage)
                .shard(Split.TRAIN, List.of(sample("a.json#1", "b", "c")))
                .finish());

    assertThat(Pages.texts(page, "tr"))
        .contains("version2", "1541", "2220", "a.jsontrain79000000beef");
    assertThat(Pages.texts(page, "summary")).contains("source files when they were read: 1");
  }

  @Test
  void theSameDataSetGivesTheSamePage() throws IOException {
    List<EncodedSample> samples = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      samples.add(sample("s#" + i, "question " + i, "answer"));
    }
    String set = set().shard(Split.TRAIN, samples).finish();

    String page = html(set, SampleChoice.spread(5, 3), true);

    assertThat(html(set, SampleChoice.spread(5, 3), true)).isEqualTo(page);
    assertThat(html(set, SampleChoice.spread(5, 4), true)).isNotEqualTo(page);
  }

  @Test
  void longRowsAndManyPicturesAreCut() throws Exception {
    EncodedImage image = image("e.jpg", Optional.of(Pictures.jpeg(60, 40)));
    EncodedSample sample =
        new EncodedSample(
            "s#1",
            row("ab".repeat(3000), "c"),
            java.util.Collections.nCopies(20, image),
            Optional.empty(),
            List.of());
    Document page = page(set().shard(Split.TRAIN, List.of(sample)).finish());

    assertThat(Pages.texts(page, "em")).containsExactly("and 2,001 more tokens");
    assertThat(Pages.elements(page, "img")).hasSize(16);
    assertThat(Pages.texts(page, "p")).contains("and 4 more pictures");
  }

  @Test
  void saysWhyTokensAreNumbers() throws Exception {
    String set = set().shard(Split.TRAIN, List.of(sample("s#1", "ab", "c"))).finish();

    Document page = Pages.parse(html(set, SampleChoice.first(1), false));

    assertThat(tokens(page, "i")).isEqualTo("97 98 ");
    assertThat(tokens(page, "b")).isEqualTo("99 ");
    assertThat(Pages.texts(page, "p"))
        .contains("tokens are numbers: the manifest does not name the tokenizer's folder");
  }

  @Test
  void theFileAppearsWholeAndAFragmentStandsAlone() throws Exception {
    String set = set().shard(Split.TRAIN, List.of(sample("s#1", "ab", "c"))).finish();
    DataSetView view = DataSetView.open(set, new Configuration());
    DataSetView.Survey survey = view.survey();
    InspectPage page = new InspectPage(view, TokenizerChoice.none("none is needed"));

    Path file = folder.resolve("page.html");
    page.write(file, survey, List.of());
    assertThat(Files.readString(file)).isEqualTo(page.html(survey, List.of()));
    assertThat(folder.resolve("page.html.part")).doesNotExist();

    String fragment = page.fragment(view.samples(SampleChoice.first(1), survey));
    assertThat(Pages.texts(Pages.parse("<div>" + fragment + "</div>"), "h3"))
        .containsExactly("s#1");
  }
}

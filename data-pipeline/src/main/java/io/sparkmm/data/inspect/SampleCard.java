package io.sparkmm.data.inspect;

import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.LabelSpan;
import io.sparkmm.data.sample.PackedSegment;
import io.sparkmm.data.sample.TokenRow;
import java.util.List;
import java.util.Locale;

/** Shows a sample: its pictures, and its tokens coloured by what is trained. Not thread-safe. */
final class SampleCard {
  /** Pieces of a row that are shown; keeps the page small when rows are long. */
  static final int MAX_PIECES = 4000;

  /** Pictures of a sample that are shown. */
  static final int MAX_PICTURES = 16;

  private final TokenPieces tokens;
  private final PictureLoader pictures;

  SampleCard(TokenPieces tokens, PictureLoader pictures) {
    this.tokens = tokens;
    this.pictures = pictures;
  }

  void append(DataSetView.Shown shown, HtmlBuilder out) {
    EncodedSample sample = shown.sample();
    out.open("section", "class", "card").open("header");
    out.element("h3", sample.id());
    out.open("p", "class", "facts");
    badge(out, shown.split().folder() + " " + String.format(Locale.ROOT, "%,d", shown.index()));
    sizes(sample, out);
    out.close("p").close("header");
    if (sample.segments().isEmpty()) {
      appendBeside(
          sample.images(),
          out,
          () -> {
            if (sample.rejected().isPresent()) {
              appendPair(sample.row(), sample.rejected().get(), out);
            } else {
              appendTokens(sample.row(), 0, sample.row().length(), out);
            }
          });
    } else {
      appendSegments(sample, out);
    }
    out.close("section").line();
  }

  private static void sizes(EncodedSample sample, HtmlBuilder out) {
    if (sample.rejected().isPresent()) {
      TokenRow rejected = sample.rejected().get();
      badge(out, "chosen: " + size(sample.row()));
      badge(out, "rejected: " + size(rejected));
    } else {
      badge(out, size(sample.row()));
    }
    if (!sample.segments().isEmpty()) {
      long padding = sample.row().length() - sample.tokenCount();
      badge(out, count(sample.segments().size(), "record"));
      badge(out, count(padding, "token") + " of padding");
    }
    badge(out, count(sample.images().size(), "picture"));
  }

  private static String size(TokenRow row) {
    return count(row.length(), "token")
        + ", "
        + String.format(Locale.ROOT, "%,d supervised", row.labelCount());
  }

  private static String count(long number, String what) {
    return String.format(Locale.ROOT, "%,d %s%s", number, what, number == 1 ? "" : "s");
  }

  private static void badge(HtmlBuilder out, String text) {
    out.element("span", text).text(" ");
  }

  private void appendBeside(List<EncodedImage> images, HtmlBuilder out, Runnable tokensOfIt) {
    if (images.isEmpty()) {
      tokensOfIt.run();
      return;
    }
    out.open("div", "class", "beside");
    appendPictures(images, out);
    out.open("div");
    tokensOfIt.run();
    out.close("div").close("div");
  }

  private void appendPictures(List<EncodedImage> images, HtmlBuilder out) {
    out.open("div", "class", "pictures");
    for (EncodedImage image : images.subList(0, Math.min(MAX_PICTURES, images.size()))) {
      PictureLoader.Thumbnail thumbnail = pictures.load(image);
      out.open("figure");
      if (thumbnail.source().isPresent()) {
        out.empty("img", "alt", "", "src", thumbnail.source().get());
      } else {
        out.open("div", "class", "gone").text("no picture").close("div");
      }
      out.open("figcaption")
          .element("span", image.path(), "class", "path")
          .empty("br")
          .format(
              "%,d\u00d7%,d px, grid %d\u00d7%d\u00d7%d",
              image.width(), image.height(), image.gridT(), image.gridH(), image.gridW());
      if (image.bytes().isPresent()) {
        out.format(", embedded (%,d bytes)", image.bytes().get().length);
      }
      thumbnail
          .problem()
          .ifPresent(problem -> out.empty("br").element("strong", problem, "class", "bad"));
      out.close("figcaption").close("figure");
    }
    if (images.size() > MAX_PICTURES) {
      out.element("p", "and " + count(images.size() - MAX_PICTURES, "more picture"));
    }
    out.close("div");
  }

  /** The prompt that both answers share, and the answers side by side. */
  private void appendPair(TokenRow chosen, TokenRow rejected, HtmlBuilder out) {
    int prompt = sharedPrompt(chosen, rejected);
    appendTokens(chosen, 0, prompt, out);
    out.open("div", "class", "pair").open("div").element("h4", "chosen");
    appendTokens(chosen, prompt, chosen.length(), out);
    out.close("div").open("div").element("h4", "rejected");
    appendTokens(rejected, prompt, rejected.length(), out);
    out.close("div").close("div");
  }

  private static int sharedPrompt(TokenRow chosen, TokenRow rejected) {
    int end = Math.min(firstSupervised(chosen), firstSupervised(rejected));
    int at = 0;
    while (at < end && chosen.inputIds()[at] == rejected.inputIds()[at]) {
      at++;
    }
    return at;
  }

  private static int firstSupervised(TokenRow row) {
    return row.labelSpans().stream().mapToInt(LabelSpan::start).findFirst().orElse(row.length());
  }

  private void appendSegments(EncodedSample sample, HtmlBuilder out) {
    int at = 0;
    int picture = 0;
    for (PackedSegment segment : sample.segments()) {
      out.open("div", "class", "segment")
          .open("h4")
          .element("span", segment.id(), "class", "path")
          .text(" ")
          .element(
              "small", count(segment.length(), "token") + ", " + count(segment.images(), "picture"))
          .close("h4");
      int start = at;
      appendBeside(
          sample.images().subList(picture, picture + segment.images()),
          out,
          () -> appendTokens(sample.row(), start, start + segment.length(), out));
      out.close("div");
      at += segment.length();
      picture += segment.images();
    }
    if (at < sample.row().length()) {
      out.open("div", "class", "segment padding").element("h4", "padding");
      appendTokens(sample.row(), at, sample.row().length(), out);
      out.close("div");
    }
  }

  private void appendTokens(TokenRow row, int from, int to, HtmlBuilder out) {
    out.open("div", "class", "tokens");
    List<TokenPiece> pieces = tokens.of(row, from, to);
    int left = to - from;
    for (TokenPiece piece : pieces.subList(0, Math.min(MAX_PIECES, pieces.size()))) {
      append(piece, out);
      left -= piece.tokens();
    }
    if (left > 0) {
      out.element("em", "and " + count(left, "more token"));
    }
    out.close("div");
  }

  /** Supervised pieces are {@code b}, the others {@code i}: short names for what there is most. */
  private static void append(TokenPiece piece, HtmlBuilder out) {
    String tag = piece.supervised() ? "b" : "i";
    String title = "id " + piece.firstId();
    switch (piece.kind()) {
      case TEXT -> {
        if (piece.tokens() > 1) {
          title += " and " + count(piece.tokens() - 1L, "more token");
        }
        out.open(tag, "title", title).visible(piece.text()).close(tag);
      }
      case SPECIAL -> out.element(tag, piece.text(), "class", "x", "title", title);
      case RUN ->
          out.open(tag, "class", "x", "title", title)
              .format("%,d \u00d7 ", piece.tokens())
              .visible(piece.text().strip().isEmpty() ? piece.text() : piece.text().strip())
              .close(tag);
    }
  }
}

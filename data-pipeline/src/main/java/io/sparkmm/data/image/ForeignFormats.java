package io.sparkmm.data.image;

import io.sparkmm.data.sample.RejectReason;
import java.util.List;

/** Names what a file is that is none of the formats that are read. */
final class ForeignFormats {
  private static final String READ = "JPEG, PNG, GIF, BMP and WebP";

  /** First bytes of picture formats that have no decoder here. */
  private static final List<Signature> PICTURES =
      List.of(
          new Signature("TIFF", 0, "II*\0"),
          new Signature("TIFF", 0, "MM\0*"),
          new Signature("AVIF", 4, "ftypavi"),
          new Signature("HEIF", 4, "ftyphei"),
          new Signature("HEIF", 4, "ftypmif1"),
          new Signature("JPEG 2000", 0, "\0\0\0\fjP  "),
          new Signature("JPEG 2000", 0, "\u00ff\u004f\u00ff\u0051"),
          new Signature("JPEG XL", 0, "\0\0\0\fJXL "),
          new Signature("JPEG XL", 0, "\u00ff\n"),
          new Signature("ICO", 0, "\0\0\1\0"),
          new Signature("PSD", 0, "8BPS"),
          new Signature("SVG", 0, "<svg"));

  /** What lies in place of a picture when something went wrong before. */
  private static final List<Signature> OTHERS =
      List.of(
          new Signature("HTML", 0, "<!DOCTYPE html"),
          new Signature("HTML", 0, "<!doctype html"),
          new Signature("HTML", 0, "<html"),
          new Signature("HTML", 0, "<HTML"),
          new Signature("XML", 0, "<?xml"),
          new Signature("JSON", 0, "{"),
          new Signature("PDF", 0, "%PDF"),
          new Signature("ZIP", 0, "PK\3\4"),
          new Signature("gzip", 0, "\u001f\u008b"));

  private ForeignFormats() {}

  private record Signature(String format, int position, String bytes) {
    boolean fits(ByteWindow file) {
      return file.startsWith(position, bytes);
    }
  }

  /** The exception for a file that begins as none of the formats that are read. */
  static ImageException refuse(ByteWindow file) {
    for (Signature picture : PICTURES) {
      if (picture.fits(file)) {
        return new ImageException(
            RejectReason.IMAGE_FORMAT_UNSUPPORTED,
            file.name(),
            "it is " + picture.format() + "; supported are " + READ);
      }
    }
    for (Signature other : OTHERS) {
      if (other.fits(file)) {
        return new ImageException(
            RejectReason.IMAGE_NOT_IMAGE, file.name(), "it begins as " + other.format());
      }
    }
    return new ImageException(
        RejectReason.IMAGE_NOT_IMAGE, file.name(), "it begins as none of " + READ);
  }
}

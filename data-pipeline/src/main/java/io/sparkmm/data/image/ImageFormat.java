package io.sparkmm.data.image;

/** Picture file formats that are recognised by their first bytes. */
public enum ImageFormat {
  JPEG(true),
  PNG(true),
  GIF(true),
  BMP(true),
  /** Recognised so that the message can name it; the JDK has no decoder for it. */
  WEBP(false);

  private final boolean decodable;

  ImageFormat(boolean decodable) {
    this.decodable = decodable;
  }

  /** Whether {@link PixelProcessor} can decode it. */
  public boolean decodable() {
    return decodable;
  }
}

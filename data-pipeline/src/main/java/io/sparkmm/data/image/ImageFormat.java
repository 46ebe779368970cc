package io.sparkmm.data.image;

/** Picture file formats that are recognised by their first bytes and can be decoded. */
public enum ImageFormat {
  JPEG,
  PNG,
  GIF,
  BMP,
  WEBP
}

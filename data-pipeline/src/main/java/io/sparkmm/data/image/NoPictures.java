package io.sparkmm.data.image;

/** For templates without pictures: needs no processor file, and refuses every picture. */
public record NoPictures() implements PictureSizing {
  @Override
  public PatchGrid grid(SmartResize.Size size, String name) {
    throw new IllegalStateException("Cannot size picture " + name + ": the template has none");
  }

  @Override
  public int mergeSize() {
    return 1;
  }

  @Override
  public String fingerprint() {
    return "none";
  }
}

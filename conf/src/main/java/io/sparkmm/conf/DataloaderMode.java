package io.sparkmm.conf;

/** How batches are formed, {@code dataloader_param.dataloader_mode}. */
public enum DataloaderMode implements NamedValue {
  /** A sampler decides on the order. */
  SAMPLER("sampler"),
  /** Plain order of the data set. */
  BASE("base"),
  /** Batches of variable size. */
  VARIABLE("variable");

  private final String text;

  DataloaderMode(String text) {
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }
}

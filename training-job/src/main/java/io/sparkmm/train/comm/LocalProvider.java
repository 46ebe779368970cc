package io.sparkmm.train.comm;

/** Provider {@code local}: groups of one worker, without any network. */
public final class LocalProvider implements CollectivesProvider {
  @Override
  public String name() {
    return "local";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Availability availability() {
    return new Availability(true, "groups of one worker");
  }

  @Override
  public Collectives create(CollectivesSettings settings) {
    if (settings.size() != 1) {
      throw new IllegalArgumentException(
          "Cannot make a local group of "
              + settings.size()
              + " workers: local collectives serve one worker; choose gloo");
    }
    return new LocalCollectives();
  }
}

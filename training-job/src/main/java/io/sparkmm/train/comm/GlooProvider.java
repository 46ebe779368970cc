package io.sparkmm.train.comm;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch_gloo;

/** Provider {@code gloo}: TCP between host memories through libtorch's Gloo process group. */
public final class GlooProvider implements CollectivesProvider {
  @Override
  public String name() {
    return "gloo";
  }

  @Override
  public int priority() {
    return 10;
  }

  @Override
  public Availability availability() {
    try {
      Loader.load(torch_gloo.class);
      return new Availability(true, "libtorch's Gloo process group is loaded");
    } catch (LinkageError problem) {
      return new Availability(false, "libtorch's Gloo library does not load: " + problem);
    }
  }

  @Override
  public Collectives create(CollectivesSettings settings) {
    return GlooCollectives.connect(settings);
  }
}

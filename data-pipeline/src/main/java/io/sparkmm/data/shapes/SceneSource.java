package io.sparkmm.data.shapes;

import java.util.Locale;

/**
 * The scenes of one split. A scene, its picture and its texts are functions of the seed, the split
 * and the scene's number only, each from a random stream of its own.
 */
final class SceneSource {
  /** The splits of the set. */
  enum Split {
    TRAIN,
    HELDOUT;

    /** Name of the split's picture folder. */
    String folder() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private enum Stream {
    SCENE,
    NOISE,
    CONVERSATION,
    PREFERENCE
  }

  private final long seed;
  private final Split split;

  SceneSource(long seed, Split split) {
    this.seed = seed;
    this.split = split;
  }

  /** File name of a scene's picture. */
  static String fileName(int index) {
    return String.format(Locale.ROOT, "%08d.png", index);
  }

  Scene scene(int index) {
    return Scene.draw(random(Stream.SCENE, index));
  }

  /** The picture as a PNG file. */
  byte[] png(int index) {
    byte[] pixels = ScenePainter.paint(scene(index), random(Stream.NOISE, index));
    return PngEncoder.encode(pixels, Scene.SIZE, Scene.SIZE);
  }

  /** Random numbers for the texts about a scene. */
  SceneRandom conversation(int index) {
    return random(Stream.CONVERSATION, index);
  }

  /** Random numbers for a preference row; {@code row} may exceed the number of scenes. */
  SceneRandom preference(int row) {
    return random(Stream.PREFERENCE, row);
  }

  private SceneRandom random(Stream stream, int index) {
    return SceneRandom.of(seed, split.ordinal(), stream.ordinal(), index);
  }
}

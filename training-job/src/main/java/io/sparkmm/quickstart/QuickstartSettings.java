package io.sparkmm.quickstart;

import java.nio.file.Path;

/**
 * Size of a quickstart run.
 *
 * @param output folder to make
 * @param pictures training pictures to draw
 * @param heldOut held-out scenes to draw
 * @param iterations training iterations
 * @param workers training workers
 * @param seed seed of the drawn set and of the weights
 */
record QuickstartSettings(
    Path output, int pictures, int heldOut, int iterations, int workers, long seed) {
  QuickstartSettings {
    output = output.toAbsolutePath().normalize();
  }
}

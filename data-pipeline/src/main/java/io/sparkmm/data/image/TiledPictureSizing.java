package io.sparkmm.data.image;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * Sizes of InternVL: the picture is stretched over a rectangle of square tiles whose ratio of sides
 * is nearest to its own; when these are more than one, a tile with the whole picture follows. Each
 * tile is one temporal step of the grid.
 *
 * @param bounds {@code image_min_pixels} and {@code image_max_pixels} of the data settings
 * @param tileSize side of a tile in pixels
 * @param tilePatches side of a tile in patches; four patches make a feature
 * @param tiles how many tiles a picture may have, without the one of the whole picture
 */
public record TiledPictureSizing(PixelBounds bounds, int tileSize, int tilePatches, Tiles tiles)
    implements PictureSizing {
  /**
   * How many tiles a picture may have.
   *
   * @param fewest at least 1
   * @param most at least {@code fewest}
   */
  public record Tiles(int fewest, int most) implements java.io.Serializable {
    public Tiles {
      if (fewest < 1 || most < fewest) {
        throw new IllegalArgumentException("Cannot use " + fewest + " to " + most + " tiles");
      }
    }
  }

  /** Columns and rows of tiles. */
  record Canvas(int columns, int rows) {
    int area() {
      return columns * rows;
    }
  }

  public TiledPictureSizing {
    Objects.requireNonNull(bounds, "bounds");
    Objects.requireNonNull(tiles, "tiles");
    if (tileSize < 1 || tilePatches < 2 || tilePatches % 2 != 0) {
      throw new IllegalArgumentException(
          "Cannot use tiles of " + tileSize + " pixels and " + tilePatches + " patches");
    }
  }

  @Override
  public PatchGrid grid(SmartResize.Size size, String name) {
    SmartResize.Size shrunk = SmartResize.shrink(size, bounds, name);
    int count = canvas(SmartResize.enlarge(shrunk, bounds, name)).area();
    return new PatchGrid(count == 1 ? 1 : count + 1, tilePatches, tilePatches);
  }

  /** The rectangle for a picture. Among equally near ones a larger one needs a large picture. */
  Canvas canvas(SmartResize.Size size) {
    double ratio = size.width() / (double) size.height();
    Canvas best = new Canvas(1, 1);
    double smallest = Double.POSITIVE_INFINITY;
    for (Canvas canvas : canvases()) {
      double difference = Math.abs(ratio - canvas.columns() / (double) canvas.rows());
      boolean large = size.area() > 0.5 * tileSize * tileSize * canvas.area();
      if (difference < smallest || (difference == smallest && large)) {
        best = canvas;
      }
      smallest = Math.min(smallest, difference);
    }
    return best;
  }

  /** All rectangles by area; of the same area, the narrower first. */
  private List<Canvas> canvases() {
    List<Canvas> canvases = new ArrayList<>();
    for (int columns = 1; columns <= tiles.most(); columns++) {
      for (int rows = 1; rows * columns <= tiles.most(); rows++) {
        if (rows * columns >= tiles.fewest()) {
          canvases.add(new Canvas(columns, rows));
        }
      }
    }
    canvases.sort(Comparator.comparingInt(Canvas::area));
    return canvases;
  }

  @Override
  public int mergeSize() {
    return 2;
  }

  @Override
  public String fingerprint() {
    return toString();
  }
}

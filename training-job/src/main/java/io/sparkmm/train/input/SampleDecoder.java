package io.sparkmm.train.input;

import io.sparkmm.data.image.PatchGrid;
import io.sparkmm.data.image.PixelPatches;
import io.sparkmm.data.image.PixelProcessor;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
import io.sparkmm.data.sample.TokenRow;
import io.sparkmm.data.shard.ShardReader;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;

/** Reads samples with their pictures and checks that both fit together. Thread-safe. */
public final class SampleDecoder {
  private static final int BLANK_SIDE = 64;

  /** A decoded picture and the copy of it that is being resized. */
  private static final long BYTES_PER_PIXEL = 8;

  private final ShardReader shards;
  private final PixelProcessor processor;
  private final PictureTokenCheck counts;
  private final PictureFiles pictures;

  /**
   * Makes a decoder.
   *
   * @param pictures where pictures are that are not embedded in the shards
   */
  public SampleDecoder(
      ShardReader shards,
      PixelProcessor processor,
      CollatorSettings settings,
      PictureFiles pictures) {
    this.shards = Objects.requireNonNull(shards, "shards");
    this.processor = Objects.requireNonNull(processor, "processor");
    this.counts = new PictureTokenCheck(settings);
    this.pictures = Objects.requireNonNull(pictures, "pictures");
  }

  /** Patches of the white 64x64 picture that stands in where a batch has none. */
  public static PixelPatches blank(PixelProcessor processor) {
    BufferedImage image = new BufferedImage(BLANK_SIDE, BLANK_SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, BLANK_SIDE, BLANK_SIDE);
    graphics.dispose();
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      ImageIO.setUseCache(false);
      ImageIO.write(image, "png", file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return processor.process("the blank picture", file.toByteArray());
  }

  /**
   * Reads a sample and decodes its pictures.
   *
   * @param index position in the split
   * @throws InputException naming the sample, if it or a picture cannot be read, or the pictures
   *     have not the sizes that the tokens were made for
   */
  public DecodedSample decode(long index) {
    return open(index).decode().get();
  }

  /**
   * Reads a sample; its pictures are decoded later.
   *
   * @param index position in the split
   * @throws InputException naming the sample, if it cannot be read, or its tokens do not have room
   *     for its pictures
   */
  public PendingSample open(long index) {
    EncodedSample sample;
    try {
      sample = shards.read(index);
    } catch (DataException e) {
      throw new InputException(
          InputException.Kind.UNREADABLE,
          "Cannot read sample number " + index + ": " + e.getMessage(),
          e);
    }
    counts.check(sample);
    long tokens = (long) sample.row().length() + sample.rejected().map(TokenRow::length).orElse(0);
    long values = 0;
    long largest = 0;
    for (EncodedImage image : sample.images()) {
      values += image.patches() * processor.rowWidth();
      largest = Math.max(largest, BYTES_PER_PIXEL * image.height() * image.width());
    }
    // Once as patches of a picture, and once in the batch for each of the sample's rows.
    int copies = sample.rejected().isPresent() ? 3 : 2;
    return new PendingSample(
        4 * Long.BYTES * tokens + Float.BYTES * copies * values, largest, () -> decode(sample));
  }

  private DecodedSample decode(EncodedSample sample) {
    List<PixelPatches> decoded = new ArrayList<>();
    for (EncodedImage image : sample.images()) {
      decoded.add(decode(sample, image));
    }
    return new DecodedSample(sample, decoded);
  }

  private PixelPatches decode(EncodedSample sample, EncodedImage image) {
    PixelPatches patches;
    try {
      byte[] file = image.bytes().isPresent() ? image.bytes().get() : pictures.read(image.path());
      patches = processor.process(image.path(), file);
    } catch (IOException | RuntimeException e) {
      throw new InputException(
          InputException.Kind.UNREADABLE,
          "Cannot read picture "
              + image.path()
              + " of sample "
              + sample.id()
              + ": "
              + e.getMessage(),
          e);
    }
    PatchGrid recorded = new PatchGrid(image.gridT(), image.gridH(), image.gridW());
    if (!patches.grid().equals(recorded)) {
      throw new InputException(
          InputException.Kind.INCONSISTENT,
          "Cannot use picture "
              + image.path()
              + " of sample "
              + sample.id()
              + ": it gives the grid "
              + text(patches.grid())
              + ", the data set was prepared for "
              + text(recorded)
              + "; prepare the data again with the present picture and processor settings");
    }
    return patches;
  }

  private static String text(PatchGrid grid) {
    return grid.t() + "x" + grid.h() + "x" + grid.w();
  }
}

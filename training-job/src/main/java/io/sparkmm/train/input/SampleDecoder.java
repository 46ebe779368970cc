package io.sparkmm.train.input;

import io.sparkmm.data.image.PatchGrid;
import io.sparkmm.data.image.PixelPatches;
import io.sparkmm.data.image.PixelProcessor;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.EncodedImage;
import io.sparkmm.data.sample.EncodedSample;
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

  private final ShardReader shards;
  private final PixelProcessor processor;
  private final CollatorSettings settings;
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
    this.settings = Objects.requireNonNull(settings, "settings");
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
    EncodedSample sample;
    try {
      sample = shards.read(index);
    } catch (DataException e) {
      throw new InputException(
          InputException.Kind.UNREADABLE,
          "Cannot read sample number " + index + ": " + e.getMessage(),
          e);
    }
    List<PixelPatches> decoded = new ArrayList<>();
    for (EncodedImage image : sample.images()) {
      decoded.add(decode(sample, image));
    }
    checkTokens(sample);
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

  private void checkTokens(EncodedSample sample) {
    long wanted = 0;
    for (EncodedImage image : sample.images()) {
      wanted += image.patches() / (settings.mergeSize() * settings.mergeSize());
    }
    long found = 0;
    for (int id : sample.inputIds()) {
      found += id == settings.picture().image() ? 1 : 0;
    }
    if (wanted != found) {
      throw new InputException(
          InputException.Kind.INCONSISTENT,
          "Cannot use sample "
              + sample.id()
              + ": its "
              + sample.images().size()
              + " pictures give "
              + wanted
              + " features, its tokens have room for "
              + found
              + " (token "
              + settings.picture().image()
              + "); prepare the data again with the present tokenizer and processor");
    }
  }

  private static String text(PatchGrid grid) {
    return grid.t() + "x" + grid.h() + "x" + grid.w();
  }
}

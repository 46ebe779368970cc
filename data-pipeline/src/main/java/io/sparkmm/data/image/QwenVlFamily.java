package io.sparkmm.data.image;

import java.nio.file.Path;

/** Qwen2-VL, Qwen2.5-VL and Qwen3-VL, with the values of the checkpoint's processor file. */
final class QwenVlFamily implements PictureFamily {
  @Override
  public String name() {
    return PictureFamilies.QWEN_VL;
  }

  @Override
  public PictureSizing read(Path checkpoint, PictureSettings settings) {
    return new QwenPictureSizing(settings.bounds(), ProcessorConfig.read(checkpoint));
  }
}

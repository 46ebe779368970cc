package io.sparkmm.data.job;

import picocli.CommandLine.Option;

/** Options of the imports that say where the pictures of COCO are. */
final class CocoPictureOptions {
  @Option(
      names = "--coco_path",
      description = "Folder with the pictures' folder. Default: ${DEFAULT-VALUE}.")
  private String mediaRoot = "./data/COCO2017";

  @Option(
      names = "--image_folder",
      description = "The pictures' folder below it. Default: ${DEFAULT-VALUE}.")
  private String imageFolder = "train2017";

  String mediaRoot() {
    return mediaRoot;
  }

  String imageFolder() {
    return imageFolder;
  }
}

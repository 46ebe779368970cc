package io.sparkmm.conf;

/**
 * {@code data.json}.
 *
 * @param datasetParam where samples come from
 * @param dataloaderParam order and batches of the samples
 */
public record DataConfig(DatasetParam datasetParam, DataloaderParam dataloaderParam) {

  /** Reads the whole file; problems go to the section's collector. */
  public static DataConfig read(ConfigSection root) {
    DataConfig read =
        new DataConfig(
            DatasetParam.read(root.requiredSection("dataset_param")),
            DataloaderParam.read(root.requiredSection("dataloader_param")));
    read.check(root);
    root.finish();
    return read;
  }

  private void check(ConfigSection root) {
    boolean streaming = datasetParam.basicParameters().streaming();
    SamplerType sampler = dataloaderParam.samplerType();
    if (streaming && sampler != SamplerType.STATEFUL_DISTRIBUTED) {
      root.problems()
          .add(
              root.file(),
              "dataloader_param.sampler_type",
              sampler.text(),
              "must be stateful_distributed_sampler because"
                  + " dataset_param.basic_parameters.streaming = true");
    }
  }
}

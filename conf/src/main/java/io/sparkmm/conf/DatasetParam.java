package io.sparkmm.conf;

/**
 * {@code dataset_param}: where samples come from.
 *
 * @param datasetType kind of data set
 * @param preprocessParameters tokenizer and picture processor
 * @param basicParameters files and token rules
 * @param attr columns and roles
 */
public record DatasetParam(
    DatasetType datasetType,
    PreprocessParameters preprocessParameters,
    BasicParameters basicParameters,
    DatasetAttr attr) {

  static DatasetParam read(ConfigSection section) {
    if (!section.isPresent("dataset_type")) {
      section.report("dataset_type", "is required: expected huggingface");
    }
    DatasetType type = section.choice("dataset_type", DatasetType.class, DatasetType.HUGGINGFACE);
    if (type != DatasetType.HUGGINGFACE) {
      section.report("dataset_type", "is not supported; must be huggingface");
    }
    return new DatasetParam(
        type,
        PreprocessParameters.read(section.requiredSection("preprocess_parameters")),
        BasicParameters.read(section.requiredSection("basic_parameters")),
        DatasetAttr.read(section.requiredSection("attr")));
  }
}

package io.sparkmm.convert.parallel;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The stages of a pipeline and what lies on them. Stage {@code v * devices + p} is virtual stage
 * {@code v} of device {@code p}; data flows through the stages in their order.
 */
public final class Pipeline {

  /**
   * A tensor on a stage.
   *
   * @param stage the stage
   * @param name its name there, with the number that its layer has on the stage
   */
  public record Place(int stage, String name) {}

  private final int devices;
  private final int virtualStages;
  private final Map<Modality, StageMap> maps = new EnumMap<>(Modality.class);

  private Pipeline(ParallelLayout layout) {
    this.devices = layout.pp();
    this.virtualStages = layout.vpp();
  }

  /**
   * The pipeline of {@code hf_to_mm}. Lists shorter than the pipeline are repeated along it.
   *
   * @param layout a layout without problems, see {@link LayoutCheck}
   * @param schemas one per modality of the model
   */
  public static Pipeline of(ParallelLayout layout, List<StageSchema> schemas) {
    Pipeline pipeline = new Pipeline(layout);
    for (StageSchema schema : schemas) {
      Modality modality = schema.modality();
      layout
          .layers(modality)
          .map(lists -> StageMap.usual(schema, StageMap.flat(lists)))
          .ifPresent(map -> pipeline.maps.put(modality, map));
    }
    return pipeline;
  }

  /**
   * The U-shaped pipeline of {@code hf_to_mm_ldt}: both ends of the language model lie on device 0.
   *
   * @param layout a layout without problems, see {@link LayoutCheck}
   * @param schemas one per modality of the model
   */
  public static Pipeline edgeCloud(ParallelLayout layout, List<StageSchema> schemas) {
    Pipeline pipeline = new Pipeline(layout);
    for (StageSchema schema : schemas) {
      Modality modality = schema.modality();
      layout
          .layers(modality)
          .map(
              lists ->
                  modality == Modality.TEXT
                      ? StageMap.edgeCloudText(schema, lists)
                      : StageMap.once(schema, StageMap.flat(lists)))
          .ifPresent(map -> pipeline.maps.put(modality, map));
    }
    return pipeline;
  }

  /** Number of devices. */
  public int devices() {
    return devices;
  }

  /** Number of virtual stages per device. */
  public int virtualStages() {
    return virtualStages;
  }

  /** Number of stages of all devices. */
  public int stages() {
    return devices * virtualStages;
  }

  /** The stages that hold a tensor of the whole model; empty when there is none. */
  public List<Place> places(String key) {
    return map(key).map(map -> map.places(key, stages())).orElse(List.of());
  }

  /** The name in the whole model of a tensor that has {@code name} on a stage. */
  public String global(int stage, String name) {
    return map(name).map(map -> map.global(stage, name)).orElse(name);
  }

  /** The number of the layer in a name; empty when it is not that of a layer. */
  public OptionalInt layer(String name) {
    Optional<StageMap> map = map(name);
    return map.isPresent() ? map.get().layer(name) : OptionalInt.empty();
  }

  /** Layers of all stages in the modality of a name. */
  public int layers(String name) {
    return map(name).map(StageMap::layers).orElse(0);
  }

  /** Layers that a stage holds of a modality. */
  public int count(Modality modality, int stage) {
    StageMap map = maps.get(modality);
    return map == null ? 0 : map.count(stage);
  }

  private Optional<StageMap> map(String key) {
    return Modality.of(key).map(maps::get);
  }
}

package io.sparkmm.data.job;

import io.sparkmm.conf.ConfigException;
import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.shard.ShardManifest;
import io.sparkmm.data.template.ChatTemplate;
import io.sparkmm.data.template.ChatTemplates;
import io.sparkmm.data.template.TemplateFile;

/** The chat template that a data set was prepared with, as its manifest records it. */
public final class PreparedTemplate {
  private static final String NAME = "recorded";

  private PreparedTemplate() {}

  /**
   * The template, with the tool format and the choice about thoughts that were asked for. A data
   * set that records no definition was prepared with a built-in template.
   *
   * @throws DataException of kind {@code DATASET} if the definition is damaged, of kind {@code
   *     SETTING} if there is none and no built-in template has the name
   */
  public static ChatTemplate of(ShardManifest.Origin origin) {
    String definition = origin.configuration().get(RecordedSettings.TEMPLATE);
    if (definition == null) {
      return ChatTemplates.standard().get(origin.template());
    }
    try {
      return TemplateFile.parse("manifest", "{\"" + NAME + "\": " + definition + "}").get(NAME);
    } catch (ConfigException e) {
      throw new DataException(
          DataException.Kind.DATASET,
          "Cannot use the data set: its template is damaged: " + e.getMessage(),
          e);
    }
  }
}

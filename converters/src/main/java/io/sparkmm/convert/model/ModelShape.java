package io.sparkmm.convert.model;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The sizes of a model that conversions depend on, read from its {@code config.json}.
 *
 * @param text the language model
 * @param vision the vision tower
 * @param config the whole configuration, from which a family takes what only it knows
 */
public record ModelShape(TextShape text, VisionShape vision, JsonNode config) {}

package io.sparkmm.convert.dcp;

/**
 * A value to be saved that is no tensor.
 *
 * @param key its name
 * @param value any value of the package {@code pickle}
 */
public record DcpValue(DcpKey key, Object value) {}

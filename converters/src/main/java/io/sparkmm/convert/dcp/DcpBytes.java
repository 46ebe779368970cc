package io.sparkmm.convert.dcp;

/**
 * A stored value that is not a tensor.
 *
 * @param key its name
 * @param place where its archive lies
 */
public record DcpBytes(DcpKey key, DcpPlace place) {}

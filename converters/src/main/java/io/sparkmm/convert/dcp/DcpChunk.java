package io.sparkmm.convert.dcp;

/**
 * A stored part of a tensor.
 *
 * @param box which part
 * @param place where its archive lies
 */
public record DcpChunk(Box box, DcpPlace place) {}

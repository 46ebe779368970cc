package io.sparkmm.conf;

/** A record whose keys stand on the level of the record that holds it, not in an object of it. */
public interface KeyGroup {}

/**
 * Reads and writes pickles, the object format of Python, as plain data.
 *
 * <p>No class is ever looked up by name and nothing is ever called: a global is a pair of names,
 * and an object is what the pickle says about it. What a caller wants to understand it lists, by
 * name, in a {@link io.sparkmm.convert.pickle.PickleDialect}.
 *
 * <p>Values are of type {@code Object} and one of: {@link io.sparkmm.convert.pickle.PickleNone},
 * {@code Boolean}, {@code Long}, {@code java.math.BigInteger} (only where a {@code long} is too
 * small), {@code Double}, {@code String}, {@link io.sparkmm.convert.pickle.PickleBytes}, {@link
 * io.sparkmm.convert.pickle.PickleList}, {@link io.sparkmm.convert.pickle.PickleTuple}, {@link
 * io.sparkmm.convert.pickle.PickleDict}, {@link io.sparkmm.convert.pickle.PickleSet}, {@link
 * io.sparkmm.convert.pickle.Global}, {@link io.sparkmm.convert.pickle.PickleObject}, {@link
 * io.sparkmm.convert.pickle.PersistentId}, or what the dialect makes.
 *
 * <p>Values may be nested to any depth and may contain themselves. Hashing, comparing and printing
 * them is safe all the same; code that walks them must bound itself.
 */
package io.sparkmm.convert.pickle;

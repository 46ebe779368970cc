/**
 * A command line with typed options, configuration files and environment variables, compatible with
 * those that Python's jsonargparse makes from functions. Knows nothing about converters.
 *
 * <p>A tree of {@link io.sparkmm.convert.args.Family families} and {@link
 * io.sparkmm.convert.args.Command commands} says what there is; {@link
 * io.sparkmm.convert.args.ArgumentParser} turns arguments into a {@link
 * io.sparkmm.convert.args.Request}.
 */
package io.sparkmm.convert.args;

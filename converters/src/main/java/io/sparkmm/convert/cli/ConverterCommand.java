package io.sparkmm.convert.cli;

import io.sparkmm.convert.args.Command;
import io.sparkmm.convert.args.Settings;
import io.sparkmm.convert.plan.ConversionPlan;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * A command that converts.
 *
 * @param syntax its name, description and options
 * @param checks adds what is wrong with settings as far as options alone tell
 * @param planner makes the plan; throws {@link io.sparkmm.convert.ConvertException}
 */
record ConverterCommand(
    Command syntax,
    BiConsumer<Settings, Findings> checks,
    Function<Settings, ConversionPlan> planner) {}

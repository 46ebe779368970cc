/** Checks of folders that conversions, trainers or others wrote. */
package io.sparkmm.convert.verify;

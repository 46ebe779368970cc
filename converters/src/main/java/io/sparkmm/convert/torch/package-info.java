/**
 * Reads and writes the files of {@code torch.save}: a zip archive of stored entries with a pickle
 * of the objects and one entry per storage of tensors.
 *
 * <p>Reading looks at the directory and at the pickle only and tells where the elements of each
 * tensor lie; nothing in a file is ever executed. Writing computes the layout of the whole file
 * before any weight is known, so that weights can be written to their places in any order.
 */
package io.sparkmm.convert.torch;

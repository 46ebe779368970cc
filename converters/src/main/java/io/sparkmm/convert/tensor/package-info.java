/**
 * Names, element types, shapes and byte ranges of tensors in files; no tensor mathematics and no
 * tensor library.
 */
package io.sparkmm.convert.tensor;

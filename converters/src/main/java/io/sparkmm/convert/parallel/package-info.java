/** How tensors are divided among pipeline stages, tensor parallel and expert parallel ranks. */
package io.sparkmm.convert.parallel;

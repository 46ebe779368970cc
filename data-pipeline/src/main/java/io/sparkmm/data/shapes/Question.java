package io.sparkmm.data.shapes;

/**
 * A question about a scene.
 *
 * @param kind what it asks for
 * @param text the question
 * @param answer the true answer
 */
record Question(QuestionKind kind, String text, String answer) {}

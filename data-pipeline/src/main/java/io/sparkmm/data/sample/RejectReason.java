package io.sparkmm.data.sample;

import java.util.Objects;

/**
 * Every way in which a record can be unusable. {@link #severity()} tells what the tools that we are
 * compatible with do with such a record: leave it out, or stop. A job may treat both alike.
 */
public enum RejectReason {
  // The record as JSON.
  RECORD_UNREADABLE(Severity.FAIL, "the record cannot be read as JSON"),
  RECORD_NOT_OBJECT(Severity.FAIL, "the record is not a JSON object"),
  MESSAGES_MISSING(Severity.FAIL, "the list of messages is missing or is no list"),
  MESSAGE_MALFORMED(Severity.FAIL, "a message is not a JSON object"),
  CONTENT_MISSING(Severity.DROP, "a message has no content"),
  CONTENT_TYPE(Severity.FAIL, "a text is not a string"),
  IMAGES_TYPE(Severity.FAIL, "the pictures are neither a path nor a list of paths"),
  COLUMN_INVALID(Severity.DROP, "a column is missing or has the wrong type"),

  // The conversation.
  MESSAGES_EMPTY(Severity.DROP, "there are no messages"),
  UNKNOWN_SPEAKER(Severity.FAIL, "a speaker is neither human nor gpt"),
  ROLE_MISSING(Severity.DROP, "a message has no role"),
  ROLE_UNEXPECTED(Severity.DROP, "a role is not accepted at its position"),
  MESSAGE_COUNT(Severity.DROP, "the conversation does not end with an answer"),
  ANSWER_MISSING(Severity.DROP, "an answer is missing or has the wrong type"),
  PLACEHOLDER_MISMATCH(Severity.FAIL, "placeholders in the text and media differ in number"),
  RESERVED_TOKEN(Severity.FAIL, "the text contains a token that stands for picture features"),
  TOOL_CALL_INVALID(Severity.FAIL, "a tool call is not in the form that the tool format needs"),
  INVALID_TEXT(Severity.FAIL, "the text is not valid Unicode"),

  // The media.
  VIDEOS_UNSUPPORTED(Severity.DROP, "the record has videos, and they cannot be decoded yet"),
  AUDIOS_UNSUPPORTED(Severity.DROP, "the record has sounds, and they cannot be decoded yet"),
  IMAGE_FORBIDDEN(Severity.DROP, "a picture path leads out of the folders that may be read"),
  IMAGES_UNSUPPORTED(Severity.FAIL, "the template has no picture token"),
  IMAGE_MISSING(Severity.DROP, "a picture file does not exist"),
  IMAGE_UNREADABLE(Severity.DROP, "a picture file cannot be read"),
  IMAGE_EMPTY(Severity.DROP, "a picture file is empty"),
  IMAGE_NOT_IMAGE(Severity.DROP, "a file is not a picture in a known format"),
  IMAGE_FORMAT_UNSUPPORTED(Severity.DROP, "a picture has a format that cannot be decoded"),
  IMAGE_HEADER_TRUNCATED(Severity.DROP, "a picture file ends inside its header"),
  IMAGE_HEADER_INVALID(Severity.DROP, "a picture's header is damaged"),
  IMAGE_ZERO_SIZE(Severity.DROP, "a picture has no pixels"),
  IMAGE_TRUNCATED(Severity.DROP, "a picture file ends before the picture is complete"),
  IMAGE_UNDECODABLE(Severity.DROP, "a picture's data is damaged"),
  IMAGE_TOO_LARGE(Severity.FAIL, "a picture has too many pixels"),
  IMAGE_ASPECT_RATIO(Severity.FAIL, "a picture is too narrow to be resized"),

  // Annotations of pictures.
  ANNOTATION_DANGLING(Severity.DROP, "an annotation belongs to a picture that is not listed"),
  ANNOTATION_INVALID(Severity.DROP, "an annotation is malformed"),

  // What truncation leaves.
  IMAGE_TOKENS_TRUNCATED(Severity.FAIL, "the length limit cuts a picture's tokens"),
  NO_SUPERVISED_TOKEN(Severity.DROP, "the length limit leaves no token to train on");

  /** What the reference tools do with a record of a certain defect. */
  public enum Severity {
    /** Leave the record out with a warning. */
    DROP,
    /** Stop the job. */
    FAIL
  }

  private final Severity severity;
  private final String description;

  RejectReason(Severity severity, String description) {
    this.severity = Objects.requireNonNull(severity);
    this.description = Objects.requireNonNull(description);
  }

  /** What the reference tools do with such a record. */
  public Severity severity() {
    return severity;
  }

  /** A few words for a report; starts in lower case, has no full stop. */
  public String description() {
    return description;
  }
}

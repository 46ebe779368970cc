package io.sparkmm.conf;

import java.util.Optional;

/**
 * {@code dataset_param.attr}: the columns of a data set and the words of its roles. An empty column
 * is not used; an empty role word matches no message.
 *
 * @param formatting layout of the records
 * @param ranking whether the records are preferences
 * @param packing whether records are packed into sequences
 * @param pretrain whether records are plain texts
 * @param messages column of the messages
 * @param system column of the system text
 * @param images column of the pictures
 * @param videos column of the videos
 * @param audios column of the audio files
 * @param chosen column of the preferred answer
 * @param rejected column of the other answer
 * @param roleTag key of a message's role
 * @param contentTag key of a message's text
 * @param userTag role word of the user
 * @param assistantTag role word of the assistant
 * @param observationTag role word of a tool's result
 * @param functionTag role word of a tool call
 * @param systemTag role word of a system message
 * @param prompt alpaca column
 * @param query alpaca column
 * @param response alpaca column
 * @param history alpaca column
 */
public record DatasetAttr(
    DatasetFormatting formatting,
    boolean ranking,
    boolean packing,
    boolean pretrain,
    String messages,
    Optional<String> system,
    Optional<String> images,
    Optional<String> videos,
    Optional<String> audios,
    Optional<String> chosen,
    Optional<String> rejected,
    String roleTag,
    String contentTag,
    Optional<String> userTag,
    Optional<String> assistantTag,
    Optional<String> observationTag,
    Optional<String> functionTag,
    Optional<String> systemTag,
    Optional<String> prompt,
    Optional<String> query,
    Optional<String> response,
    Optional<String> history) {

  static DatasetAttr read(ConfigSection section) {
    return new DatasetAttr(
        section.choice("formatting", DatasetFormatting.class, DatasetFormatting.SHAREGPT),
        section.flag("ranking", false),
        section.flag("packing", false),
        section.flag("pretrain", false),
        section.text("messages", "conversations"),
        section.optionalText("system"),
        section.optionalText("images"),
        section.optionalText("videos"),
        section.optionalText("audios"),
        section.optionalText("chosen"),
        section.optionalText("rejected"),
        section.text("role_tag", "from"),
        section.text("content_tag", "value"),
        section.textOrNone("user_tag", "human"),
        section.textOrNone("assistant_tag", "gpt"),
        section.textOrNone("observation_tag", "observation"),
        section.textOrNone("function_tag", "function_call"),
        section.textOrNone("system_tag", "system"),
        section.optionalText("prompt"),
        section.optionalText("query"),
        section.optionalText("response"),
        section.optionalText("history"));
  }
}

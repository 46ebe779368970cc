package io.sparkmm.data.source;

import io.sparkmm.data.sample.DataException;
import io.sparkmm.data.sample.Role;
import java.io.Serializable;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The names that a source uses: what {@code attr} holds in {@code data.json}. A column or role that
 * is not in its map is not used, as with {@code null} in the file; it then matches nothing.
 *
 * @param columns names of the record's columns
 * @param roles words that stand for the roles
 * @param roleTag key of the role in a message
 * @param contentTag key of the text in a message
 * @param ranking whether records hold two answers, of which one is preferred
 */
public record Attributes(
    Map<Column, String> columns,
    Map<Role, String> roles,
    String roleTag,
    String contentTag,
    boolean ranking)
    implements Serializable {

  /** The columns a record can have. */
  public enum Column {
    MESSAGES,
    SYSTEM,
    IMAGES,
    VIDEOS,
    AUDIOS,
    CHOSEN,
    REJECTED,
    PROMPT,
    QUERY,
    RESPONSE,
    HISTORY
  }

  public Attributes {
    columns = ordered(columns, Column.class);
    roles = ordered(roles, Role.class);
    Objects.requireNonNull(roleTag, "roleTag");
    Objects.requireNonNull(contentTag, "contentTag");
    Map<String, Role> seen = new HashMap<>();
    for (Map.Entry<Role, String> role : roles.entrySet()) {
      Role other = seen.putIfAbsent(role.getValue(), role.getKey());
      if (other != null) {
        throw new DataException(
            DataException.Kind.SETTING,
            "Cannot map role \""
                + role.getValue()
                + "\": it stands for both "
                + other
                + " and "
                + role.getKey()
                + "; give the roles different tags, or switch one off");
      }
    }
  }

  /** Names of records with one answer. */
  public Attributes(
      Map<Column, String> columns, Map<Role, String> roles, String roleTag, String contentTag) {
    this(columns, roles, roleTag, contentTag, false);
  }

  /** The ShareGPT names, which apply where {@code attr} says nothing; no media columns. */
  public static Attributes shareGpt() {
    return new Attributes(
        Map.of(Column.MESSAGES, "conversations"),
        Map.of(
            Role.USER, "human",
            Role.ASSISTANT, "gpt",
            Role.OBSERVATION, "observation",
            Role.FUNCTION, "function_call",
            Role.SYSTEM, "system"),
        "from",
        "value");
  }

  /** The names of an "mllm" file, as the import writes it: all other roles and columns are off. */
  public static Attributes mllm() {
    return new Attributes(
        Map.of(Column.MESSAGES, "messages", Column.IMAGES, "images"),
        Map.of(Role.USER, "user", Role.ASSISTANT, "assistant"),
        "role",
        "content");
  }

  /** The name of a column, empty when the column is not used. */
  public Optional<String> column(Column column) {
    return Optional.ofNullable(columns.get(column));
  }

  /** These names for records with two answers. */
  public Attributes withRanking(String chosen, String rejected) {
    Attributes named = withColumn(Column.CHOSEN, chosen).withColumn(Column.REJECTED, rejected);
    return new Attributes(named.columns, roles, roleTag, contentTag, true);
  }

  /** These names with one column named. */
  public Attributes withColumn(Column column, String name) {
    Map<Column, String> changed = new HashMap<>(columns);
    changed.put(column, Objects.requireNonNull(name, "name"));
    return new Attributes(changed, roles, roleTag, contentTag, ranking);
  }

  /** These names with one role's word. */
  public Attributes withRole(Role role, String word) {
    Map<Role, String> changed = new HashMap<>(roles);
    changed.put(role, Objects.requireNonNull(word, "word"));
    return new Attributes(columns, changed, roleTag, contentTag, ranking);
  }

  /** These names with one role switched off. */
  public Attributes withoutRole(Role role) {
    Map<Role, String> changed = new HashMap<>(roles);
    changed.remove(role);
    return new Attributes(columns, changed, roleTag, contentTag, ranking);
  }

  private static <K extends Enum<K>> Map<K, String> ordered(Map<K, String> names, Class<K> type) {
    Map<K, String> copy = new EnumMap<>(type);
    names.forEach(
        (key, name) -> copy.put(key, Objects.requireNonNull(name, "name of " + key.name())));
    return Collections.unmodifiableMap(copy);
  }
}

package io.sparkmm.data.template;

import io.sparkmm.data.sample.DataException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The chat templates by name. */
public final class ChatTemplates {
  private static final ChatTemplates STANDARD = of(BuiltInTemplates.all());

  private final Map<String, ChatTemplate> templates;

  private ChatTemplates(Map<String, ChatTemplate> templates) {
    this.templates = templates;
  }

  /** The templates that SparkMM brings along. */
  public static ChatTemplates standard() {
    return STANDARD;
  }

  /**
   * A registry of these templates.
   *
   * @throws IllegalArgumentException if two claim the same name
   */
  public static ChatTemplates of(List<ChatTemplate> templates) {
    Map<String, ChatTemplate> byName = new TreeMap<>();
    for (ChatTemplate template : templates) {
      for (String name : template.names()) {
        ChatTemplate other = byName.putIfAbsent(name, template);
        if (other != null) {
          throw new IllegalArgumentException(
              "Cannot register template "
                  + name
                  + ": both "
                  + other
                  + " and "
                  + template
                  + " claim it");
        }
      }
    }
    return new ChatTemplates(byName);
  }

  /** These templates and others; both together must not have a name twice. */
  public ChatTemplates plus(List<ChatTemplate> others) {
    List<ChatTemplate> all = new ArrayList<>(new LinkedHashSet<>(templates.values()));
    all.addAll(others);
    return of(all);
  }

  /** All names, sorted. */
  public Set<String> names() {
    return Collections.unmodifiableSet(templates.keySet());
  }

  /**
   * The template of this name.
   *
   * @throws DataException of kind {@code SETTING} if there is none; the message lists the names
   */
  public ChatTemplate get(String name) {
    ChatTemplate template = templates.get(name);
    if (template == null) {
      throw new DataException(
          DataException.Kind.SETTING,
          "Cannot use template \""
              + name
              + "\": it does not exist; registered are "
              + String.join(", ", templates.keySet()));
    }
    return template;
  }
}

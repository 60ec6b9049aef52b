package io.apfa.realtime.protocol;

/**
 * A named stream of publications that sessions subscribe to. A room is a filter of its source's one
 * stream and carries the source's positions, except {@link Kind#QUEUES} and {@link Kind#WORKERS},
 * which carry latest values.
 *
 * <p>Immutable.
 *
 * @param source the Celery app, {@code celery} by default
 * @param key the task uuid, queue name or group id; empty for rooms without one
 */
public record Room(String source, Kind kind, String key) {
  /** Longest accepted room name, in UTF-16 units. */
  public static final int MAX_NAME_LENGTH = 512;

  /** What a room shows of its source. */
  public enum Kind {
    TASKS("tasks", false),
    TASK("task", true),
    QUEUE("queue", true),
    GROUP("group", true),
    QUEUES("queues", false),
    WORKERS("workers", false),
    COMMANDS("commands", false);

    private final String word;
    private final boolean keyed;

    Kind(String word, boolean keyed) {
      this.word = word;
      this.keyed = keyed;
    }

    /** The word in the room's name. */
    public String word() {
      return word;
    }

    /** Whether rooms of this kind carry latest values, outside the sequence and the log. */
    public boolean isLatestValues() {
      return this == QUEUES || this == WORKERS;
    }
  }

  /** The room with every task of {@code source}. */
  public static Room tasks(String source) {
    return new Room(source, Kind.TASKS, "");
  }

  /**
   * Reads {@code source:kind} or {@code source:kind:key}.
   *
   * @throws IllegalArgumentException naming the text and the expected forms
   */
  public static Room parse(String name) {
    int first = name.indexOf(':');
    if (first > 0 && name.length() <= MAX_NAME_LENGTH) {
      int second = name.indexOf(':', first + 1);
      String word = second < 0 ? name.substring(first + 1) : name.substring(first + 1, second);
      String key = second < 0 ? "" : name.substring(second + 1);
      for (Kind kind : Kind.values()) {
        if (kind.word.equals(word) && kind.keyed == !key.isEmpty() && (kind.keyed || second < 0)) {
          return new Room(name.substring(0, first), kind, key);
        }
      }
    }
    throw new IllegalArgumentException(
        "room: "
            + Texts.quote(name, 64)
            + " (expected: SOURCE:tasks, :task:UUID, :queue:QUEUE, :group:ID, :queues, :workers or"
            + " :commands)");
  }

  /** The room's name on the wire. */
  public String name() {
    return kind.keyed ? source + ":" + kind.word + ":" + key : source + ":" + kind.word;
  }

  @Override
  public String toString() {
    return name();
  }
}

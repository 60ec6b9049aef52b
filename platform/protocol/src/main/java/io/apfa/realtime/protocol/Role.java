package io.apfa.realtime.protocol;

/** What a node can do; a node has one or more. Immutable. */
public enum Role {
  GATEWAY("gateway"),
  BROADCASTER("broadcaster"),
  CELERY_BRIDGE("celery-bridge"),
  RATELIMIT("ratelimit");

  private final String word;

  Role(String word) {
    this.word = word;
  }

  /** The word in {@code --roles}. */
  public String word() {
    return word;
  }
}

package io.apfa.realtime.protocol;

/**
 * One JVM of the cluster, from its start to its end; a restarted one has a new id.
 *
 * @param value letters, digits and dashes
 */
public record NodeId(String value) {
  @Override
  public String toString() {
    return value;
  }
}

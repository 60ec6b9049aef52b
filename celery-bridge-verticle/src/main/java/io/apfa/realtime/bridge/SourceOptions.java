package io.apfa.realtime.bridge;

/**
 * One Celery app: where its broker and result backend are, and what it named its exchanges.
 *
 * <p>Immutable.
 *
 * @param name of the source; {@code celery} is the default one
 * @param brokerUrl a Redis or AMQP URL
 * @param resultBackendUrl a Redis URL; empty = none that we can read
 * @param globalKeyprefix Celery's setting of that name; empty = none
 * @param eventExchange {@code celeryev} by default
 * @param controlExchange {@code celery} by default
 */
public record SourceOptions(
    String name,
    String brokerUrl,
    String resultBackendUrl,
    String globalKeyprefix,
    String eventExchange,
    String controlExchange) {

  /** Without the URLs, which may hold passwords. */
  @Override
  public String toString() {
    return "source " + name;
  }
}

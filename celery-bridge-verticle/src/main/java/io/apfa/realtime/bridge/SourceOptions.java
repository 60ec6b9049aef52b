package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.Serializer;
import io.apfa.realtime.bridge.source.RedisTransport;

/**
 * One Celery app: where its broker and result backend are, and what it named its exchanges.
 *
 * <p>Immutable.
 *
 * @param name of the source; {@code celery} is the default one
 * @param brokerUrl a Redis or AMQP URL
 * @param resultBackendUrl a Redis URL; empty = none that we can read
 * @param transport how its broker, if a Redis, names keys and channels
 * @param eventExchange {@code celeryev} by default
 * @param serializer how the bodies of requests and tasks are written
 * @param controlExchange {@code celery} by default
 */
public record SourceOptions(
    String name,
    String brokerUrl,
    String resultBackendUrl,
    RedisTransport transport,
    Serializer serializer,
    String eventExchange,
    String controlExchange) {

  /** Without the URLs, which may hold passwords. */
  @Override
  public String toString() {
    return "source " + name;
  }
}

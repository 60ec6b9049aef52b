/**
 * Adapters to brokers and result backends: Redis, RabbitMQ and a twin in memory, behind the same
 * small interfaces. Each keeps its own connections and reconnects by itself.
 */
@NullMarked
package io.apfa.realtime.bridge.source;

import org.jspecify.annotations.NullMarked;

package io.apfa.realtime.launcher.demo;

import java.net.URI;

/**
 * The keys and channels of kombu's Redis transport with its default options, for one database
 * (celery-wire 1.2 and 2). Immutable.
 */
record KombuNames(int database) {
  /** Between the three fields of a binding. */
  static final String SEPARATOR = "\u0006\u0016";

  static final String CONTROL_BINDINGS = "_kombu.binding.celery.pidbox";
  static final String REPLY_BINDINGS = "_kombu.binding.reply.celery.pidbox";

  /**
   * The names for the database in {@code redisUrl}'s path; 0 without one.
   *
   * @throws IllegalArgumentException if the path is not a number
   */
  static KombuNames of(String redisUrl) {
    String path = URI.create(redisUrl).getPath();
    if (path == null || path.length() < 2) {
      return new KombuNames(0);
    }
    return new KombuNames(Integer.parseInt(path.substring(1)));
  }

  /** Where an event of that type (or {@code task-multi}) goes. */
  String eventChannel(String type) {
    return "/" + database + ".celeryev/" + routingKey(type);
  }

  String controlChannel() {
    return "/" + database + ".celery.pidbox";
  }

  static String routingKey(String type) {
    return type.replace('-', '.');
  }

  /** A node's member of {@link #CONTROL_BINDINGS}. */
  static String controlBinding(String hostname) {
    return SEPARATOR + SEPARATOR + hostname + ".celery.pidbox";
  }
}

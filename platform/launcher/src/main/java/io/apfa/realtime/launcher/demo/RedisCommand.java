package io.apfa.realtime.launcher.demo;

import java.util.List;

/** One command for Redis, its name first. Immutable. */
record RedisCommand(List<String> words) {
  RedisCommand {
    words = List.copyOf(words);
  }

  static RedisCommand of(String... words) {
    return new RedisCommand(List.of(words));
  }

  static RedisCommand publish(String channel, String message) {
    return of("PUBLISH", channel, message);
  }

  /** The command's name. */
  String name() {
    return words.get(0);
  }

  /** What follows the name. */
  List<String> arguments() {
    return words.subList(1, words.size());
  }
}

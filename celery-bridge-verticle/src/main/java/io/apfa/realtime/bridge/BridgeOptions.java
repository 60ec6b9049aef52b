package io.apfa.realtime.bridge;

import io.apfa.realtime.bridge.event.Redactor;
import io.apfa.realtime.bridge.event.Serializer;
import io.apfa.realtime.bridge.source.RedisEndpoint;
import io.apfa.realtime.bridge.source.RedisTransport;
import io.apfa.realtime.runtime.OptionsReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Everything a bridge is told.
 *
 * <p>Immutable.
 *
 * @param sources the Celery apps; never empty
 * @param redactPatterns names whose values are hidden, as regular expressions
 * @param triggerAllow task names that may be triggered, as globs with {@code *}; empty = none
 * @param commandDeadline when a command without an answer has failed
 */
public record BridgeOptions(
    List<SourceOptions> sources,
    List<String> redactPatterns,
    List<String> triggerAllow,
    Duration commandDeadline) {

  /** Name of the source that {@code broker.*} describes. */
  public static final String DEFAULT_SOURCE = "celery";

  private static final int MAX_PRIORITY_STEPS = 64;
  private static final Pattern SOURCE_NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  public BridgeOptions {
    sources = List.copyOf(sources);
    redactPatterns = List.copyOf(redactPatterns);
    triggerAllow = List.copyOf(triggerAllow);
  }

  /**
   * Reads {@code broker.*}, {@code sources.*}, {@code redact.patterns}, {@code trigger.allow} and
   * {@code commands.deadline}; problems are noted in {@code reader}.
   *
   * @param defaultBrokerUrl the broker when {@code broker.url} is empty, such as an embedded Redis
   */
  public static BridgeOptions from(OptionsReader reader, String defaultBrokerUrl) {
    List<SourceOptions> sources = new ArrayList<>();
    sources.add(source(reader, DEFAULT_SOURCE, "broker.", defaultBrokerUrl));
    for (String name : reader.namesUnder("sources")) {
      if (!SOURCE_NAME.matcher(name).matches() || name.equals(DEFAULT_SOURCE)) {
        reader.problem("sources." + name, name, "1 to 64 letters, digits, - and _; not celery");
      }
      sources.add(source(reader, name, "sources." + name + ".", ""));
    }
    List<String> patterns = reader.texts("redact.patterns", Redactor.DEFAULT_PATTERNS);
    return new BridgeOptions(
        sources,
        patterns.stream().filter(pattern -> isPattern(reader, pattern)).toList(),
        reader.texts("trigger.allow", List.of("*")),
        reader.duration(
            "commands.deadline",
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofMinutes(5)));
  }

  private static SourceOptions source(
      OptionsReader reader, String name, String prefix, String defaultUrl) {
    String url = reader.text(prefix + "url", "");
    String broker = url.isEmpty() ? defaultUrl : url;
    checkUrl(
        reader, prefix + "url", broker, Set.of("redis", "rediss", "sentinel", "amqp", "amqps"));
    String backend = reader.text(prefix + "result-backend-url", "");
    if (!backend.isEmpty()) {
      checkUrl(
          reader, prefix + "result-backend-url", backend, Set.of("redis", "rediss", "sentinel"));
    } else if (RedisEndpoint.isRedis(broker)) {
      backend = broker;
    }
    return new SourceOptions(
        name,
        broker,
        backend,
        transport(reader, prefix),
        Serializer.ofWord(
            reader.oneOf(prefix + "task-serializer", "json", List.of("json", "msgpack", "yaml"))),
        reader.text(prefix + "event-exchange", "celeryev", s -> !s.isEmpty(), "a name"),
        reader.text(prefix + "control-exchange", "celery", s -> !s.isEmpty(), "a name"));
  }

  private static RedisTransport transport(OptionsReader reader, String prefix) {
    RedisTransport defaults = RedisTransport.DEFAULT;
    String fanout = reader.text(prefix + "fanout-prefix", "true");
    String separator = reader.text(prefix + "sep", "");
    List<String> steps =
        reader.texts(
            prefix + "priority-steps", defaults.prioritySteps().stream().map(s -> "" + s).toList());
    return new RedisTransport(
        reader.text(prefix + "global-keyprefix", defaults.keyPrefix()),
        switch (fanout) {
          case "true" -> defaults.fanoutPrefix();
          case "false" -> "";
          default -> fanout;
        },
        reader.flag(prefix + "fanout-patterns", defaults.fanoutPatterns()),
        separator.isEmpty() ? defaults.separator() : separator,
        isSteps(steps)
            ? steps.stream().map(Integer::valueOf).toList()
            : refusedSteps(reader, prefix, steps));
  }

  private static boolean isSteps(List<String> steps) {
    int before = -1;
    for (String step : steps) {
      if (!step.matches("[0-9]{1,3}") || Integer.parseInt(step) <= before) {
        return false;
      }
      before = Integer.parseInt(step);
    }
    return !steps.isEmpty() && steps.size() <= MAX_PRIORITY_STEPS;
  }

  private static List<Integer> refusedSteps(
      OptionsReader reader, String prefix, List<String> steps) {
    reader.problem(
        prefix + "priority-steps",
        String.join(",", steps),
        "1 to " + MAX_PRIORITY_STEPS + " ascending whole numbers from 0 on");
    return RedisTransport.DEFAULT.prioritySteps();
  }

  private static void checkUrl(OptionsReader reader, String key, String url, Set<String> schemes) {
    int colon = url.indexOf("://");
    boolean legal = colon > 0 && schemes.contains(url.substring(0, colon));
    if (legal && RedisEndpoint.isRedis(url)) {
      try {
        RedisEndpoint.parse(url);
      } catch (IllegalArgumentException e) {
        legal = false;
      }
    }
    if (!legal) {
      // the URL itself may hold a password
      String shown = colon > 0 ? url.substring(0, colon) + "://…" : url.isEmpty() ? "" : "…";
      reader.problem(key, shown, "a URL of a broker: " + String.join("://, ", schemes) + "://");
    }
  }

  private static boolean isPattern(OptionsReader reader, String pattern) {
    try {
      Pattern.compile(pattern);
      return true;
    } catch (PatternSyntaxException e) {
      reader.problem("redact.patterns", pattern, "regular expressions separated by commas");
      return false;
    }
  }
}

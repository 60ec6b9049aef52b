package io.apfa.realtime.protocol.client;

import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.Texts;
import io.apfa.realtime.protocol.Times;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns the JSON body of a command into a {@link Command} that is valid by construction. Over a
 * session the body names its target ({@code uuid} or {@code uuids}, {@code queue}, {@code
 * hostname}); over HTTP the path does.
 *
 * <p>Every refusal is an {@link IllegalArgumentException} that names the member, what was found and
 * what was expected.
 *
 * <p>Immutable.
 */
public final class CommandDecoder {
  /** Prefix of the addresses that commands are sent to. */
  public static final String ADDRESS_PREFIX = "celery.";

  /** Longest accepted name of a task, queue, worker or uuid, in UTF-16 units. */
  public static final int MAX_NAME_LENGTH = 255;

  /** The member that names the Celery app; absent = the first one configured. */
  public static final String SOURCE = "source";

  private static final Set<String> SIGNALS =
      Set.of("SIGTERM", "SIGKILL", "SIGINT", "SIGQUIT", "SIGHUP", "SIGABRT", "SIGUSR1", "SIGUSR2");
  private static final Pattern RATE = Pattern.compile("\\d{1,9}(\\.\\d{1,6})?(/[smh])?");

  private CommandDecoder() {}

  /** The kind whose address is {@code address}; null when there is none. */
  public static Command.@Nullable Kind kindOfAddress(String address) {
    if (address.startsWith(ADDRESS_PREFIX)) {
      String word = address.substring(ADDRESS_PREFIX.length());
      for (Command.Kind kind : Command.Kind.values()) {
        if (kind.word().equals(word)) {
          return kind;
        }
      }
    }
    return null;
  }

  /**
   * The command of {@code body}.
   *
   * @param target the uuid, queue or hostname when it stands outside the body; null when inside
   */
  public static Command decode(Command.Kind kind, JsonMembers body, @Nullable String target) {
    return switch (kind) {
      case REVOKE -> revoke(body, target);
      case RETRY -> retry(body, target);
      case TRIGGER -> trigger(body);
      case PAUSE, RESUME, PURGE -> {
        only(body, "queue");
        yield new Command.Queue(kind, target(body, "queue", target));
      }
      case POOL -> {
        only(body, "hostname", "delta");
        int delta = requiredInteger(body, "delta", -1000, 1000);
        if (delta == 0) {
          throw new IllegalArgumentException("delta: 0 (expected: not 0)");
        }
        yield new Command.Pool(target(body, "hostname", target), delta);
      }
      case AUTOSCALE -> autoscale(body, target);
      case RATE_LIMIT -> rateLimit(body, target);
      case TIME_LIMIT -> timeLimit(body, target);
      case ENABLE_EVENTS -> {
        only(body, "hostname");
        yield new Command.EnableEvents(target(body, "hostname", target));
      }
      case SHUTDOWN -> {
        only(body, "hostname");
        yield new Command.Shutdown(target(body, "hostname", target));
      }
      case PING -> {
        only(body);
        yield new Command.Ping();
      }
    };
  }

  private static Command revoke(JsonMembers body, @Nullable String target) {
    only(body, "uuid", "uuids", "terminate", "signal");
    String signal = body.text("signal");
    if (signal != null && !SIGNALS.contains(signal)) {
      throw new IllegalArgumentException(
          "signal: "
              + Texts.quote(signal, 32)
              + " (expected: one of "
              + String.join(", ", SIGNALS.stream().sorted().toList())
              + ")");
    }
    return new Command.Revoke(
        uuids(body, target), body.flag("terminate", false), signal == null ? "SIGTERM" : signal);
  }

  private static Command retry(JsonMembers body, @Nullable String target) {
    only(body, "uuid", "uuids", "args", "kwargs");
    List<String> uuids = uuids(body, target);
    String args = list(body, "args");
    String kwargs = object(body, "kwargs");
    if (uuids.size() > 1 && (args != null || kwargs != null)) {
      throw new IllegalArgumentException(
          "args, kwargs: given for " + uuids.size() + " tasks (expected: for one task only)");
    }
    return new Command.Retry(uuids, args, kwargs);
  }

  private static Command trigger(JsonMembers body) {
    only(body, "name", "args", "kwargs", "queue", "priority", "countdown", "eta");
    String args = list(body, "args");
    String kwargs = object(body, "kwargs");
    double countdown = body.real("countdown", Double.NaN);
    if (countdown < 0 || countdown > 315_360_000) {
      throw new IllegalArgumentException(
          "countdown: " + countdown + " (expected: 0 to 315360000 seconds)");
    }
    long eta = eta(body);
    if (!Double.isNaN(countdown) && Times.isKnown(eta)) {
      throw new IllegalArgumentException("countdown, eta: both given (expected: one of them)");
    }
    return new Command.Trigger(
        name("name", body.requiredText("name")),
        args == null ? "[]" : args,
        kwargs == null ? "{}" : kwargs,
        body.has("queue") ? name("queue", body.requiredText("queue")) : null,
        body.integer("priority", -1, 0, 9),
        countdown,
        eta);
  }

  private static long eta(JsonMembers body) {
    if (!body.has("eta")) {
      return Times.UNKNOWN_MILLIS;
    }
    long millis = Times.UNKNOWN_MILLIS;
    if (body.isNumber("eta")) {
      millis = Times.fromEpochSeconds(body.real("eta", Double.NaN));
    } else {
      try {
        millis = OffsetDateTime.parse(body.requiredText("eta")).toInstant().toEpochMilli();
      } catch (DateTimeException e) {
        // reported below, with every other wrong time
      }
    }
    if (!Times.isKnown(millis)) {
      throw new IllegalArgumentException(
          "eta: "
              + Texts.quote(String.valueOf(body.json("eta")), 64)
              + " (expected: ISO 8601 with an offset, or epoch seconds)");
    }
    return millis;
  }

  private static Command autoscale(JsonMembers body, @Nullable String target) {
    only(body, "hostname", "min", "max");
    int min = requiredInteger(body, "min", 0, 1000);
    int max = requiredInteger(body, "max", 1, 1000);
    if (min > max) {
      throw new IllegalArgumentException("min: " + min + " (expected: at most max = " + max + ")");
    }
    return new Command.Autoscale(target(body, "hostname", target), min, max);
  }

  private static Command rateLimit(JsonMembers body, @Nullable String target) {
    only(body, "hostname", "name", "rate");
    String rate = body.requiredText("rate");
    if (!RATE.matcher(rate).matches()) {
      throw new IllegalArgumentException(
          "rate: " + Texts.quote(rate, 32) + " (expected: a number, then /s, /m or /h)");
    }
    return new Command.RateLimit(
        target(body, "hostname", target), name("name", body.requiredText("name")), rate);
  }

  private static Command timeLimit(JsonMembers body, @Nullable String target) {
    only(body, "hostname", "name", "soft", "hard");
    return new Command.TimeLimit(
        target(body, "hostname", target),
        name("name", body.requiredText("name")),
        seconds(body, "soft"),
        seconds(body, "hard"));
  }

  private static double seconds(JsonMembers body, String member) {
    double seconds = body.real(member, Double.NaN);
    if (seconds <= 0 || seconds > 31_536_000) {
      throw new IllegalArgumentException(
          member + ": " + seconds + " (expected: above 0, at most 31536000 seconds, or null)");
    }
    return seconds;
  }

  private static List<String> uuids(JsonMembers body, @Nullable String target) {
    if (target == null && body.has("uuids")) {
      List<String> uuids = body.texts("uuids");
      if (uuids.isEmpty() || uuids.size() > Command.MAX_UUIDS) {
        throw new IllegalArgumentException(
            "uuids: " + uuids.size() + " (expected: 1 to " + Command.MAX_UUIDS + ")");
      }
      uuids.forEach(uuid -> name("uuids", uuid));
      return uuids.stream().distinct().toList();
    }
    return List.of(target(body, "uuid", target));
  }

  private static String target(JsonMembers body, String member, @Nullable String target) {
    return name(member, target == null ? body.requiredText(member) : target);
  }

  private static int requiredInteger(JsonMembers body, String member, int min, int max) {
    if (!body.has(member)) {
      throw new IllegalArgumentException(
          member + ": missing (expected: a whole number from " + min + " to " + max + ")");
    }
    return body.integer(member, 0, min, max);
  }

  private static @Nullable String list(JsonMembers body, String member) {
    if (body.has(member) && !body.isArray(member)) {
      throw new IllegalArgumentException(
          member
              + ": "
              + Texts.quote(String.valueOf(body.json(member)), 32)
              + " (expected: a list)");
    }
    return body.has(member) ? body.json(member) : null;
  }

  private static @Nullable String object(JsonMembers body, String member) {
    if (body.has(member) && !body.isObject(member)) {
      throw new IllegalArgumentException(
          member
              + ": "
              + Texts.quote(String.valueOf(body.json(member)), 32)
              + " (expected: an object)");
    }
    return body.has(member) ? body.json(member) : null;
  }

  private static String name(String member, String value) {
    boolean legal = !value.isBlank() && value.length() <= MAX_NAME_LENGTH;
    for (int i = 0; legal && i < value.length(); i++) {
      legal = !Character.isISOControl(value.charAt(i));
    }
    if (!legal) {
      throw new IllegalArgumentException(
          member
              + ": "
              + Texts.quote(value, 32)
              + " (expected: 1 to "
              + MAX_NAME_LENGTH
              + " characters without control characters)");
    }
    return value;
  }

  private static void only(JsonMembers body, String... members) {
    Set<String> known = new LinkedHashSet<>(List.of(members));
    known.add(SOURCE);
    body.requireOnly(known);
  }
}

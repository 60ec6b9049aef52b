package io.apfa.realtime.launcher.demo;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** The tasks that the simulated worker knows: those of {@code apfa_demo.py}. Immutable. */
enum TaskKind {
  ADD("orders.add"),
  FAIL("orders.fail"),
  FLAKY("orders.flaky"),
  IMPORT_FILE("orders.import_file"),
  LONG("orders.long"),
  REVOKED_SOON("orders.revoked_soon"),
  RENDER("reports.render");

  /** How often {@link #IMPORT_FILE} reports progress in one run. */
  static final int PROGRESS_STEPS = 10;

  static final int RETRY_MILLIS = 1_500;

  private static final int LONGEST_SECONDS = 3_600;
  private static final int FAILED_ATTEMPTS = 2;

  private final String taskName;

  TaskKind(String taskName) {
    this.taskName = taskName;
  }

  static Optional<TaskKind> named(String taskName) {
    return Arrays.stream(values()).filter(kind -> kind.taskName.equals(taskName)).findFirst();
  }

  String taskName() {
    return taskName;
  }

  /** How long a run takes. */
  long runMillis(DemoTask task, Random random) {
    return switch (this) {
      case ADD -> 50 + random.nextInt(250);
      case FAIL -> 200;
      case FLAKY -> 300;
      case IMPORT_FILE -> 6_000;
      case LONG, REVOKED_SOON -> 1_000 * Math.min(LONGEST_SECONDS, Math.max(0, number(task, 0)));
      case RENDER -> 200 * Math.min(LONGEST_SECONDS, Math.max(0, number(task, 1)));
    };
  }

  /** How a run ends. */
  Outcome outcome(DemoTask task) {
    return switch (this) {
      case ADD -> add(task);
      case FAIL ->
          Outcome.failure(
              "OutOfStock", "order " + number(task, 0) + ": nothing left in the warehouse");
      case FLAKY -> pay(task);
      case IMPORT_FILE -> Outcome.success("{\"imported\":" + number(task, 1) + "}");
      case LONG -> Outcome.success("\"slept " + number(task, 0) + " s\"");
      case REVOKED_SOON -> Outcome.success("\"nobody revoked me\"");
      case RENDER -> Outcome.success("{\"pages\":" + number(task, 1) + "}");
    };
  }

  /** The whole number at {@code index} of the arguments; 0 if there is none. */
  static long number(DemoTask task, int index) {
    List<String> arguments = JsonText.elements(task.args());
    return index < arguments.size() ? parse(arguments.get(index)).orElse(0L) : 0;
  }

  private static Outcome add(DemoTask task) {
    long sum = 0;
    for (String argument : JsonText.elements(task.args())) {
      Optional<Long> number = parse(argument);
      if (number.isEmpty()) {
        return Outcome.failure("TypeError", "unsupported operand type for +: " + argument);
      }
      sum += number.get();
    }
    return Outcome.success(Long.toString(sum));
  }

  private static Outcome pay(DemoTask task) {
    String order = "order " + number(task, 0);
    return task.retries() < FAILED_ATTEMPTS
        ? Outcome.retry("ConnectionError", order + ": the payment service hung up")
        : Outcome.success(JsonText.quoted(order + " paid at attempt " + (task.retries() + 1)));
  }

  private static Optional<Long> parse(String text) {
    try {
      return Optional.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}

package io.apfa.realtime.launcher.demo;

import io.apfa.realtime.runtime.Clock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Celery that is not there: carries the commands of a {@link DemoProducer} and two {@link
 * DemoWorker}s to Redis, and task messages and control requests from Redis to the workers. While
 * Redis is away it stands still; what was lost is not repeated, as with a real worker.
 *
 * <p>Confined to its context; {@link #start} and {@link #stop} may be called from any thread.
 */
final class EventGenerator {
  private static final Logger LOG = LoggerFactory.getLogger(EventGenerator.class);
  private static final int TICK_MILLIS = 40;
  private static final int FIRST_PID = 100_001;

  private final Vertx vertx;
  private final Context context;
  private final Clock clock;
  private final RedisLink link;
  private final Uuids uuids;
  private final DemoProducer producer;
  private final List<DemoWorker> workers;
  private boolean isFetching;
  private boolean isStopped;

  /**
   * A generator on the Redis at {@code url}.
   *
   * @throws IllegalArgumentException if {@code url} is not a Redis URL
   */
  EventGenerator(Vertx vertx, String url, Clock clock, Random random) {
    KombuNames names = KombuNames.of(url);
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.clock = clock;
    this.uuids = new Uuids(random);
    this.link =
        new RedisLink(
            vertx, context, url, names.controlChannel(), this::onControl, this::announceWorkers);
    this.producer = new DemoProducer(names, FIRST_PID, random);
    this.workers =
        List.of(
            new DemoWorker(names, "demo@generator", FIRST_PID + 100, Set.of("celery"), 4, random),
            new DemoWorker(
                names, "reports@generator", FIRST_PID + 200, Set.of("reports"), 1, random));
  }

  /** Connects and begins; returns at once. */
  void start() {
    context.runOnContext(
        begin -> {
          link.open();
          vertx.setPeriodic(TICK_MILLIS, this::tick);
        });
  }

  /** Says worker-offline, takes its bindings back and disconnects. */
  Future<Void> stop() {
    Promise<Void> stopped = Promise.promise();
    context.runOnContext(
        end -> {
          isStopped = true;
          List<RedisCommand> out = new ArrayList<>();
          for (DemoWorker worker : workers) {
            worker.announce("worker-offline", clock.millis(), out);
            out.add(binding("SREM", worker));
          }
          link.send(out).transform(sent -> link.close()).onComplete(stopped);
        });
    return stopped.future();
  }

  private void announceWorkers() {
    List<RedisCommand> out = new ArrayList<>();
    for (DemoWorker worker : workers) {
      out.add(binding("SADD", worker));
      for (String queue : worker.queues()) {
        String member = queue + KombuNames.SEPARATOR + KombuNames.SEPARATOR + queue;
        out.add(RedisCommand.of("SADD", "_kombu.binding." + queue, member));
      }
      worker.announce("worker-online", clock.millis(), out);
    }
    send(out);
  }

  private void tick(long timer) {
    if (isStopped) {
      vertx.cancelTimer(timer);
      return;
    }
    if (!link.isOpen()) {
      return;
    }
    long now = clock.millis();
    List<RedisCommand> out = new ArrayList<>();
    producer.tick(now, out);
    workers.forEach(worker -> worker.tick(now, out));
    send(out);
    if (!isFetching) {
      isFetching = true;
      List<Future<Void>> fetched = workers.stream().map(this::fetch).toList();
      Future.join(fetched).onComplete(done -> isFetching = false);
    }
  }

  /** Takes from a worker's queues as many messages as it has room for. */
  private Future<Void> fetch(DemoWorker worker) {
    List<String> queues = new ArrayList<>();
    List<RedisCommand> pops = new ArrayList<>();
    int share = worker.queues().isEmpty() ? 0 : worker.wanted() / worker.queues().size();
    for (String queue : worker.queues()) {
      for (int n = 0; n < share; n++) {
        queues.add(queue);
        pops.add(RedisCommand.of("RPOP", queue));
      }
    }
    return link.send(pops).onSuccess(messages -> receive(worker, queues, messages)).mapEmpty();
  }

  private void receive(DemoWorker worker, List<String> queues, List<@Nullable Response> messages) {
    List<RedisCommand> out = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      Response message = messages.get(i);
      if (message == null) {
        continue;
      }
      try {
        DemoTask task = DemoTask.decode(queues.get(i), message.toString());
        worker.receive(task, clock.millis(), out);
      } catch (RuntimeException e) {
        LOG.warn(
            "demo generator: a message of queue {} is not a task: {}", queues.get(i), e.toString());
      }
    }
    send(out);
  }

  private void onControl(String message) {
    ControlRequest request;
    try {
      request = ControlRequest.read(message);
    } catch (RuntimeException e) {
      LOG.warn("demo generator: not a control request: {}", e.toString());
      return;
    }
    for (DemoWorker worker : workers) {
      if (request.isFor(worker.hostname())) {
        answer(request, new ControlDesk(worker));
      }
    }
  }

  private void answer(ControlRequest request, ControlDesk desk) {
    List<RedisCommand> out = new ArrayList<>();
    String answer = desk.answer(request, clock.millis(), out);
    send(out);
    if (!request.wantsReply()) {
      return;
    }
    String reply = desk.reply(request, answer, uuids.next());
    link.send(List.of(RedisCommand.of("SMEMBERS", KombuNames.REPLY_BINDINGS)))
        .onSuccess(bindings -> reply(request.replyTo(), bindings.get(0), reply))
        .onFailure(EventGenerator::notSent);
  }

  /** Replies go to the queues bound for them; without one nobody waits any more. */
  private void reply(String routingKey, @Nullable Response bindings, String reply) {
    if (bindings == null) {
      return;
    }
    List<RedisCommand> out = new ArrayList<>();
    for (Response binding : bindings) {
      String[] fields = binding.toString().split(KombuNames.SEPARATOR, -1);
      if (fields.length == 3 && fields[0].equals(routingKey)) {
        out.add(RedisCommand.of("LPUSH", fields[2], reply));
      }
    }
    send(out);
  }

  private void send(List<RedisCommand> commands) {
    link.send(commands).onFailure(EventGenerator::notSent);
  }

  private static void notSent(Throwable cause) {
    LOG.debug("demo generator: commands not sent", cause);
  }

  private static RedisCommand binding(String verb, DemoWorker worker) {
    return RedisCommand.of(
        verb, KombuNames.CONTROL_BINDINGS, KombuNames.controlBinding(worker.hostname()));
  }
}

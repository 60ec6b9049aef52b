package io.apfa.realtime.protocol.bus;

import io.apfa.realtime.protocol.CeleryEvent;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.LimitOverride;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.NodeId;
import io.apfa.realtime.protocol.Role;
import io.apfa.realtime.protocol.StreamPosition;
import io.apfa.realtime.protocol.Task;
import io.apfa.realtime.protocol.TaskPage;
import io.apfa.realtime.protocol.TaskQuery;
import io.apfa.realtime.protocol.TimelineEntry;
import io.apfa.realtime.protocol.TraceContext;
import io.apfa.realtime.protocol.Update;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A message between verticles. Every kind is immutable. */
public sealed interface BusMessage {

  /** Which message this is. */
  Kind kind();

  /** The kinds; their order is their number on the bus, so new ones are added at the end. */
  enum Kind {
    NODE_ANNOUNCEMENT,
    OWNER_ANNOUNCEMENT,
    EVENT_BATCH,
    EVENT_BATCH_REPLY,
    PUBLICATION,
    LATEST_VALUES,
    INTEREST,
    INTEREST_REPLY,
    TASK_QUERY,
    TASK_PAGE,
    TASK_LOOKUP,
    TASK_DETAIL,
    LATEST_QUERY,
    GROUP_QUERY,
    GROUP_DETAIL,
    COMMAND_REQUEST,
    COMMAND_REPLY,
    COMMAND_QUERY,
    COMMAND_STATE,
    LIMITS_ANNOUNCEMENT,
    LIMITS_QUERY,
    PERMIT_REQUEST,
    PERMIT_REPLY,
    PRESSURE_REPORT,
    PRESSURE_DIRECTIVE,
    BRIDGE_QUERY,
    BRIDGE_ANSWER,
    REFUSAL,
    LIMITS_RECORD
  }

  /** Every node to all, once a second: who is here and what it does. */
  record NodeAnnouncement(NodeId node, Set<Role> roles, long sentMillis) implements BusMessage {
    public NodeAnnouncement {
      roles = Set.copyOf(roles);
    }

    @Override
    public Kind kind() {
      return Kind.NODE_ANNOUNCEMENT;
    }
  }

  /**
   * A source's owner to all: when it takes over, and once a second.
   *
   * @param token the owner's fencing token; of two announcements the larger token is right
   * @param head last logged offset
   */
  record OwnerAnnouncement(String source, NodeId node, long token, String epoch, long head)
      implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.OWNER_ANNOUNCEMENT;
    }
  }

  /**
   * Bridge to owner, a request: events in the order the bridge heard them. Answered by {@link
   * EventBatchReply} after the append.
   *
   * @param trace where it is in its trace; null = it is not traced
   */
  record EventBatch(
      String source, FeedPosition position, List<CeleryEvent> events, @Nullable TraceContext trace)
      implements BusMessage {
    public EventBatch {
      events = List.copyOf(events);
    }

    /** A batch that is not traced. */
    public EventBatch(String source, FeedPosition position, List<CeleryEvent> events) {
      this(source, position, events, null);
    }

    @Override
    public Kind kind() {
      return Kind.EVENT_BATCH;
    }
  }

  /**
   * Owner to bridge.
   *
   * @param status what became of the batch
   * @param position the feed position now stored; the bridge sends what follows it
   */
  record EventBatchReply(Status status, FeedPosition position) implements BusMessage {
    /** What became of a batch. */
    public enum Status {
      /** Appended now, or before: done. */
      DONE,
      /** The receiver does not own the source: ask the directory and send it there. */
      NOT_OWNER,
      /** A bridge with a newer lease forwards this source: step down. */
      FENCED,
      /** The store is unreachable or too much is pending: keep it and send it again. */
      BUSY
    }

    @Override
    public Kind kind() {
      return Kind.EVENT_BATCH_REPLY;
    }
  }

  /**
   * Owner to a gateway node: a dense batch in the log's own form ({@link LogCodec}).
   *
   * @param traces the traces of what ends with this batch; most often none
   */
  record Publication(
      String source,
      long token,
      String epoch,
      long from,
      long offset,
      Buffer payload,
      List<TraceContext> traces)
      implements BusMessage {
    public Publication {
      traces = List.copyOf(traces);
    }

    /** A publication that is not traced. */
    public Publication(
        String source, long token, String epoch, long from, long offset, Buffer payload) {
      this(source, token, epoch, from, offset, payload, List.of());
    }

    @Override
    public Kind kind() {
      return Kind.PUBLICATION;
    }
  }

  /**
   * Owner to a gateway node, and the answer to {@link LatestQuery}: queue depths and workers.
   *
   * @param version of the whole set, +1 with each change under one token
   * @param complete whether this is every current value, not only what changed
   */
  record LatestValues(
      String source, long token, long version, boolean complete, List<Update> updates)
      implements BusMessage {
    public LatestValues {
      updates = List.copyOf(updates);
    }

    @Override
    public Kind kind() {
      return Kind.LATEST_VALUES;
    }
  }

  /**
   * Gateway to owner, a request, once a second and when its sessions change: whether this node
   * wants the source's batches. Answered by {@link InterestReply}.
   */
  record Interest(String source, NodeId node, boolean wanted) implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.INTEREST;
    }
  }

  /**
   * Owner to gateway: where the stream is, so that a lost last batch is found within a second.
   *
   * @param owner whether the receiver owns the source; if not, the rest is empty
   */
  record InterestReply(
      String source, boolean owner, long token, String epoch, long head, long latestVersion)
      implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.INTEREST_REPLY;
    }
  }

  /** Gateway to owner, a request answered by {@link Page}. */
  record Query(TaskQuery query) implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.TASK_QUERY;
    }
  }

  /** Owner to gateway. */
  record Page(TaskPage page) implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.TASK_PAGE;
    }
  }

  /** Gateway to owner, a request answered by {@link TaskDetail}. */
  record TaskLookup(String source, String uuid) implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.TASK_LOOKUP;
    }
  }

  /**
   * Owner to gateway.
   *
   * @param task null when the table has no such task
   * @param children tasks whose parent it is
   */
  record TaskDetail(
      StreamPosition position,
      @Nullable Task task,
      List<TimelineEntry> timeline,
      List<Task> children)
      implements BusMessage {
    public TaskDetail {
      timeline = List.copyOf(timeline);
      children = List.copyOf(children);
    }

    @Override
    public Kind kind() {
      return Kind.TASK_DETAIL;
    }
  }

  /** Gateway to owner, a request answered by a complete {@link LatestValues}. */
  record LatestQuery(String source) implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.LATEST_QUERY;
    }
  }

  /** Gateway to owner, a request answered by {@link GroupDetail}. */
  record GroupQuery(String source, String groupId) implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.GROUP_QUERY;
    }
  }

  /** Owner to gateway; no progress when there is no such group. */
  record GroupDetail(
      StreamPosition position, Update.@Nullable BatchProgress progress, List<Task> tasks)
      implements BusMessage {
    public GroupDetail {
      tasks = List.copyOf(tasks);
    }

    @Override
    public Kind kind() {
      return Kind.GROUP_DETAIL;
    }
  }

  /**
   * Gateway to the source's leading bridge, a request answered by {@link CommandReply}.
   *
   * @param msgId the client's own id for it; the same one of the same user takes effect once
   * @param user who asks, for the audit and for once-only
   * @param remote where from, for the audit
   * @param trace where it is in its trace; null = it is not traced
   */
  record CommandRequest(
      String source,
      @Nullable String msgId,
      String user,
      String remote,
      Command command,
      @Nullable TraceContext trace)
      implements BusMessage {
    /** A command that is not traced. */
    public CommandRequest(
        String source, @Nullable String msgId, String user, String remote, Command command) {
      this(source, msgId, user, remote, command, null);
    }

    @Override
    public Kind kind() {
      return Kind.COMMAND_REQUEST;
    }
  }

  /**
   * Bridge to gateway: accepted.
   *
   * @param commands one for each task, in the request's order
   */
  record CommandReply(List<Accepted> commands) implements BusMessage {
    /** One accepted command; the task is the one it acts on, or the one it makes. */
    public record Accepted(String commandId, @Nullable String taskId) {}

    public CommandReply {
      commands = List.copyOf(commands);
    }

    @Override
    public Kind kind() {
      return Kind.COMMAND_REPLY;
    }
  }

  /** Gateway to owner, a request answered by {@link CommandState}. */
  record CommandQuery(String source, String commandId) implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.COMMAND_QUERY;
    }
  }

  /** Owner to gateway; null when it knows no such command. */
  record CommandState(Update.@Nullable CommandUpdate update) implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.COMMAND_STATE;
    }
  }

  /**
   * Leading rate-limit verticle to all: the limits in force.
   *
   * @param token fencing token of the leader; of two announcements the larger (token, version) is
   *     right
   * @param version +1 with each valid change
   * @param sinceMillis when this version came into force
   * @param limits the common ones
   * @param error why the file on disk is not in force; null when it is
   * @param overrides what is another for some, in the order of the file
   */
  record LimitsAnnouncement(
      long token,
      long version,
      long sinceMillis,
      Limits limits,
      @Nullable String error,
      List<LimitOverride> overrides)
      implements BusMessage {
    public LimitsAnnouncement {
      overrides = List.copyOf(overrides);
    }

    @Override
    public Kind kind() {
      return Kind.LIMITS_ANNOUNCEMENT;
    }
  }

  /**
   * Any verticle to a rate-limit node, a request answered by {@link LimitsRecord}; one that does
   * not lead refuses.
   */
  record LimitsQuery() implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.LIMITS_QUERY;
    }
  }

  /**
   * Gateway to the leading rate-limit verticle, a request: permits of a cluster-wide budget. The
   * node holds no permits of an earlier lease any more.
   *
   * @param budget such as {@code user:alice} or {@code role:operator}
   * @param spent permits that it spent since its last request: the rest of its last lease returns;
   *     more than that is of its own share, while no leader answered
   * @param wanted permits it would like to hold; 0 = none, it only gives back
   * @param role the word of the role of the user whose budget it is; null = not known
   * @param deficit permits that the node spent lately and its share of the rate has not brought
   *     back: what a leader that knows nothing of the node takes as spent
   */
  record PermitRequest(
      NodeId node,
      String budget,
      double spent,
      double wanted,
      @Nullable String role,
      double deficit)
      implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.PERMIT_REQUEST;
    }
  }

  /** Rate-limit verticle to gateway: permits leased until {@code leaseMillis} from now. */
  record PermitReply(String budget, double granted, long leaseMillis, long retryAfterMillis)
      implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.PERMIT_REPLY;
    }
  }

  /**
   * Gateway or broadcaster to every rate-limit verticle, once a second.
   *
   * @param outboxBytes unsent bytes of all sessions
   * @param drainLagMillis a gateway's: how long the oldest unsent write of a session waits, as the
   *     slowest quarter of the sessions have it at least; a broadcaster's: how long a flush waited
   *     for its append since the last report, at most
   * @param loopLagMillis how late the latest tick since the last report was
   * @param cpu share of the processors the process may use that it did use since the last report, 0
   *     to 1
   * @param sessions open sessions
   */
  record PressureReport(
      NodeId node,
      Role role,
      long outboxBytes,
      long drainLagMillis,
      long loopLagMillis,
      double cpu,
      long sessions)
      implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.PRESSURE_REPORT;
    }
  }

  /**
   * Leading rate-limit verticle to all.
   *
   * @param flushIntervalMillis what broadcasters use from now
   * @param admitting whether gateways admit new sessions
   */
  record PressureDirective(long token, long flushIntervalMillis, boolean admitting)
      implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.PRESSURE_DIRECTIVE;
    }
  }

  /**
   * Gateway to a source's leading bridge, a request answered by {@link BridgeAnswer}: what only the
   * bridge can read.
   *
   * @param what what to read
   * @param key a uuid, a queue name, or empty
   */
  record BridgeQuery(String source, What what, String key, int limit) implements BusMessage {
    /** What a bridge can be asked to read; the order is the number on the bus. */
    public enum What {
      RESULT,
      QUEUE_MESSAGES,
      DOCTOR,
      AUDIT
    }

    @Override
    public Kind kind() {
      return Kind.BRIDGE_QUERY;
    }
  }

  /** Bridge to gateway: JSON text, ready for the HTTP answer; null when there is none. */
  record BridgeAnswer(@Nullable String json) implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.BRIDGE_ANSWER;
    }
  }

  /** The answer to any request that cannot be served. */
  record Refusal(ErrorCode code, String message, long retryAfterMillis) implements BusMessage {
    @Override
    public Kind kind() {
      return Kind.REFUSAL;
    }
  }

  /**
   * What became of the limits file of the leading rate-limit node.
   *
   * @param node who read it
   * @param file its path there
   * @param entries newest first
   */
  record LimitsRecord(NodeId node, String file, List<Entry> entries) implements BusMessage {
    public LimitsRecord {
      entries = List.copyOf(entries);
    }

    /**
     * One content of the file.
     *
     * @param version the version it became; of a refused one, the version that stayed
     * @param atMillis when it was read
     * @param lines what changed, or what was wrong with it, one a line
     */
    public record Entry(long version, long atMillis, boolean refused, List<String> lines) {
      public Entry {
        lines = List.copyOf(lines);
      }
    }

    @Override
    public Kind kind() {
      return Kind.LIMITS_RECORD;
    }
  }
}

package io.apfa.realtime.gateway.transport;

import io.apfa.realtime.gateway.Authenticator;
import io.apfa.realtime.gateway.CommandDesk;
import io.apfa.realtime.gateway.SourceClient;
import io.apfa.realtime.gateway.session.Hub;
import io.apfa.realtime.gateway.session.Identity;
import io.apfa.realtime.protocol.Command;
import io.apfa.realtime.protocol.ErrorCode;
import io.apfa.realtime.protocol.client.JsonFrames;
import io.apfa.realtime.runtime.Node;
import io.apfa.realtime.runtime.RefusedException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The routes of {@code /api/v1}, with what guards them: origin, content type, token, CSRF.
 *
 * <p>Confined to its verticle's context.
 */
public final class HttpApi {
  /** Where the routes begin. */
  public static final String BASE = "/api/v1";

  private static final long MAX_BODY_BYTES = 1024 * 1024;
  private static final String OPENAPI = "/io/apfa/realtime/gateway/openapi.json";

  private final List<String> sources;
  private final Authenticator authenticator;
  private final Door door;
  private final boolean secureCookie;
  private final Router router;
  private final Buffer openApi;
  private final List<String> routes = new ArrayList<>();

  public HttpApi(
      Vertx vertx,
      Node node,
      Hub hub,
      SourceClient client,
      CommandDesk desk,
      Authenticator authenticator,
      Door door,
      boolean secureCookie) {
    this.sources = List.copyOf(hub.sources());
    this.authenticator = authenticator;
    this.door = door;
    this.secureCookie = secureCookie;
    this.router = Router.router(vertx);
    this.openApi = resource(OPENAPI);
    router.route().handler(new CrossOrigin(door));
    router.route().handler(this::guard);
    router.post().handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES));
    reading(new ReadRoutes(node, hub, client), new Publications(vertx, hub, node.ticker()));
    commanding(new CommandRoutes(desk, door));
    router
        .route()
        .handler(
            context ->
                Problem.send(
                    context,
                    ErrorCode.NOT_FOUND,
                    "no such call (expected: see " + BASE + "/openapi.json)"));
    router
        .route()
        .failureHandler(
            context -> {
              if (context.statusCode() == 413) {
                Problem.send(
                    context,
                    ErrorCode.TOO_LARGE,
                    "body: (expected: at most " + MAX_BODY_BYTES + " bytes)");
              } else {
                Problem.send(
                    context,
                    context.failure() == null
                        ? new RefusedException(ErrorCode.BAD_REQUEST, "malformed request")
                        : context.failure());
              }
            });
  }

  /** The router to mount at {@link #BASE}. */
  public Router router() {
    return router;
  }

  private void reading(ReadRoutes read, Publications publications) {
    get("/openapi.json", call -> call.answer(200, openApi));
    get("/tasks", read::tasks);
    get("/tasks/:uuid", read::task);
    get("/workers", read::workers);
    get("/queues", read::queues);
    get("/queues/:queue/messages", read::queueMessages);
    get("/groups/:id", read::group);
    get("/limits", read::limits);
    get("/stats", read::stats);
    get("/audit", read::audit);
    get("/doctor", read::doctor);
    get("/commands/:commandId", read::command);
    get("/rooms/:room/publications", publications::poll);
  }

  private void commanding(CommandRoutes commands) {
    post("/session", this::openSession);
    post("/tasks", call -> commands.submit(call, Command.Kind.TRIGGER, null));
    post("/tasks/revoke", call -> commands.submit(call, Command.Kind.REVOKE, null));
    post("/tasks/retry", call -> commands.submit(call, Command.Kind.RETRY, null));
    post("/tasks/:uuid/revoke", call -> commands.submit(call, Command.Kind.REVOKE, "uuid"));
    post("/tasks/:uuid/retry", call -> commands.submit(call, Command.Kind.RETRY, "uuid"));
    for (Command.Kind kind : List.of(Command.Kind.PAUSE, Command.Kind.RESUME, Command.Kind.PURGE)) {
      post("/queues/:queue/" + kind.word(), call -> commands.submit(call, kind, "queue"));
    }
    for (Command.Kind kind :
        List.of(
            Command.Kind.POOL,
            Command.Kind.AUTOSCALE,
            Command.Kind.RATE_LIMIT,
            Command.Kind.TIME_LIMIT,
            Command.Kind.ENABLE_EVENTS,
            Command.Kind.SHUTDOWN)) {
      post("/workers/:hostname/" + kind.word(), call -> commands.submit(call, kind, "hostname"));
    }
  }

  private void get(String path, Consumer<ApiCall> handler) {
    route(HttpMethod.GET, path, handler);
  }

  private void post(String path, Consumer<ApiCall> handler) {
    route(HttpMethod.POST, path, handler);
  }

  /** Every route, as {@code GET /tasks/{uuid}}. */
  public List<String> routes() {
    return List.copyOf(routes);
  }

  private void route(HttpMethod method, String path, Consumer<ApiCall> handler) {
    routes.add(method.name() + " " + path.replaceAll(":([a-zA-Z]+)", "{$1}"));
    router
        .route(method, path)
        .handler(
            context -> {
              try {
                handler.accept(new ApiCall(context, sources));
              } catch (RuntimeException e) {
                Problem.send(context, e);
              }
            });
  }

  private void guard(RoutingContext context) {
    boolean post = HttpMethod.POST.equals(context.request().method());
    if (!door.isAllowedOrigin(context.request())) {
      Problem.send(context, ErrorCode.FORBIDDEN, "Origin: not allowed");
      return;
    }
    if (post
        && !isJson(context.request().getHeader(HttpHeaders.CONTENT_TYPE))
        && !context.normalizedPath().endsWith("/session")) {
      Problem.send(
          context, ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Content-Type: (expected: application/json)");
      return;
    }
    if (!authenticator.isRequired()) {
      context.put(ApiCall.IDENTITY, Identity.ANYONE);
      context.next();
      return;
    }
    if (context.normalizedPath().endsWith("/openapi.json")) {
      context.next();
      return;
    }
    authenticate(context, post);
  }

  private void authenticate(RoutingContext context, boolean post) {
    String bearer = authenticator.tokenOf(context.request().getHeader(HttpHeaders.AUTHORIZATION));
    Cookie cookie = context.request().getCookie(Authenticator.COOKIE);
    String token = bearer != null ? bearer : cookie == null ? null : cookie.getValue();
    if (token == null) {
      unauthorized(context, "no token (expected: Bearer or the cookie)");
      return;
    }
    if (bearer == null
        && post
        && !Authenticator.csrfTokenOf(token).equals(context.request().getHeader("X-CSRF-Token"))) {
      Problem.send(context, ErrorCode.FORBIDDEN, "X-CSRF-Token: (expected: the session's)");
      return;
    }
    Authenticator.Verdict verdict = authenticator.verify(token);
    if (verdict.identity() == null) {
      unauthorized(context, verdict.reason());
      return;
    }
    context.put(ApiCall.IDENTITY, verdict.identity());
    context.next();
  }

  private void unauthorized(RoutingContext context, String detail) {
    Problem.unauthorized(context, detail, authenticator.loginUrl());
  }

  private void openSession(ApiCall call) {
    RoutingContext context = call.context();
    String token = authenticator.tokenOf(context.request().getHeader(HttpHeaders.AUTHORIZATION));
    Identity identity = call.identity();
    if (authenticator.isRequired() && token == null) {
      unauthorized(context, "no token (expected: Bearer)");
      return;
    }
    if (token != null && authenticator.isRequired()) {
      context
          .response()
          .addCookie(
              Cookie.cookie(Authenticator.COOKIE, token)
                  .setHttpOnly(true)
                  .setSecure(secureCookie)
                  .setSameSite(CookieSameSite.STRICT)
                  .setPath("/"));
    }
    String csrf = token == null ? "" : Authenticator.csrfTokenOf(token);
    call.answer(
        200,
        JsonFrames.encode(
            out -> {
              out.writeStartObject();
              out.writeStringField("user", identity.user());
              out.writeStringField("role", identity.role().word());
              out.writeStringField("csrfToken", csrf);
              out.writeEndObject();
            }));
  }

  private static boolean isJson(@Nullable String contentType) {
    if (contentType == null) {
      return false;
    }
    int end = contentType.indexOf(';');
    String type = end < 0 ? contentType : contentType.substring(0, end);
    return type.trim().equalsIgnoreCase("application/json");
  }

  private static Buffer resource(String path) {
    try (InputStream in = HttpApi.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException(path + ": not on the class path");
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(path, e);
    }
  }
}

package io.apfa.realtime.gateway;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.FileProps;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a new certificate in force when its files change, also by a ConfigMap's symlink. Connections
 * that are open keep theirs; files that cannot be used change nothing.
 *
 * <p>Confined to its verticle's context.
 */
final class TlsReload {
  static final long CHECK_MILLIS = 5_000;

  private static final Logger LOG = LoggerFactory.getLogger(TlsReload.class);

  private final Vertx vertx;
  private final HttpServer server;
  private final String certPath;
  private final String keyPath;
  private long seenMillis;

  TlsReload(Vertx vertx, HttpServer server, String certPath, String keyPath) {
    this.vertx = vertx;
    this.server = server;
    this.certPath = certPath;
    this.keyPath = keyPath;
  }

  /**
   * Follows the files of {@code options}, if it names any. To be called before the server listens,
   * so that no change is missed.
   */
  static Future<Void> open(Vertx vertx, HttpServer server, GatewayOptions options) {
    if (options.certPath() == null || options.keyPath() == null) {
      return Future.succeededFuture();
    }
    TlsReload tls = new TlsReload(vertx, server, options.certPath(), options.keyPath());
    return tls.check()
        .onSuccess(remembered -> vertx.setPeriodic(CHECK_MILLIS, id -> tls.checkAgain()));
  }

  private void checkAgain() {
    check()
        .onFailure(
            failure ->
                LOG.warn(
                    "TLS files {} and {}: {} (expected: a PEM certificate and its key); the old"
                        + " ones stay in force",
                    certPath,
                    keyPath,
                    failure.getMessage()));
  }

  /** Looks at the files; the first time it only remembers them. */
  private Future<Void> check() {
    Future<FileProps> cert = vertx.fileSystem().props(certPath);
    Future<FileProps> key = vertx.fileSystem().props(keyPath);
    return Future.all(cert, key)
        .compose(
            both -> {
              long changedMillis =
                  Math.max(cert.result().lastModifiedTime(), key.result().lastModifiedTime());
              boolean changed = seenMillis != 0 && changedMillis != seenMillis;
              seenMillis = changedMillis;
              return changed ? reload() : Future.<Void>succeededFuture();
            });
  }

  private Future<Void> reload() {
    PemKeyCertOptions files = new PemKeyCertOptions().addCertPath(certPath).addKeyPath(keyPath);
    return server
        .updateSSLOptions(new ServerSSLOptions().setKeyCertOptions(files), true)
        .onSuccess(updated -> LOG.info("TLS certificate {} reloaded", certPath))
        .mapEmpty();
  }
}

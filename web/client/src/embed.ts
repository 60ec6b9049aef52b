import { RealtimeClient, type ClientOptions } from './client';
import { sockJsTransport, sockJsUrl } from './sockjs';
import { webSocketTransport, webSocketUrl } from './transport';

export * from './index';

/**
 * A started client of the gateway that served this module as `/client.js`: for pages that have no
 * bundler. A gateway elsewhere is named by `baseUrl`. A page of another origin than the gateway's
 * has to be in `gateway.allowed-origins`.
 */
export function connect(options: ClientOptions = {}): RealtimeClient {
  const gateway = options.baseUrl ?? import.meta.url;
  const client = new RealtimeClient({
    transports: [webSocketTransport(webSocketUrl(gateway)), sockJsTransport(sockJsUrl(gateway))],
    ...options,
    baseUrl: gateway,
  });
  client.start();
  return client;
}

/*
 * The least a server can do: accepts WebSocket handshakes of one known key, and writes what comes on
 * its control connection, framed already, to every socket, one write each, in one epoll loop.
 * Usage: bare PORT CONTROL_PORT. On the control connection: a length of four bytes, then the frame.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 20000
#define MAX_FRAME (1 << 20)

static const char RESPONSE[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static int members[MAX_FDS];
static int member_count;
static char is_member[MAX_FDS];
static unsigned char pending[MAX_FRAME + 4];
static size_t pending_length;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int listen_on(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) die("listen");
  return fd;
}

static void watch(int epoll, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
}

static void leave(int fd) {
  for (int i = 0; i < member_count; i++) {
    if (members[i] == fd) {
      members[i] = members[--member_count];
      break;
    }
  }
  is_member[fd] = 0;
  close(fd);
}

static void send_to_all(const unsigned char *frame, size_t length) {
  for (int i = 0; i < member_count; i++) {
    ssize_t written = write(members[i], frame, length);
    if (written != (ssize_t)length) {
      fprintf(stderr, "a reader is too slow for a bare loop\n");
      exit(1);
    }
  }
}

static void on_control(int fd) {
  ssize_t got = read(fd, pending + pending_length, sizeof pending - pending_length);
  if (got <= 0) exit(0);
  pending_length += got;
  size_t start = 0;
  while (pending_length - start >= 4) {
    unsigned char *head = pending + start;
    size_t length = (size_t)head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3];
    if (pending_length - start - 4 < length) break;
    send_to_all(head + 4, length);
    start += 4 + length;
  }
  memmove(pending, pending + start, pending_length - start);
  pending_length -= start;
}

static void on_client(int fd) {
  char bytes[2048];
  ssize_t got = read(fd, bytes, sizeof bytes);
  if (got <= 0) {
    leave(fd);
  } else if (!is_member[fd]) {
    is_member[fd] = 1;
    members[member_count++] = fd;
    if (write(fd, RESPONSE, sizeof RESPONSE - 1) < 0) leave(fd);
  }
}

int main(int count, char **words) {
  if (count != 3) return 2;
  int epoll = epoll_create1(0);
  int clients = listen_on(atoi(words[1]));
  int control = listen_on(atoi(words[2]));
  int controller = -1;
  watch(epoll, clients);
  watch(epoll, control);
  struct epoll_event events[512];
  for (;;) {
    int ready = epoll_wait(epoll, events, 512, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == clients || fd == control) {
        int one = 1;
        int accepted;
        while ((accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          watch(epoll, accepted);
          if (fd == control) controller = accepted;
        }
      } else if (fd == controller) {
        on_control(fd);
      } else {
        on_client(fd);
      }
    }
  }
}

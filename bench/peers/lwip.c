// lwIP under the workloads of `finwait bench`: two interfaces of one lwIP stack on one thread, joined by a queue in memory.
// Debian's lwIP (liblwip-dev) computes the checksum with the copy, verifies it on receipt, and has 64 kB windows. The raw API
// hands received bytes to the application without a copy; the link copies each packet once, because lwIP keeps its own.
//
//   gcc -O2 -o lwip lwip.c -I/usr/include/lwip -llwip -lpthread
//   ./lwip bulk SECONDS | ./lwip connections COUNT | ./lwip rr SECONDS [IDLE] | ./lwip idle COUNT
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lwip/init.h"
#include "lwip/ip4.h"
#include "lwip/netif.h"
#include "lwip/tcp.h"
#include "lwip/tcpip.h"
#include "lwip/timeouts.h"

#define QUEUE 65536
#define BATCH 64
#define TEXT 32768

static struct {
  struct pbuf *packet;
  struct netif *to;
} queue[QUEUE];
static unsigned head, tail;
static struct netif client_side, server_side;
static long packets, octets, trips;
static int connected, closed, answers;
static char text[TEXT];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static double processor(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static err_t transmit(struct netif *from, struct pbuf *packet, const ip4_addr_t *next_hop) {
  (void)next_hop;
  if (tail - head >= QUEUE) return ERR_MEM;
  queue[tail % QUEUE].packet = pbuf_clone(PBUF_RAW, PBUF_RAM, packet);
  queue[tail % QUEUE].to = from == &client_side ? &server_side : &client_side;
  tail++;
  packets++;
  return ERR_OK;
}

static err_t set_up(struct netif *side) {
  side->name[0] = 'm';
  side->name[1] = '0';
  side->mtu = 1500;
  side->output = transmit;
  side->flags = NETIF_FLAG_LINK_UP | NETIF_FLAG_UP;
  return ERR_OK;
}

static void pump(void) {
  static int passes;
  int moved = 0;
  for (; head != tail && moved < BATCH; moved++) {
    struct pbuf *packet = queue[head % QUEUE].packet;
    struct netif *to = queue[head % QUEUE].to;
    head++;
    if (ip4_input(packet, to) != ERR_OK) pbuf_free(packet);
  }
  if (moved == 0 || ++passes % 1024 == 0) sys_check_timeouts();
}

static err_t server_receives(void *argument, struct tcp_pcb *pcb, struct pbuf *data, err_t error) {
  (void)argument, (void)error;
  if (!data) {
    tcp_close(pcb);
    closed++;
    return ERR_OK;
  }
  octets += data->tot_len;
  tcp_recved(pcb, data->tot_len);
  pbuf_free(data);
  if (answers) {
    tcp_write(pcb, text, 1, TCP_WRITE_FLAG_COPY);
    tcp_output(pcb);
  }
  return ERR_OK;
}

static err_t client_receives(void *argument, struct tcp_pcb *pcb, struct pbuf *data, err_t error) {
  (void)argument, (void)error;
  if (!data) return ERR_OK;
  tcp_recved(pcb, data->tot_len);
  pbuf_free(data);
  if (answers) {
    trips++;
    tcp_write(pcb, text, 1, TCP_WRITE_FLAG_COPY);
    tcp_output(pcb);
  }
  return ERR_OK;
}

static void server_fails(void *argument, err_t error) {
  (void)argument, (void)error;
  closed++;
}

static err_t accepts(void *argument, struct tcp_pcb *pcb, err_t error) {
  (void)argument, (void)error;
  tcp_recv(pcb, server_receives);
  tcp_err(pcb, server_fails);
  tcp_nagle_disable(pcb);
  return ERR_OK;
}

static err_t connects(void *argument, struct tcp_pcb *pcb, err_t error) {
  (void)argument, (void)pcb, (void)error;
  connected = 1;
  return ERR_OK;
}

static void fail(const char *what) {
  fprintf(stderr, "lwip: %s\n", what);
  exit(1);
}

static struct tcp_pcb *dial(void) {
  struct tcp_pcb *pcb = tcp_new();
  if (!pcb) fail("out of control blocks");
  tcp_bind_netif(pcb, &client_side);
  tcp_bind(pcb, &client_side.ip_addr, 0);
  tcp_recv(pcb, client_receives);
  connected = 0;
  if (tcp_connect(pcb, &server_side.ip_addr, 80, connects) != ERR_OK) fail("connect failed");
  for (double began = now(); !connected; pump())
    if (now() - began > 5) fail("connect timed out");
  tcp_nagle_disable(pcb);
  return pcb;
}

static void bulk(double seconds) {
  struct tcp_pcb *pcb = dial();
  double began = now(), cpu = processor();
  long octets0 = 0, packets0 = 0;
  for (int warm = 0; !warm || now() - began < seconds;) {
    u16_t room = tcp_sndbuf(pcb);
    if (room >= 1460 && tcp_write(pcb, text, room > TEXT ? TEXT : room, TCP_WRITE_FLAG_COPY) == ERR_OK) tcp_output(pcb);
    pump();
    if (!warm && now() - began > 0.5) {
      warm = 1;
      began = now();
      cpu = processor();
      octets0 = octets;
      packets0 = packets;
    }
  }
  double took = now() - began;
  printf("{\"workload\":\"bulk\",\"mtu\":1500,\"gbitPerSecond\":%f,\"packetsPerSecond\":%f,\"seconds\":%f,\"processorSeconds\":%f}\n",
         (octets - octets0) * 8 / took / 1e9, (packets - packets0) / took, took, processor() - cpu);
}

static void connections(int count) {
  double began = now(), cpu = processor();
  for (int i = 0; i < count; i++) {
    struct tcp_pcb *pcb = dial();
    int before = closed;
    tcp_close(pcb);
    for (double asked = now(); closed == before; pump())
      if (now() - asked > 5) fail("close timed out");
  }
  double took = now() - began;
  printf("{\"workload\":\"connections\",\"count\":%d,\"connectionsPerSecond\":%f,\"seconds\":%f,\"processorSeconds\":%f}\n", count, count / took,
         took, processor() - cpu);
}

static void round_trips(double seconds, int idle) {
  for (int i = 0; i < idle; i++) dial();
  answers = 1;
  struct tcp_pcb *pcb = dial();
  tcp_write(pcb, text, 1, TCP_WRITE_FLAG_COPY);
  tcp_output(pcb);
  double began = now(), cpu = processor();
  while (now() - began < seconds)
    for (int i = 0; i < 128; i++) pump();
  double took = now() - began;
  printf("{\"workload\":\"rr\",\"idle\":%d,\"roundTripsPerSecond\":%f,\"seconds\":%f,\"processorSeconds\":%f}\n", idle, trips / took, took,
         processor() - cpu);
}

static void idle(int count) {
  struct mallinfo2 before = mallinfo2();
  double began = now();
  for (int i = 0; i < count; i++) dial();
  double took = now() - began;
  struct mallinfo2 after = mallinfo2();
  printf("{\"workload\":\"idle\",\"idle\":%d,\"octetsPerEndpoint\":%f,\"connectionsPerSecond\":%f}\n", count,
         (double)(after.uordblks - before.uordblks) / count / 2, count / took);
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "lwip: bulk SECONDS | connections COUNT | rr SECONDS [IDLE] | idle COUNT\n");
    return 2;
  }
  tcpip_init(0, 0);
  LOCK_TCPIP_CORE();
  ip4_addr_t client, server, mask, gateway;
  IP4_ADDR(&client, 10, 0, 0, 1);
  IP4_ADDR(&server, 10, 0, 1, 1);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  IP4_ADDR(&gateway, 0, 0, 0, 0);
  netif_add(&client_side, &client, &mask, &gateway, 0, set_up, ip4_input);
  netif_add(&server_side, &server, &mask, &gateway, 0, set_up, ip4_input);
  netif_set_up(&client_side);
  netif_set_up(&server_side);
  netif_set_default(&client_side);
  struct tcp_pcb *listener = tcp_new();
  tcp_bind_netif(listener, &server_side);
  tcp_bind(listener, &server_side.ip_addr, 80);
  listener = tcp_listen_with_backlog(listener, 255);
  tcp_accept(listener, accepts);
  if (!strcmp(arguments[1], "bulk")) bulk(atof(arguments[2]));
  if (!strcmp(arguments[1], "connections")) connections(atoi(arguments[2]));
  if (!strcmp(arguments[1], "rr")) round_trips(atof(arguments[2]), count > 3 ? atoi(arguments[3]) : 0);
  if (!strcmp(arguments[1], "idle")) idle(atoi(arguments[2]));
  fflush(stdout);
  _Exit(0);
}

/*
 * What somebody would write who has no bond: a plain loop of AF_XDP sockets through libxdp, over the veth pairs that FastBond is measured on.
 *
 *   xsk_loop CPU NEAR_NETNS FAR_NETNS transmit|receive|forward
 *
 *   transmit   this program's frames → eth0, eth1                 the far ends drop
 *   receive    far ends of eth0, eth1, which this program plays → eth0, eth1
 *   forward    far end of eth2, likewise → eth2 → eth0, eth1      the far ends of these drop
 *
 * A line says that it is ready; then a line on stdin asks for a slice of measurement and a line on stdout answers:
 *
 *   frames 64 60 20   ->   {"ns": 921.1, "frames": 21504, "arrived": 21504, "calls": 672}
 *
 * that is SPREAD BURST LENGTH MILLISECONDS; SPREAD is "one" (all on eth0), "frames" (by turns) or "copies" (each on both). The time is per frame, the median
 * over samples in which nothing else got the CPU; calls are the system calls of the near ends.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_link.h>

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>
#include <xdp/xsk.h>

enum {
	LINKS = 2,
	RING = 2048,
	FRAMES = 8192,
	CHUNK = 2048,
	HEADROOM = 256,
	FLOWS = 64,
	LONGEST = 1514,
	MOST_BURST = 256,
	SAMPLE_FRAMES = 512,
	HUGE_PAGE = 2 << 20,
	BUSY_LIMIT_MS = 2000,
	DRAIN_LIMIT_MS = 200,
};

enum spread { ONE, FRAMES_BY_TURNS, COPIES };

/* Frames of one side: memory, and the addresses of those that are free. */
struct pool {
	unsigned char *memory;
	__u64 free[FRAMES];
	unsigned int count;
};

struct port {
	struct pool *pool;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons completion, rx;
	unsigned int posted, in_flight, calls;
};

static struct pool near, far;
static struct port links[LINKS], far_links[LINKS], host, far_host;
static unsigned char flows[FLOWS][LONGEST];
static unsigned int next_flow, next_link;

static void die(const char *what)
{
	fprintf(stderr, "xsk_loop: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void check(int result, const char *what)
{
	if (result < 0) {
		errno = -result;
		die(what);
	}
}

static void enter(const char *netns)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(netns);
	close(fd);
}

/* TCP over IPv4; the same bytes as bench/FastBond.Benchmarks/Traffic/Flows.cs writes. */
static void put(unsigned char *at, __u32 word)
{
	word = htobe32(word);
	memcpy(at, &word, sizeof(word));
}

static void write_flow(unsigned char *frame, __u32 flow)
{
	__u32 mixed = (flow + 1) * 2654435761u;

	put(frame + 2, mixed);
	put(frame + 8, flow);
	frame[12] = 0x08;
	frame[14] = 0x45;
	frame[23] = 6;
	put(frame + 26, 0x0a000000 | mixed >> 12);
	put(frame + 30, 0xc0a80000 | (mixed & 0xffff));
	put(frame + 34, mixed ^ flow << 7);
}

static void make_pool(struct pool *pool)
{
	void *memory = mmap(NULL, FRAMES * CHUNK + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mapping frames");
	pool->memory = (void *)(((unsigned long)memory + HUGE_PAGE - 1) & -HUGE_PAGE);
	madvise(pool->memory, FRAMES * CHUNK, MADV_HUGEPAGE);
	for (unsigned int i = 0; i < FRAMES; i++) {
		pool->free[pool->count++] = (__u64)(FRAMES - 1 - i) * CHUNK;
		write_flow(pool->memory + i * CHUNK + HEADROOM, i % FLOWS);
	}
}

static unsigned int take(struct pool *pool, struct xdp_desc *burst, unsigned int count, unsigned int length)
{
	count = count < pool->count ? count : pool->count;
	for (unsigned int i = 0; i < count; i++)
		burst[i] = (struct xdp_desc){ .addr = pool->free[--pool->count] + HEADROOM, .len = length };
	return count;
}

static void give_back(struct pool *pool, const struct xdp_desc *burst, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		pool->free[pool->count++] = burst[i].addr & -CHUNK;
}

/* Takes completed frames back and posts free ones. There are more frames than fill rings hold, so that some stay for transmission. */
static void reclaim(struct port *port)
{
	struct pool *pool = port->pool;
	__u32 at, count = xsk_ring_cons__peek(&port->completion, port->in_flight, &at);

	for (__u32 i = 0; i < count; i++)
		pool->free[pool->count++] = *xsk_ring_cons__comp_addr(&port->completion, at + i) & -CHUNK;
	xsk_ring_cons__release(&port->completion, count);
	port->in_flight -= count;

	count = RING - port->posted < pool->count ? RING - port->posted : pool->count;
	count = xsk_ring_prod__reserve(&port->fill, count, &at);
	for (__u32 i = 0; i < count; i++)
		*xsk_ring_prod__fill_addr(&port->fill, at + i) = pool->free[--pool->count];
	xsk_ring_prod__submit(&port->fill, count);
	port->posted += count;
	if (xsk_ring_prod__needs_wakeup(&port->fill)) {
		port->calls++;
		recvfrom(xsk_socket__fd(port->socket), NULL, 0, MSG_DONTWAIT, NULL, NULL);
	}
}

/* A sender needs no program: the one at the far ends drops what comes the other way. */
static void open_port(struct port *port, struct pool *pool, const char *device, bool receives)
{
	const struct xsk_umem_config umem = { .fill_size = RING, .comp_size = RING, .frame_size = CHUNK };
	const struct xsk_socket_config socket = {
		.rx_size = RING, .tx_size = RING, .xdp_flags = XDP_FLAGS_DRV_MODE, .bind_flags = XDP_USE_NEED_WAKEUP | XDP_COPY,
		.libxdp_flags = receives ? 0 : XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
	};

	int result, waited = 0;

	/* A queue whose last socket was closed a moment ago may still be busy; libxdp can't bind a socket twice. */
	do {
		check(xsk_umem__create(&port->umem, pool->memory, FRAMES * CHUNK, &port->fill, &port->completion, &umem), "registering frames");
		result = xsk_socket__create(&port->socket, device, 0, port->umem, &port->rx, &port->tx, &socket);
		if (result) {
			xsk_umem__delete(port->umem);
			usleep(10000);
		}
	} while (result == -EBUSY && (waited += 10) < BUSY_LIMIT_MS);
	check(result, device);
	port->pool = pool;
	reclaim(port);
}

static void close_port(struct port *port)
{
	if (!port->socket)
		return;
	xsk_socket__delete(port->socket);
	xsk_umem__delete(port->umem);
}

static unsigned int receive(struct port *port, struct xdp_desc *burst, unsigned int count)
{
	__u32 at;

	count = xsk_ring_cons__peek(&port->rx, count, &at);
	for (unsigned int i = 0; i < count; i++)
		burst[i] = *xsk_ring_cons__rx_desc(&port->rx, at + i);
	xsk_ring_cons__release(&port->rx, count);
	port->posted -= count;
	return count;
}

static unsigned int transmit(struct port *port, const struct xdp_desc *burst, unsigned int count)
{
	unsigned int free = RING - port->in_flight, sent = count < free ? count : free;
	__u32 at;

	sent = xsk_ring_prod__reserve(&port->tx, sent, &at);
	for (unsigned int i = 0; i < sent; i++)
		*xsk_ring_prod__tx_desc(&port->tx, at + i) = burst[i];
	xsk_ring_prod__submit(&port->tx, sent);
	port->in_flight += sent;
	give_back(port->pool, burst + sent, count - sent);
	return sent;
}

/* One call sends at most 32 frames, so it is repeated while the kernel goes on. */
static void kick(struct port *port)
{
	__u32 end = port->tx.cached_prod, before = __atomic_load_n(port->tx.consumer, __ATOMIC_ACQUIRE), after;

	while (before != end && xsk_ring_prod__needs_wakeup(&port->tx)) {
		port->calls++;
		sendto(xsk_socket__fd(port->socket), NULL, 0, MSG_DONTWAIT, NULL, 0);
		after = __atomic_load_n(port->tx.consumer, __ATOMIC_ACQUIRE);
		if (after == before)
			return;
		before = after;
	}
}

static void spread_out(struct xdp_desc *burst, unsigned int count, enum spread spread)
{
	struct xdp_desc sorted[LINKS][MOST_BURST];
	unsigned int sizes[LINKS] = { 0 };

	switch (spread) {
	case ONE:
		transmit(&links[0], burst, count);
		return;
	case FRAMES_BY_TURNS:
		for (unsigned int i = 0; i < count; i++) {
			sorted[next_link][sizes[next_link]++] = burst[i];
			next_link = next_link + 1 < LINKS ? next_link + 1 : 0;
		}
		for (unsigned int link = 0; link < LINKS; link++)
			transmit(&links[link], sorted[link], sizes[link]);
		return;
	case COPIES:
		for (unsigned int link = 0; link + 1 < LINKS; link++) {
			unsigned int copies = take(&near, sorted[link], count, 0);

			for (unsigned int i = 0; i < copies; i++) {
				sorted[link][i].len = burst[i].len;
				memcpy(near.memory + sorted[link][i].addr, near.memory + burst[i].addr, burst[i].len);
			}
			transmit(&links[link], sorted[link], copies);
		}
		transmit(&links[LINKS - 1], burst, count);
		return;
	}
}

/* The far end of a link sends; the frames lie ready. */
static unsigned int send_far(struct port *port, unsigned int count, unsigned int length)
{
	struct xdp_desc burst[MOST_BURST];
	__u32 at, done = xsk_ring_cons__peek(&port->completion, port->in_flight, &at);

	for (__u32 i = 0; i < done; i++)
		far.free[far.count++] = *xsk_ring_cons__comp_addr(&port->completion, at + i) & -CHUNK;
	xsk_ring_cons__release(&port->completion, done);
	port->in_flight -= done;
	count = take(&far, burst, count, length);
	count = transmit(port, burst, count);
	kick(port);
	return count;
}

/* The loops: what is given to one end of the path, and what this program gets out of it, if the far ends don't. */
static unsigned int transmit_turn(enum spread spread, unsigned int count, unsigned int length, unsigned int *arrived)
{
	struct xdp_desc burst[MOST_BURST];

	(void)arrived;
	for (int i = 0; i < LINKS; i++)
		reclaim(&links[i]);
	count = take(&near, burst, count, length);
	for (unsigned int i = 0; i < count; i++) {
		memcpy(near.memory + burst[i].addr, flows[next_flow], length);
		next_flow = next_flow + 1 < FLOWS ? next_flow + 1 : 0;
	}
	spread_out(burst, count, spread);
	for (int i = 0; i < LINKS; i++)
		kick(&links[i]);
	return count;
}

static unsigned int receive_turn(enum spread spread, unsigned int count, unsigned int length, unsigned int *arrived)
{
	unsigned int given = spread == ONE ? send_far(&far_links[0], count, length) :
		send_far(&far_links[0], (count + 1) / 2, length) + send_far(&far_links[1], count / 2, length);
	struct xdp_desc burst[MOST_BURST];

	for (int i = 0; i < LINKS; i++)
		reclaim(&links[i]);
	for (int i = 0; i < LINKS; i++) {
		unsigned int got = receive(&links[i], burst, MOST_BURST);

		give_back(&near, burst, got);
		*arrived += got;
	}
	return given;
}

static unsigned int forward_turn(enum spread spread, unsigned int count, unsigned int length, unsigned int *arrived)
{
	unsigned int given = send_far(&far_host, count, length);
	struct xdp_desc burst[MOST_BURST];

	(void)arrived;
	for (int i = 0; i < LINKS; i++)
		reclaim(&links[i]);
	reclaim(&host);
	spread_out(burst, receive(&host, burst, MOST_BURST), spread);
	for (int i = 0; i < LINKS; i++)
		kick(&links[i]);
	return given;
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static long preemptions(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

typedef unsigned int turn_function(enum spread spread, unsigned int count, unsigned int length, unsigned int *arrived);

static unsigned int under_way(void)
{
	return links[0].in_flight + links[1].in_flight + far_links[0].in_flight + far_links[1].in_flight + far_host.in_flight;
}

/* Gives nothing more, and goes on until all transmit rings are empty and what was in them has been freed. */
static void drain(turn_function *turn, unsigned int *arrived)
{
	double limit = now_ns() + DRAIN_LIMIT_MS * 1e6;

	while (turn(FRAMES_BY_TURNS, 0, 0, arrived), under_way() > 0)
		if (now_ns() > limit) {
			fprintf(stderr, "xsk_loop: frames were still under way after %d ms\n", DRAIN_LIMIT_MS);
			exit(1);
		}
}

static void measure(turn_function *turn, enum spread spread, unsigned int burst, unsigned int length, double milliseconds)
{
	static double all[1 << 16], undisturbed[1 << 16];
	unsigned int samples = 0, good = 0, arrived = 0, calls = links[0].calls + links[1].calls + host.calls;
	unsigned long frames = 0;
	double start = now_ns(), before, after;

	do {
		long disturbances = preemptions();
		unsigned int given = 0;

		before = now_ns();
		while (given < SAMPLE_FRAMES)
			given += turn(spread, burst, length, &arrived);
		after = now_ns();
		all[samples++] = (after - before) / given;
		if (preemptions() == disturbances)
			undisturbed[good++] = (after - before) / given;
		frames += given;
	} while (after - start < milliseconds * 1e6 && samples < sizeof(all) / sizeof(*all));
	drain(turn, &arrived);
	qsort(all, samples, sizeof(*all), ascending);
	qsort(undisturbed, good, sizeof(*undisturbed), ascending);
	printf("{\"ns\": %.2f, \"frames\": %lu, \"arrived\": %u, \"calls\": %u}\n",
		good ? undisturbed[good / 2] : all[samples / 2], frames, arrived, links[0].calls + links[1].calls + host.calls - calls);
	fflush(stdout);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("pinning");
	setpriority(PRIO_PROCESS, 0, -20);
}

static turn_function *open_ports(const char *what, const char *near_netns, const char *far_netns)
{
	static const char *const devices[LINKS] = { "eth0", "eth1" };
	bool receives = !strcmp(what, "receive"), forwards = !strcmp(what, "forward");

	if (!receives && !forwards && strcmp(what, "transmit"))
		return NULL;
	enter(near_netns);
	for (int i = 0; i < LINKS; i++)
		open_port(&links[i], &near, devices[i], true);
	if (forwards)
		open_port(&host, &near, "eth2", true);
	enter(far_netns);
	for (int i = 0; receives && i < LINKS; i++)
		open_port(&far_links[i], &far, devices[i], false);
	if (forwards)
		open_port(&far_host, &far, "eth2", false);
	return receives ? receive_turn : forwards ? forward_turn : transmit_turn;
}

int main(int argc, char **argv)
{
	static const char *const spreads[] = { [ONE] = "one", [FRAMES_BY_TURNS] = "frames", [COPIES] = "copies" };
	unsigned int burst, length, spread;
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	turn_function *turn;
	char line[128], name[16];
	double milliseconds;

	/* The leanest that libxdp has: its program straight on the device. */
	setenv("LIBXDP_SKIP_DISPATCHER", "1", 1);
	libbpf_set_print(NULL);
	libxdp_set_print(NULL);
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	make_pool(&near);
	make_pool(&far);
	for (__u32 i = 0; i < FLOWS; i++)
		write_flow(flows[i], i);
	if (argc != 5 || !(turn = open_ports(argv[4], argv[2], argv[3]))) {
		fprintf(stderr, "usage: xsk_loop CPU NEAR_NETNS FAR_NETNS transmit|receive|forward\n");
		return 2;
	}
	pin(atoi(argv[1]));
	printf("{\"program\": \"plain C libxdp loop\"}\n");
	fflush(stdout);

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%15s %u %u %lf", name, &burst, &length, &milliseconds) != 4 || !burst || burst > MOST_BURST || length > LONGEST) {
			fprintf(stderr, "xsk_loop: not understood: %s", line);
			return 2;
		}
		for (spread = ONE; spread < COPIES && strcmp(name, spreads[spread]);)
			spread++;
		measure(turn, spread, burst, length, milliseconds);
	}
	/* libxdp takes its program off with the last socket. */
	enter(argv[2]);
	for (int i = 0; i < LINKS; i++)
		close_port(&links[i]);
	close_port(&host);
	return 0;
}

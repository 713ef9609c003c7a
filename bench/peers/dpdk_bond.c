/*
 * What DPDK's net_bonding adds to a burst, per packet, with no device below: its members transmit by an empty function.
 *
 *   dpdk_bond CPU MEMBERS
 *
 * Two lines say what it is and that it is ready; then a line on stdin asks for a slice of measurement and a line on stdout answers:
 *
 *   balance-xor-layer3+4 65536 5 send   ->   {"ns": 5.31, "samples": 310}
 *
 * that is VARIANT FLOWS MILLISECONDS send|recycle. "bare" is the same loop straight to the first member. "send": the same packets again and
 * again, which the members leave alone. "recycle": packets come from a pool, three words of their headers are written, a member
 * gives them back. The time is the median over samples of SAMPLE_BURSTS bursts. Whoever asks alternates the peers.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include <rte_bus_vdev.h>
#include <rte_byteorder.h>
#include <rte_eal.h>
#include <rte_eth_bond.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_version.h>

#if RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0)
#define rte_eth_bond_member_add rte_eth_bond_slave_add
#define rte_eth_bond_active_members_get rte_eth_bond_active_slaves_get
#endif

enum {
	BURST = 64,
	SAMPLE_BURSTS = 64,
	MAX_MEMBERS = 8,
	MAX_FLOWS = 65536,
	FRAME_LENGTH = 60,
	HUGE_PAGE = 2 << 20,
	ACTIVATION_LIMIT_MS = 5000,
};

static const struct variant {
	const char *name;
	int mode;
	int policy;
} variants[] = {
	{ "bare", -1, 0 },
	{ "balance-rr", BONDING_MODE_ROUND_ROBIN, 0 },
	{ "active-backup", BONDING_MODE_ACTIVE_BACKUP, 0 },
	{ "balance-xor-layer2", BONDING_MODE_BALANCE, BALANCE_XMIT_POLICY_LAYER2 },
	{ "balance-xor-layer2+3", BONDING_MODE_BALANCE, BALANCE_XMIT_POLICY_LAYER23 },
	{ "balance-xor-layer3+4", BONDING_MODE_BALANCE, BALANCE_XMIT_POLICY_LAYER34 },
};

/* One bond per mode, each with members of its own; the bare loop uses the first member of all. */
static uint16_t bonds[BONDING_MODE_BALANCE + 1];
static uint16_t bare;

static struct rte_mempool *flow_pool, *free_pool;
static struct rte_mbuf *packets[MAX_FLOWS];

static void die(const char *what)
{
	fprintf(stderr, "dpdk_bond: %s: %s\n", what, rte_strerror(rte_errno));
	exit(1);
}

static void check(int result, const char *what)
{
	if (result < 0) {
		rte_errno = -result;
		die(what);
	}
}

static uint16_t transmit_nothing(void *queue, struct rte_mbuf **burst, uint16_t count)
{
	(void)queue;
	(void)burst;
	return count;
}

static uint16_t transmit_free(void *queue, struct rte_mbuf **burst, uint16_t count)
{
	(void)queue;
	rte_pktmbuf_free_bulk(burst, count);
	return count;
}

/* On huge pages where the kernel gives them, as the other side's frames are. */
static struct rte_mempool *make_pool(const char *name, unsigned int packets_wanted, unsigned int cache)
{
	struct rte_mempool *pool = rte_mempool_create_empty(name, packets_wanted, sizeof(struct rte_mbuf) + RTE_MBUF_DEFAULT_BUF_SIZE,
		cache, sizeof(struct rte_pktmbuf_pool_private), SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	size_t size, align, minimum;
	char *memory;

	if (!pool)
		die("making a pool");
	rte_pktmbuf_pool_init(pool, NULL);
	if (rte_mempool_set_ops_byname(pool, "ring_mp_mc", NULL))
		die("choosing the pool's kind");
	size = rte_mempool_op_calc_mem_size_default(pool, packets_wanted, 0, &minimum, &align);
	size = RTE_ALIGN_CEIL(size, HUGE_PAGE);
	memory = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mapping a pool's memory");
	memory = RTE_PTR_ALIGN_CEIL(memory, HUGE_PAGE);
	madvise(memory, size, MADV_HUGEPAGE);
	memset(memory, 0, size);
	check(rte_mempool_populate_virt(pool, memory, size, HUGE_PAGE, NULL, NULL), "giving a pool its memory");
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return pool;
}

/* TCP over IPv4; the same bytes as bench/FastBond.Benchmarks/Traffic/Flows.cs writes. */
static void write_word(unsigned char *at, uint32_t word)
{
	word = rte_cpu_to_be_32(word);
	memcpy(at, &word, sizeof(word));
}

static void write_flow(unsigned char *frame, uint32_t flow)
{
	uint32_t mixed = (flow + 1) * 2654435761u;

	write_word(frame + 26, 0x0a000000 | mixed >> 12);
	write_word(frame + 30, 0xc0a80000 | (mixed & 0xffff));
	write_word(frame + 34, mixed ^ flow << 7);
}

static void write_frame(struct rte_mbuf *packet, uint32_t flow)
{
	unsigned char *frame = rte_pktmbuf_mtod(packet, unsigned char *);

	memset(frame, 0, FRAME_LENGTH);
	write_word(frame + 2, (flow + 1) * 2654435761u);
	write_word(frame + 8, flow);
	frame[12] = 0x08;
	frame[14] = 0x45;
	frame[23] = IPPROTO_TCP;
	write_flow(frame, flow);
	packet->data_len = packet->pkt_len = FRAME_LENGTH;
}

static uint16_t start(uint16_t port)
{
	struct rte_eth_conf nothing = { 0 };

	check(rte_eth_dev_configure(port, 1, 1, &nothing), "configuring a port");
	check(rte_eth_rx_queue_setup(port, 0, 512, SOCKET_ID_ANY, NULL, free_pool), "a receive queue");
	check(rte_eth_tx_queue_setup(port, 0, 512, SOCKET_ID_ANY, NULL), "a transmit queue");
	check(rte_eth_dev_start(port), "starting a port");
	return port;
}

static uint16_t make_member(void)
{
	static int made;
	char name[32];
	uint16_t port;

	snprintf(name, sizeof(name), "net_null%d", made++);
	check(rte_vdev_init(name, NULL), name);
	check(rte_eth_dev_get_port_by_name(name, &port), name);
	return port;
}

static uint16_t make_bond(int mode, int members)
{
	uint16_t port, active[MAX_MEMBERS];
	int result, waited;
	char name[32];

	snprintf(name, sizeof(name), "net_bonding%d", mode);
	result = rte_eth_bond_create(name, mode, 0);
	check(result, "making a bond");
	port = result;
	for (int i = 0; i < members; i++)
		check(rte_eth_bond_member_add(port, make_member()), "adding a member");
	start(port);
	for (waited = 0; rte_eth_bond_active_members_get(port, active, MAX_MEMBERS) < members; waited++) {
		if (waited == ACTIVATION_LIMIT_MS) {
			fprintf(stderr, "dpdk_bond: the members of %s don't become active\n", name);
			exit(1);
		}
		rte_delay_us_sleep(1000);
	}
	return port;
}

static void set_members(eth_tx_burst_t transmit)
{
	uint16_t port;

	RTE_ETH_FOREACH_DEV(port) {
		bool is_bond = false;

		for (unsigned int i = 0; i < RTE_DIM(bonds); i++)
			is_bond |= port == bonds[i];
		if (!is_bond)
			rte_eth_fp_ops[port].tx_pkt_burst = transmit;
	}
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* Both loops answer how many packets were sent, and go through the flows by turns. */
static unsigned int send_bursts(uint16_t port, unsigned int flows)
{
	static unsigned int next;
	unsigned int sent = 0, stock = RTE_MAX(flows, (unsigned int)BURST);

	for (int i = 0; i < SAMPLE_BURSTS; i++) {
		next = next + BURST > stock ? 0 : next;
		sent += rte_eth_tx_burst(port, 0, packets + next, BURST);
		next += BURST;
	}
	return sent;
}

static unsigned int recycle_bursts(uint16_t port, unsigned int flows)
{
	static uint32_t flow;
	struct rte_mbuf *burst[BURST];
	unsigned int sent = 0;

	for (int i = 0; i < SAMPLE_BURSTS; i++) {
		if (rte_pktmbuf_alloc_bulk(free_pool, burst, BURST))
			return sent;
		for (int j = 0; j < BURST; j++) {
			burst[j]->data_len = burst[j]->pkt_len = FRAME_LENGTH;
			write_flow(rte_pktmbuf_mtod(burst[j], unsigned char *), flow);
			flow = flow + 1 < flows ? flow + 1 : 0;
		}
		sent += rte_eth_tx_burst(port, 0, burst, BURST);
	}
	return sent;
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static void measure(uint16_t port, unsigned int flows, double milliseconds, bool recycle)
{
	static double samples[1 << 16];
	double start = now_ns(), before = start, after;
	unsigned int count = 0;

	do {
		unsigned int sent = recycle ? recycle_bursts(port, flows) : send_bursts(port, flows);

		if (sent != BURST * SAMPLE_BURSTS) {
			fprintf(stderr, "dpdk_bond: %u packets of %u were sent\n", sent, BURST * SAMPLE_BURSTS);
			exit(1);
		}
		after = now_ns();
		samples[count++] = (after - before) / sent;
		before = after;
	} while (after - start < milliseconds * 1e6 && count < RTE_DIM(samples));
	qsort(samples, count, sizeof(*samples), ascending);
	printf("{\"ns\": %.4f, \"samples\": %u}\n", samples[count / 2], count);
	fflush(stdout);
}

static void prepare_flows(unsigned int flows)
{
	static unsigned int prepared;
	struct rte_mbuf *all[8192];
	unsigned int count = rte_mempool_avail_count(free_pool);

	if (flows == prepared)
		return;
	prepared = flows;
	for (unsigned int i = 0; i < MAX_FLOWS; i++)
		write_frame(packets[i], i % flows);
	check(rte_pktmbuf_alloc_bulk(free_pool, all, count), "taking every packet");
	for (unsigned int i = 0; i < count; i++)
		write_frame(all[i], i % flows);
	rte_pktmbuf_free_bulk(all, count);
}

static void prepare_ports(int members)
{
	for (unsigned int mode = 0; mode < RTE_DIM(bonds); mode++)
		bonds[mode] = make_bond(mode, members);
	RTE_ETH_FOREACH_DEV(bare)
		if (bare != bonds[0])
			break;
}

static int answer(const char *name, unsigned int flows, double milliseconds, bool recycle)
{
	for (const struct variant *variant = variants; variant < variants + RTE_DIM(variants); variant++) {
		if (strcmp(variant->name, name))
			continue;
		if (variant->mode == BONDING_MODE_BALANCE)
			check(rte_eth_bond_xmit_policy_set(bonds[variant->mode], variant->policy), "setting the policy");
		prepare_flows(flows);
		set_members(recycle ? transmit_free : transmit_nothing);
		measure(variant->mode < 0 ? bare : bonds[variant->mode], flows, milliseconds, recycle);
		return 0;
	}
	return -1;
}

int main(int argc, char **argv)
{
	char *eal[] = { argv[0], "-l", argv[1], "--no-huge", "--no-shconf", "-m", "64", "--no-pci", "--no-telemetry", "--iova-mode=va",
		"--log-level=critical" };
	char line[128], name[32], how[16];
	unsigned int flows;
	double milliseconds;
	int members;

	if (argc != 3 || (members = atoi(argv[2])) < 1 || members > MAX_MEMBERS) {
		fprintf(stderr, "usage: dpdk_bond CPU MEMBERS (1 to %d)\n", MAX_MEMBERS);
		return 2;
	}
	setpriority(PRIO_PROCESS, 0, -20);
	check(rte_eal_init(RTE_DIM(eal), eal), "starting DPDK");
	flow_pool = make_pool("flows", MAX_FLOWS, 0);
	free_pool = make_pool("free", 8191, 512);
	check(rte_pktmbuf_alloc_bulk(flow_pool, packets, MAX_FLOWS), "the flows' packets");
	prepare_ports(members);
	printf("{\"program\": \"%s net_bonding\", \"cpu\": %s, \"members\": %d}\n", rte_version(), argv[1], members);
	fflush(stdout);

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%31s %u %lf %15s", name, &flows, &milliseconds, how) != 4 || flows < 1 || flows > MAX_FLOWS ||
		    answer(name, flows, milliseconds, !strcmp(how, "recycle"))) {
			fprintf(stderr, "dpdk_bond: not understood: %s", line);
			return 2;
		}
	}
	return 0;
}

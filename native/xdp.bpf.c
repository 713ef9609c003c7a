/*
 * The XDP program of a slave: every frame goes to the AF_XDP socket of its receive queue or is dropped. Only link-local frames that the
 * kernel's bonding driver would leave to the slave are passed to the slave's own stack, for whatever else is passed the host answers
 * behind the bond's back.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define SLOW_PROTOCOL_LACP 1
#define SLOW_PROTOCOL_MARKER 2

/* Set before the program is loaded: a link whose frames do not begin with an Ethernet header has nothing to classify by. */
const volatile __u32 ethernet = 1;

/* max_entries is set to the slave's number of receive queues before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

/* One word: the slave's inactive flag. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} inactive SEC(".maps");

/* Frames dropped as no socket was bound to their queue. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} unbound SEC(".maps");

static int is_link_local(const struct ethhdr *eth)
{
	return eth->h_dest[0] == 0x01 && eth->h_dest[1] == 0x80 && eth->h_dest[2] == 0xc2 &&
	       eth->h_dest[3] == 0x00 && eth->h_dest[4] == 0x00 && eth->h_dest[5] <= 0x0f;
}

static int belongs_to_stack(struct xdp_md *context)
{
	const void *end = (void *)(long)context->data_end;
	const struct ethhdr *eth = (void *)(long)context->data;
	const __u8 *subtype = (void *)(eth + 1);
	__u32 zero = 0, *flag;

	if ((void *)(eth + 1) > end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_LLDP))
		return 1;
	if (!is_link_local(eth))
		return 0;

	flag = bpf_map_lookup_elem(&inactive, &zero);
	if (!flag || !*flag)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_SLOW) && (void *)(subtype + 1) <= end &&
	    (*subtype == SLOW_PROTOCOL_LACP || *subtype == SLOW_PROTOCOL_MARKER))
		return 0;
	return 1;
}

SEC("xdp")
int fastbond_slave(struct xdp_md *context)
{
	__u32 zero = 0;
	__u64 *count;
	int action;

	if (ethernet && belongs_to_stack(context))
		return XDP_PASS;

	action = bpf_redirect_map(&sockets, context->rx_queue_index, XDP_DROP);
	if (action == XDP_DROP) {
		count = bpf_map_lookup_elem(&unbound, &zero);
		if (count)
			++*count;
	}
	return action;
}

char _license[] SEC("license") = "MIT";

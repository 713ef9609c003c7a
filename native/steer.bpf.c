/*
 * Steers the host's flows over the queues of its TAP: the same addresses and ports always give the same queue. Without it the kernel
 * sends a flow to the queue that we last wrote an answer on, and with more than one core the order within the flow breaks.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_VLAN_TAGS 2
#define IPV4_FRAGMENT_MASK 0x3fff /* more fragments, offset */

/* Set before the program is loaded. */
const volatile __u32 queues = 1;

/* The finalizer of MurmurHash3 (public domain): every bit of the input moves every bit of the output. */
static __u32 mix(__u32 hash, __u32 word)
{
	hash ^= word;
	hash ^= hash >> 16;
	hash *= 0x85ebca6b;
	hash ^= hash >> 13;
	hash *= 0xc2b2ae35;
	hash ^= hash >> 16;
	return hash;
}

static __u32 mix_ports(struct __sk_buff *skb, __u32 hash, __u8 protocol, __u32 offset)
{
	__u32 ports;

	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_UDPLITE:
		if (!bpf_skb_load_bytes(skb, offset, &ports, sizeof(ports)))
			return mix(hash, ports);
	}
	return hash;
}

static __u32 hash_ipv4(struct __sk_buff *skb, __u32 hash, __u32 offset)
{
	struct {
		__u8 version_length, service;
		__u16 length, id, fragment;
		__u8 ttl, protocol;
		__u16 checksum;
		__u32 source, destination;
	} ip;

	if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)))
		return hash;
	hash = mix(mix(mix(hash, ip.source), ip.destination), ip.protocol);
	if (ip.fragment & bpf_htons(IPV4_FRAGMENT_MASK))
		return hash;
	return mix_ports(skb, hash, ip.protocol, offset + (ip.version_length & 15) * 4);
}

static __u32 hash_ipv6(struct __sk_buff *skb, __u32 hash, __u32 offset)
{
	struct {
		__u32 version_class_flow;
		__u16 length;
		__u8 next_header, hop_limit;
		__u32 addresses[8];
	} ip;
	int i;

	if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)))
		return hash;
#pragma unroll
	for (i = 0; i < 8; i++)
		hash = mix(hash, ip.addresses[i]);
	hash = mix(hash, ip.next_header);
	return mix_ports(skb, hash, ip.next_header, offset + sizeof(ip));
}

SEC("socket")
int fastbond_steer(struct __sk_buff *skb)
{
	__u32 addresses[3], offset = 2 * ETH_ALEN, hash = 0;
	__u16 type;
	int tag;

	if (bpf_skb_load_bytes(skb, offset, &type, sizeof(type)))
		return 0;
	offset += sizeof(type);
#pragma unroll
	for (tag = 0; tag < MAX_VLAN_TAGS; tag++) {
		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		if (bpf_skb_load_bytes(skb, offset + 2, &type, sizeof(type)))
			return 0;
		offset += 4;
	}

	if (type == bpf_htons(ETH_P_IP))
		hash = hash_ipv4(skb, hash, offset);
	else if (type == bpf_htons(ETH_P_IPV6))
		hash = hash_ipv6(skb, hash, offset);
	else if (!bpf_skb_load_bytes(skb, 0, addresses, sizeof(addresses)))
		hash = mix(mix(mix(hash, addresses[0]), addresses[1]), addresses[2]);
	return hash % queues;
}

char _license[] SEC("license") = "MIT";

/*
 * libfastbond: what FastBond asks of the kernel that C# cannot say well itself.
 *
 * No policy lives here. Every function returns a value >= 0, or -errno. Structures
 * that may grow begin with their own size. Nothing here is thread-safe by itself:
 * an object belongs to one thread at a time.
 */
#ifndef FASTBOND_H
#define FASTBOND_H

#include <stdint.h>

#define FB_API __attribute__((visibility("default")))

/*
 * The sizes of fb_xsk_config, fb_xsk_rings, fb_xsk_statistics, fb_frame, fb_link, fb_address, fb_event, fb_channels, fb_route, in this order: up to
 * `max` of them. Returns how many there are. A caller built against another version finds out before it shares any memory with this one.
 */
FB_API int fb_abi_sizes(uint32_t *sizes, int max);
/* Lifts RLIMIT_MEMLOCK: frame memory counts once per socket. Needless with CAP_IPC_LOCK; -EPERM without CAP_SYS_RESOURCE. */
FB_API int fb_memlock_unlimited(void);
/*
 * The calling thread's nice value, not inherited by what it starts, and the time slice it asks for, 0 for the system's: of threads that wake, the
 * one with the shorter slice interrupts the other (Linux 6.12; before, slices are ignored). -EPERM without CAP_SYS_NICE.
 */
FB_API int fb_prioritize_thread(int nice, uint32_t slice_ns);

/* ---- AF_XDP ---------------------------------------------------------------- */

/* The XDP program of one slave, with its maps, held by a bpf_link: the kernel takes it off when the process dies. */
struct fb_xdp;

enum fb_xdp_mode { FB_XDP_ZEROCOPY = 1, FB_XDP_NATIVE = 2, FB_XDP_GENERIC = 3 };

/* The most that AF_XDP puts into one buffer, its headroom included: a page. */
#define FB_BUFFER_SIZE 4096

/*
 * Loads the program and attaches it to ifindex in driver mode (FB_XDP_ZEROCOPY, FB_XDP_NATIVE) or generic mode. `queues` is the size
 * of its socket map; `frags` says whether it takes frames of several buffers. Retries EBUSY for up to 2 s. The caller decides what to
 * try next.
 */
FB_API int fb_xdp_attach(int ifindex, uint32_t queues, int mode, int frags, struct fb_xdp **out);
FB_API void fb_xdp_detach(struct fb_xdp *xdp);
/* The slave's inactive flag: when set, link-local frames but LACP and marker are passed to the slave's own stack. */
FB_API int fb_xdp_set_inactive(struct fb_xdp *xdp, int inactive);
/* Frames that the program dropped as no socket was bound to their queue. */
FB_API int fb_xdp_unbound_drops(struct fb_xdp *xdp, uint64_t *out);

/* A kernel ring as mapped into the process; `entries` are uint64_t (fill, completion) or struct xdp_desc (rx, tx). */
struct fb_ring {
	uint32_t *producer;
	uint32_t *consumer;
	uint32_t *flags;
	void *entries;
	uint32_t size;
	uint32_t reserved;
};

struct fb_xsk_config {
	uint32_t struct_size;
	int32_t ifindex;
	uint32_t queue;
	int32_t mode;        /* enum fb_xdp_mode, asked for explicitly: the kernel must not choose silently */
	uint32_t ring_size;  /* entries of each of the four rings, a power of two */
	uint32_t chunk_size; /* bytes of a frame's chunk, a power of two; above FB_BUFFER_SIZE a frame takes several descriptors (Linux 6.6) */
	void *memory;        /* page-aligned */
	uint64_t memory_size;
};

struct fb_xsk_rings {
	uint32_t struct_size;
	int32_t fd;
	int32_t zerocopy;    /* XDP_OPTIONS read back: 1 if the kernel bound zero-copy */
	uint32_t reserved;
	struct fb_ring fill, completion, rx, tx;
};

struct fb_xsk;

/* Registers the memory, binds one queue through libxdp (retrying EBUSY for up to 2 s), enters it into the program's map. */
FB_API int fb_xsk_open(struct fb_xdp *xdp, const struct fb_xsk_config *config, struct fb_xsk **out, struct fb_xsk_rings *rings);
FB_API void fb_xsk_close(struct fb_xsk *xsk);

/* One sendto: 0, or -errno (EAGAIN, EBUSY, ENETDOWN, ENXIO, ENOBUFS). */
FB_API int fb_xsk_kick(int fd);
/* Wakes the kernel's receive side when the fill ring asks for it. */
FB_API int fb_xsk_wake_receive(int fd);

/* XDP_STATISTICS, in the kernel's order. */
struct fb_xsk_statistics {
	uint64_t rx_dropped, rx_invalid_descs, tx_invalid_descs, rx_ring_full, rx_fill_ring_empty_descs, tx_ring_empty_descs;
};
FB_API int fb_xsk_statistics(int fd, struct fb_xsk_statistics *out);

/* ---- TAP ------------------------------------------------------------------- */

/* Length of the virtio_net_hdr that stands in front of each frame on a TAP queue. */
#define FB_VNET_HDR_LEN 10

/*
 * Opens one more queue (IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE | IFF_VNET_HDR, non-blocking) of `name`, creating the device if it is
 * not there. The carrier is off afterwards (before Linux 6.1: on), also of a device that had it: set it as it should be. Returns the fd.
 */
FB_API int fb_tap_open(const char *name);
FB_API int fb_tap_set_persistent(int fd, int persistent);
FB_API int fb_tap_set_carrier(int fd, int carrier);
/* TUNSETLINK: the ARP hardware type; the device must be down. */
FB_API int fb_tap_set_link_type(int fd, int type);
/* TUNSETOFFLOAD with the kernel's TUN_F_* bits; 0 = none. */
FB_API int fb_tap_set_offload(int fd, uint32_t flags);
/* Steers each flow of the host to one queue by a hash of its addresses and ports, whatever queue we write on. */
FB_API int fb_tap_steer(int fd, uint32_t queues);

/* A frame in memory; as struct xdp_desc. */
struct fb_frame {
	uint64_t address;
	uint32_t length;
	uint32_t options;
};

/*
 * Reads up to `count` frames, each into memory + frames[i].address (its virtio header into the FB_VNET_HDR_LEN bytes before); fills in the
 * lengths. What is longer than `capacity` goes on in `overflow`; what is longer than both is cut. A super-frame (its header has a
 * gso_type) is the last one read, so that its overflow stands. Returns how many were read (0: nothing there), or -errno if not even one was.
 */
FB_API int fb_tap_read(int fd, uint8_t *memory, struct fb_frame *frames, uint32_t count, uint32_t capacity, uint8_t *overflow,
		       uint32_t overflow_size);

/*
 * Writes up to `count` frames; the FB_VNET_HDR_LEN bytes in front of each are overwritten with an empty header. Returns how many were
 * written before the first refusal, or -errno if not even one was.
 */
FB_API int fb_tap_write(int fd, uint8_t *memory, const struct fb_frame *frames, uint32_t count);

struct iovec;

/*
 * Writes up to `count` packets, headers in place: packet i is gathered from the next part_counts[i] parts. Returns as fb_tap_write.
 */
FB_API int fb_tap_write_gathered(int fd, const struct iovec *parts, const uint32_t *part_counts, uint32_t count);

/* ---- Links (libnl-route, ethtool) ------------------------------------------ */

struct fb_link {
	int32_t ifindex;
	int32_t iflink;       /* ifindex of the lower or peer device, 0 if none */
	int32_t master;       /* ifindex of the master, 0 if none */
	uint32_t flags;       /* IFF_* */
	uint32_t type;        /* ARPHRD_* */
	uint32_t mtu;
	uint32_t promiscuity; /* IFLA_PROMISCUITY */
	uint32_t rx_queues, tx_queues;
	int32_t carrier;      /* IFLA_CARRIER */
	int32_t vlan_id;      /* of a VLAN device, else -1 */
	uint32_t vlan_protocol; /* 0x8100, 0x88a8; host order */
	uint32_t address_length;
	uint8_t address[32];
	uint8_t broadcast[32];
	uint8_t permanent_address[32]; /* all zero if the driver tells none */
	char name[16];
	char kind[16];        /* "veth", "tun", "vlan", ... ; empty for a physical NIC */
	/* What the driver has counted since the device came into being (struct rtnl_link_stats64); overruns are its FIFO errors. */
	uint64_t rx_errors, rx_overruns, rx_frame_errors;
	uint64_t tx_errors, tx_overruns, tx_carrier_errors;
};

struct fb_address {
	int32_t ifindex;
	uint32_t family;      /* AF_INET, AF_INET6 */
	uint32_t prefix_length;
	uint32_t flags;       /* IFA_F_* */
	uint32_t scope;
	uint32_t valid_seconds, preferred_seconds; /* how long yet; UINT32_MAX: for ever */
	uint8_t address[16];
	uint8_t peer[16];     /* the other end of a point-to-point link; else as address */
	uint8_t broadcast[4]; /* IPv4; all zero if none */
	char label[16];       /* IPv4: name of an alias ("eth0:1"), else the interface's; may be empty */
};

/* A unicast route with one next hop. */
struct fb_route {
	int32_t ifindex;
	uint32_t family;      /* AF_INET, AF_INET6 */
	uint32_t prefix_length;
	uint32_t table;       /* RT_TABLE_MAIN 254 */
	uint32_t metric;      /* 0: the kernel's choice */
	uint32_t protocol;    /* RTPROT_*: who made it */
	uint32_t on_link;     /* the gateway is reached though no address is in its network */
	uint32_t has_gateway, has_source;
	uint8_t destination[16];
	uint8_t gateway[16];
	uint8_t source[16];   /* preferred source address */
};

enum fb_event_kind { FB_LINK_NEW = 1, FB_LINK_GONE, FB_ADDRESS_NEW, FB_ADDRESS_GONE, FB_OVERRUN };

struct fb_event {
	uint32_t kind;        /* FB_OVERRUN: messages were lost, list everything again */
	uint32_t reserved;
	union {
		struct fb_link link;
		struct fb_address address;
	};
};

/* A request socket. */
struct fb_nl;
FB_API int fb_nl_open(struct fb_nl **out);
FB_API void fb_nl_close(struct fb_nl *nl);

/* Both list up to `max` entries and return how many there are in all. */
FB_API int fb_links(struct fb_nl *nl, struct fb_link *out, int max);
FB_API int fb_addresses(struct fb_nl *nl, struct fb_address *out, int max);
/* One link by name (ifindex 0) or by ifindex; -ENODEV. */
FB_API int fb_link_get(struct fb_nl *nl, int ifindex, const char *name, struct fb_link *out);
/* 1 if a default route (IPv4 or IPv6) of the main table leaves by ifindex, told as `ip route` would in route_text; else 0. */
FB_API int fb_has_default_route(struct fb_nl *nl, int ifindex, char *route_text, int route_text_size);

FB_API int fb_link_set_up(struct fb_nl *nl, int ifindex, int up);
FB_API int fb_link_set_mtu(struct fb_nl *nl, int ifindex, uint32_t mtu);
FB_API int fb_link_set_address(struct fb_nl *nl, int ifindex, const uint8_t *address, uint32_t length);
FB_API int fb_link_set_arp(struct fb_nl *nl, int ifindex, int on);
FB_API int fb_link_delete(struct fb_nl *nl, int ifindex);
FB_API int fb_address_add(struct fb_nl *nl, const struct fb_address *address);
FB_API int fb_address_delete(struct fb_nl *nl, const struct fb_address *address);
/* Routes that leave by ifindex, those the kernel made by itself apart: up to `max` of them; how many there are in all. */
FB_API int fb_routes(struct fb_nl *nl, int ifindex, struct fb_route *out, int max);
FB_API int fb_route_add(struct fb_nl *nl, const struct fb_route *route);
FB_API int fb_route_delete(struct fb_nl *nl, const struct fb_route *route);

/* A non-blocking subscription to link and address changes. */
struct fb_watch;
FB_API int fb_watch_open(struct fb_watch **out);
FB_API void fb_watch_close(struct fb_watch *watch);
FB_API int fb_watch_fd(struct fb_watch *watch);
/* Up to `max` events; 0 when there are none now. */
FB_API int fb_watch_read(struct fb_watch *watch, struct fb_event *out, int max);

/* A socket for the fb_ethtool_* calls; one per thread. */
FB_API int fb_ethtool_open(void);
/* ETHTOOL_GLINK: the driver's own carrier flag, 0 or 1. */
FB_API int fb_ethtool_link(int fd, const char *name);
/* Speed in Mb/s (0 unknown) and duplex (0 unknown, 1 half, 2 full) through ETHTOOL_GLINKSETTINGS. */
FB_API int fb_ethtool_speed(int fd, const char *name, uint32_t *speed_mbps, uint32_t *duplex);
/* Channels: combined counts for both directions. */
struct fb_channels { uint32_t rx, tx, combined, max_rx, max_tx, max_combined; };
FB_API int fb_ethtool_channels(int fd, const char *name, struct fb_channels *out);
/* Features by their ethtool string-set name ("rx-gro-hw", "rx-lro", ...): -ENOENT if the device has none of that name. */
FB_API int fb_ethtool_feature_get(int fd, const char *name, const char *feature);
FB_API int fb_ethtool_feature_set(int fd, const char *name, const char *feature, int on);
FB_API int fb_ethtool_driver(int fd, const char *name, char *driver, int size);

/* ---- Receive filters -------------------------------------------------------- */

/*
 * A packet socket (protocol 0: receives nothing) whose memberships the kernel counts and undoes when it is closed.
 * Returns the fd.
 */
FB_API int fb_filter_open(void);
/* kind: PACKET_MR_MULTICAST 0, PACKET_MR_PROMISC 1, PACKET_MR_ALLMULTI 2, PACKET_MR_UNICAST 3. */
FB_API int fb_filter_change(int fd, int ifindex, int kind, const uint8_t *address, uint32_t length, int add);

#endif

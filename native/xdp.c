/* The XDP program of a slave: loading, attaching, its maps. */
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/if_link.h>

#include "internal.h"

struct fb_xdp {
	struct bpf_object *object;
	int ifindex;
	int mode;
	int link_fd;
	int sockets_fd, inactive_fd, unbound_fd;
};

/* The ARP hardware type of a link, or -errno. */
static int link_type(int ifindex)
{
	struct ifreq request = { 0 };
	int fd, err = 0;

	if (!if_indextoname(ifindex, request.ifr_name))
		return errno == ENXIO ? -ENODEV : -errno;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		err = -errno;
	close(fd);
	return err ? err : request.ifr_hwaddr.sa_family;
}

static int load(struct fb_xdp *xdp, uint32_t queues, int frags)
{
	int type = link_type(xdp->ifindex);
	int err;

	if (type < 0)
		return type;
	err = fb_bpf_open(fb_xdp_object, fb_xdp_object_end, "fb_xdp", type == ARPHRD_ETHER, &xdp->object);
	if (err)
		return err;
	err = bpf_map__set_max_entries(bpf_object__find_map_by_name(xdp->object, "sockets"), queues);
	if (err)
		return err;
	if (frags)
		err = bpf_program__set_flags(bpf_object__next_program(xdp->object, NULL), BPF_F_XDP_HAS_FRAGS);
	if (!err)
		err = bpf_object__load(xdp->object);
	if (err)
		return err;
	xdp->sockets_fd = bpf_object__find_map_fd_by_name(xdp->object, "sockets");
	xdp->inactive_fd = bpf_object__find_map_fd_by_name(xdp->object, "inactive");
	xdp->unbound_fd = bpf_object__find_map_fd_by_name(xdp->object, "unbound");
	return 0;
}

static int attach(void *context)
{
	struct fb_xdp *xdp = context;
	LIBBPF_OPTS(bpf_link_create_opts, options,
		    .flags = xdp->mode == FB_XDP_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);

	xdp->link_fd = bpf_link_create(fb_bpf_program_fd(xdp->object), xdp->ifindex, BPF_XDP, &options);
	return xdp->link_fd < 0 ? xdp->link_fd : 0;
}

int fb_xdp_attach(int ifindex, uint32_t queues, int mode, int frags, struct fb_xdp **out)
{
	struct fb_xdp *xdp;
	int err;

	if (queues == 0 || mode < FB_XDP_ZEROCOPY || mode > FB_XDP_GENERIC)
		return -EINVAL;
	xdp = calloc(1, sizeof(*xdp));
	if (!xdp)
		return -ENOMEM;
	xdp->ifindex = ifindex;
	xdp->mode = mode;
	xdp->link_fd = -1;

	err = load(xdp, queues, frags);
	if (!err)
		err = fb_retry_busy(attach, xdp);
	if (err) {
		fb_xdp_detach(xdp);
		return err;
	}
	*out = xdp;
	return 0;
}

void fb_xdp_detach(struct fb_xdp *xdp)
{
	if (!xdp)
		return;
	if (xdp->link_fd >= 0)
		close(xdp->link_fd);
	bpf_object__close(xdp->object);
	free(xdp);
}

int fb_xdp_set_inactive(struct fb_xdp *xdp, int inactive)
{
	uint32_t key = 0, value = inactive != 0;

	return bpf_map_update_elem(xdp->inactive_fd, &key, &value, BPF_ANY);
}

int fb_xdp_unbound_drops(struct fb_xdp *xdp, uint64_t *out)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *counts, sum = 0;
	uint32_t key = 0;
	int i, err;

	if (cpus < 0)
		return cpus;
	counts = calloc(cpus, sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	err = bpf_map_lookup_elem(xdp->unbound_fd, &key, counts);
	for (i = 0; i < cpus; i++)
		sum += counts[i];
	free(counts);
	*out = sum;
	return err;
}

int fb_xdp_set_socket(struct fb_xdp *xdp, uint32_t queue, int fd)
{
	return bpf_map_update_elem(xdp->sockets_fd, &queue, &fd, BPF_ANY);
}

/* AF_XDP sockets through libxdp: one registration of the frame memory, and one set of rings, per socket. */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <xdp/xsk.h>

#include "internal.h"

#ifndef SOL_XDP
#define SOL_XDP 283
#endif
/* Linux 6.6. */
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#endif

struct fb_xsk {
	struct fb_xsk_config config;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons completion, rx;
};

static void destroy(struct fb_xsk *xsk)
{
	if (xsk->socket)
		xsk_socket__delete(xsk->socket);
	if (xsk->umem)
		xsk_umem__delete(xsk->umem);
	xsk->socket = NULL;
	xsk->umem = NULL;
}

/*
 * The whole of it, from the memory's registration to bind: a socket whose bind was refused has its rings already, and libxdp cannot
 * take it further.
 */
static int create(void *context)
{
	struct fb_xsk *xsk = context;
	const struct fb_xsk_config *config = &xsk->config;
	const int several = config->chunk_size > FB_BUFFER_SIZE;
	const struct xsk_umem_config umem_config = {
		.fill_size = config->ring_size,
		.comp_size = config->ring_size,
		.frame_size = several ? FB_BUFFER_SIZE : config->chunk_size,
	};
	const struct xsk_socket_config socket_config = {
		.rx_size = config->ring_size,
		.tx_size = config->ring_size,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = XDP_USE_NEED_WAKEUP | (several ? XDP_USE_SG : 0) |
			      (config->mode == FB_XDP_ZEROCOPY ? XDP_ZEROCOPY : XDP_COPY),
	};
	char name[IF_NAMESIZE];
	int err;

	if (!if_indextoname(config->ifindex, name))
		return errno == ENXIO ? -ENODEV : -errno;
	err = xsk_umem__create(&xsk->umem, config->memory, config->memory_size, &xsk->fill, &xsk->completion, &umem_config);
	if (!err)
		err = xsk_socket__create(&xsk->socket, name, config->queue, xsk->umem, &xsk->rx, &xsk->tx, &socket_config);
	if (err)
		destroy(xsk);
	return err;
}

static int is_zerocopy(int fd)
{
	struct xdp_options options;
	socklen_t length = sizeof(options);

	if (getsockopt(fd, SOL_XDP, XDP_OPTIONS, &options, &length))
		return -errno;
	return (options.flags & XDP_OPTIONS_ZEROCOPY) != 0;
}

#define VIEW(from) { .producer = (from).producer, .consumer = (from).consumer, .flags = (from).flags, \
		     .entries = (from).ring, .size = (from).size }

int fb_xsk_open(struct fb_xdp *xdp, const struct fb_xsk_config *config, struct fb_xsk **out, struct fb_xsk_rings *rings)
{
	struct fb_xsk *xsk;
	int err, fd, zerocopy;

	if (config->struct_size != sizeof(*config) || rings->struct_size != sizeof(*rings))
		return -EINVAL;
	xsk = calloc(1, sizeof(*xsk));
	if (!xsk)
		return -ENOMEM;
	xsk->config = *config;
	err = fb_retry_busy(create, xsk);
	if (err)
		goto fail;

	fd = xsk_socket__fd(xsk->socket);
	zerocopy = err = is_zerocopy(fd);
	if (err < 0)
		goto fail;
	err = fb_xdp_set_socket(xdp, config->queue, fd);
	if (err)
		goto fail;

	*rings = (struct fb_xsk_rings){
		.struct_size = sizeof(*rings),
		.fd = fd,
		.zerocopy = zerocopy,
		.fill = VIEW(xsk->fill),
		.completion = VIEW(xsk->completion),
		.rx = VIEW(xsk->rx),
		.tx = VIEW(xsk->tx),
	};
	*out = xsk;
	return 0;
fail:
	destroy(xsk);
	free(xsk);
	return err;
}

void fb_xsk_close(struct fb_xsk *xsk)
{
	if (!xsk)
		return;
	/* The kernel takes a closed socket out of the program's map itself. */
	destroy(xsk);
	free(xsk);
}

int fb_xsk_kick(int fd)
{
	return sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 ? -errno : 0;
}

int fb_xsk_wake_receive(int fd)
{
	return recvfrom(fd, NULL, 0, MSG_DONTWAIT, NULL, NULL) < 0 ? -errno : 0;
}

int fb_xsk_statistics(int fd, struct fb_xsk_statistics *out)
{
	struct xdp_statistics statistics = { 0 };
	socklen_t length = sizeof(statistics);

	if (getsockopt(fd, SOL_XDP, XDP_STATISTICS, &statistics, &length))
		return -errno;
	*out = (struct fb_xsk_statistics){
		.rx_dropped = statistics.rx_dropped,
		.rx_invalid_descs = statistics.rx_invalid_descs,
		.tx_invalid_descs = statistics.tx_invalid_descs,
		.rx_ring_full = statistics.rx_ring_full,
		.rx_fill_ring_empty_descs = statistics.rx_fill_ring_empty_descs,
		.tx_ring_empty_descs = statistics.tx_ring_empty_descs,
	};
	return 0;
}

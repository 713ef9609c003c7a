/* Link and address changes as the kernel tells of them. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "internal.h"
#include "netlink.h"

/* Flapping links on a loaded machine fill the default 208 kB; what still does is an overrun. */
#define SOCKET_BUFFER (1 << 20)
#define DATAGRAM_MAX 32768

struct fb_watch {
	struct nl_sock *socket;
	struct nlmsghdr *next; /* messages of the last datagram not looked at yet */
	int left;
	union {
		struct nlmsghdr header;
		char bytes[DATAGRAM_MAX];
	} datagram;
};

int fb_watch_open(struct fb_watch **out)
{
	struct fb_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->socket = nl_socket_alloc();
	if (!watch->socket || nl_connect(watch->socket, NETLINK_ROUTE) < 0 ||
	    nl_socket_add_memberships(watch->socket, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, 0) < 0) {
		fb_watch_close(watch);
		return -ENOBUFS;
	}
	/* More than the system allows is cut to what it allows. */
	nl_socket_set_buffer_size(watch->socket, SOCKET_BUFFER, 0);
	*out = watch;
	return 0;
}

void fb_watch_close(struct fb_watch *watch)
{
	if (!watch)
		return;
	nl_socket_free(watch->socket);
	free(watch);
}

int fb_watch_fd(struct fb_watch *watch)
{
	return nl_socket_get_fd(watch->socket);
}

/* 1 if the message is an event. */
static int parse(struct nlmsghdr *header, struct fb_event *event)
{
	event->reserved = 0;
	switch (header->nlmsg_type) {
	case RTM_NEWLINK:
		event->kind = FB_LINK_NEW;
		return fb_parse_link(header, &event->link);
	case RTM_DELLINK:
		event->kind = FB_LINK_GONE;
		return fb_parse_link(header, &event->link);
	case RTM_NEWADDR:
		event->kind = FB_ADDRESS_NEW;
		return fb_parse_address(header, &event->address);
	case RTM_DELADDR:
		event->kind = FB_ADDRESS_GONE;
		return fb_parse_address(header, &event->address);
	default:
		return 0;
	}
}

/* 1 if the datagram holds messages, 0 if it is nothing of ours, or -errno; -ENOBUFS: some were lost. */
static int receive(struct fb_watch *watch)
{
	struct sockaddr_nl from = { 0 };
	struct iovec part = { watch->datagram.bytes, sizeof(watch->datagram) };
	struct msghdr message = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t length = recvmsg(fb_watch_fd(watch), &message, MSG_DONTWAIT);

	if (length < 0)
		return -errno;
	if (message.msg_flags & MSG_TRUNC)
		return -ENOBUFS;
	/* Any process may write to our socket; port 0 is the kernel. */
	if (from.nl_pid != 0)
		return 0;
	watch->next = &watch->datagram.header;
	watch->left = length;
	return 1;
}

int fb_watch_read(struct fb_watch *watch, struct fb_event *out, int max)
{
	int count = 0;

	while (count < max) {
		int err;

		while (watch->left > 0 && nlmsg_ok(watch->next, watch->left) && count < max) {
			count += parse(watch->next, &out[count]);
			watch->next = nlmsg_next(watch->next, &watch->left);
		}
		if (count == max)
			break;

		watch->left = 0;
		err = receive(watch);
		if (err == -ENOBUFS)
			out[count++] = (struct fb_event){ .kind = FB_OVERRUN };
		else if (err == -EAGAIN)
			break;
		else if (err < 0 && err != -EINTR)
			return count ? count : err;
	}
	return count;
}

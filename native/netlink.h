/* rtnetlink messages as the library's structures, shared by the lists and the watch. */
#ifndef FB_NETLINK_H
#define FB_NETLINK_H

#include <linux/netlink.h>

#include <netlink/handlers.h>
#include <netlink/msg.h>

#include "fastbond.h"

/* A dump that something changed under is begun again so often: it may miss an entry, or have one twice. */
#define FB_DUMP_ATTEMPTS 5

/* What a dump is read into: `count` entries in all, the first `max` of them in `out`. */
struct fb_list {
	void *out;
	int max, count;
};

/* Sends a request and takes in its whole answer, `each` called for each message of it. Frees the request. */
int fb_request(struct fb_nl *nl, struct nl_msg *message, nl_recvmsg_msg_cb_t each, void *context);
/* A request for all of a kind. */
struct nl_msg *fb_dump_request(int type);
/* Sends it and reads the answer into a list, which is `each`'s context; the number of entries. */
int fb_dump(struct fb_nl *nl, int type, nl_recvmsg_msg_cb_t each, struct fb_list *list);

/* As much of an attribute as fits; nothing if it is not there. */
void fb_copy_bytes(uint8_t *to, size_t size, const struct nlattr *attribute);
/* 0 if it is not there. */
uint32_t fb_get_u32(const struct nlattr *attribute);

/* 1, or 0 if the message does not describe a link (an address) as a whole. */
int fb_parse_link(struct nlmsghdr *header, struct fb_link *out);
int fb_parse_address(struct nlmsghdr *header, struct fb_address *out);

#endif

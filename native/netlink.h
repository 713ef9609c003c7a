/* rtnetlink messages as the library's structures, shared by the lists and the watch. */
#ifndef FB_NETLINK_H
#define FB_NETLINK_H

#include <linux/netlink.h>

#include "fastbond.h"

/* 1, or 0 if the message does not describe a link (an address) as a whole. */
int fb_parse_link(struct nlmsghdr *header, struct fb_link *out);
int fb_parse_address(struct nlmsghdr *header, struct fb_address *out);

#endif

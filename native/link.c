/* Links and addresses over rtnetlink. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "internal.h"
#include "netlink.h"

struct fb_nl {
	struct nl_sock *socket;
	int error; /* of the request under way: libnl's own numbers lose which errno it was */
};

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *answer, void *context)
{
	struct fb_nl *nl = context;

	(void)from;
	nl->error = answer->error;
	return NL_STOP;
}

int fb_nl_open(struct fb_nl **out)
{
	struct fb_nl *nl = calloc(1, sizeof(*nl));

	if (!nl)
		return -ENOMEM;
	nl->socket = nl_socket_alloc();
	if (!nl->socket || nl_connect(nl->socket, NETLINK_ROUTE) < 0) {
		fb_nl_close(nl);
		return -ENOBUFS;
	}
	/* Only changes are acknowledged: the acknowledgement of a question would be left unread behind its answer. */
	nl_socket_disable_auto_ack(nl->socket);
	nl_socket_modify_err_cb(nl->socket, NL_CB_CUSTOM, on_error, nl);
	*out = nl;
	return 0;
}

void fb_nl_close(struct fb_nl *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->socket);
	free(nl);
}

/* libnl's error as errno, for what went wrong on this side of the kernel. */
static int from_libnl(int err)
{
	switch (-err) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_DUMP_INTR:
		return -EAGAIN;
	case NLE_PERM:
		return -EPERM;
	default:
		return -EIO;
	}
}

int fb_request(struct fb_nl *nl, struct nl_msg *message, nl_recvmsg_msg_cb_t each, void *context)
{
	int err;

	if (!message)
		return -ENOMEM;
	nl->error = 0;
	nl_socket_modify_cb(nl->socket, NL_CB_VALID, each ? NL_CB_CUSTOM : NL_CB_DEFAULT, each, context);
	err = nl_send_auto(nl->socket, message);
	nlmsg_free(message);
	if (err >= 0)
		err = nl_recvmsgs_default(nl->socket);
	return nl->error ? nl->error : err < 0 ? from_libnl(err) : 0;
}

/* ---- Parsing ---- */

void fb_copy_bytes(uint8_t *to, size_t size, const struct nlattr *attribute)
{
	size_t length;

	if (!attribute)
		return;
	length = nla_len(attribute);
	memcpy(to, nla_data(attribute), length < size ? length : size);
}

uint32_t fb_get_u32(const struct nlattr *attribute)
{
	return attribute ? nla_get_u32(attribute) : 0;
}

static void parse_kind(struct nlattr *nested, struct fb_link *out)
{
	struct nlattr *info[IFLA_INFO_MAX + 1], *vlan[IFLA_VLAN_MAX + 1];

	if (!nested || nla_parse_nested(info, IFLA_INFO_MAX, nested, NULL) < 0 || !info[IFLA_INFO_KIND])
		return;
	nla_strlcpy(out->kind, info[IFLA_INFO_KIND], sizeof(out->kind));
	if (strcmp(out->kind, "vlan") || !info[IFLA_INFO_DATA] || nla_parse_nested(vlan, IFLA_VLAN_MAX, info[IFLA_INFO_DATA], NULL) < 0)
		return;
	if (vlan[IFLA_VLAN_ID])
		out->vlan_id = nla_get_u16(vlan[IFLA_VLAN_ID]);
	out->vlan_protocol = vlan[IFLA_VLAN_PROTOCOL] ? ntohs(nla_get_u16(vlan[IFLA_VLAN_PROTOCOL])) : ETH_P_8021Q;
}

static void parse_errors(struct nlattr *attribute, struct fb_link *out)
{
	struct rtnl_link_stats64 stats = { 0 };

	fb_copy_bytes((uint8_t *)&stats, sizeof(stats), attribute);
	out->rx_errors = stats.rx_errors;
	out->rx_overruns = stats.rx_fifo_errors;
	out->rx_frame_errors = stats.rx_frame_errors;
	out->tx_errors = stats.tx_errors;
	out->tx_overruns = stats.tx_fifo_errors;
	out->tx_carrier_errors = stats.tx_carrier_errors;
}

int fb_parse_link(struct nlmsghdr *header, struct fb_link *out)
{
	struct ifinfomsg *info = nlmsg_data(header);
	struct nlattr *tb[IFLA_MAX + 1];

	/* Bridges tell of their ports, and drivers of wireless events, in messages of the same type that are not about the link itself. */
	if (nlmsg_parse(header, sizeof(*info), tb, IFLA_MAX, NULL) < 0 || info->ifi_family != AF_UNSPEC || !tb[IFLA_IFNAME] || !tb[IFLA_MTU])
		return 0;

	*out = (struct fb_link){
		.ifindex = info->ifi_index,
		.iflink = fb_get_u32(tb[IFLA_LINK]),
		.master = fb_get_u32(tb[IFLA_MASTER]),
		.flags = info->ifi_flags,
		.type = info->ifi_type,
		.mtu = fb_get_u32(tb[IFLA_MTU]),
		.promiscuity = fb_get_u32(tb[IFLA_PROMISCUITY]),
		.rx_queues = fb_get_u32(tb[IFLA_NUM_RX_QUEUES]),
		.tx_queues = fb_get_u32(tb[IFLA_NUM_TX_QUEUES]),
		.carrier = tb[IFLA_CARRIER] ? nla_get_u8(tb[IFLA_CARRIER]) : 0,
		.vlan_id = -1,
		.address_length = tb[IFLA_ADDRESS] ? nla_len(tb[IFLA_ADDRESS]) : 0,
	};
	fb_copy_bytes(out->address, sizeof(out->address), tb[IFLA_ADDRESS]);
	fb_copy_bytes(out->broadcast, sizeof(out->broadcast), tb[IFLA_BROADCAST]);
	fb_copy_bytes(out->permanent_address, sizeof(out->permanent_address), tb[IFLA_PERM_ADDRESS]);
	nla_strlcpy(out->name, tb[IFLA_IFNAME], sizeof(out->name));
	parse_kind(tb[IFLA_LINKINFO], out);
	parse_errors(tb[IFLA_STATS64], out);
	return 1;
}

int fb_parse_address(struct nlmsghdr *header, struct fb_address *out)
{
	struct ifaddrmsg *info = nlmsg_data(header);
	struct nlattr *tb[IFA_MAX + 1];
	const struct ifa_cacheinfo *lifetime;

	if (nlmsg_parse(header, sizeof(*info), tb, IFA_MAX, NULL) < 0 || !tb[IFA_ADDRESS])
		return 0;
	*out = (struct fb_address){
		.ifindex = info->ifa_index,
		.family = info->ifa_family,
		.prefix_length = info->ifa_prefixlen,
		.flags = tb[IFA_FLAGS] ? nla_get_u32(tb[IFA_FLAGS]) : info->ifa_flags,
		.scope = info->ifa_scope,
		.valid_seconds = UINT32_MAX,
		.preferred_seconds = UINT32_MAX,
	};
	if (tb[IFA_CACHEINFO] && nla_len(tb[IFA_CACHEINFO]) >= (int)sizeof(*lifetime)) {
		lifetime = nla_data(tb[IFA_CACHEINFO]);
		out->valid_seconds = lifetime->ifa_valid;
		out->preferred_seconds = lifetime->ifa_prefered;
	}
	/* On a point-to-point link IFA_ADDRESS is the peer's and IFA_LOCAL ours. */
	fb_copy_bytes(out->address, sizeof(out->address), tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS]);
	fb_copy_bytes(out->peer, sizeof(out->peer), tb[IFA_ADDRESS]);
	fb_copy_bytes(out->broadcast, sizeof(out->broadcast), tb[IFA_BROADCAST]);
	if (tb[IFA_LABEL])
		nla_strlcpy(out->label, tb[IFA_LABEL], sizeof(out->label));
	return 1;
}

/* ---- Lists ---- */

static int each_link(struct nl_msg *message, void *context)
{
	struct fb_list *list = context;
	struct fb_link link;

	if (fb_parse_link(nlmsg_hdr(message), &link)) {
		if (list->count < list->max)
			((struct fb_link *)list->out)[list->count] = link;
		list->count++;
	}
	return NL_OK;
}

static int each_address(struct nl_msg *message, void *context)
{
	struct fb_list *list = context;
	struct fb_address address;

	if (fb_parse_address(nlmsg_hdr(message), &address)) {
		if (list->count < list->max)
			((struct fb_address *)list->out)[list->count] = address;
		list->count++;
	}
	return NL_OK;
}

struct nl_msg *fb_dump_request(int type)
{
	struct nl_msg *message = nlmsg_alloc_simple(type, NLM_F_DUMP);
	/* Long enough for the fixed part of any of them; all zero means all families. */
	struct ifinfomsg all = { 0 };

	if (message)
		nlmsg_append(message, &all, sizeof(all), NLMSG_ALIGNTO);
	return message;
}

int fb_dump(struct fb_nl *nl, int type, nl_recvmsg_msg_cb_t each, struct fb_list *list)
{
	int attempt, err = -EAGAIN;

	for (attempt = 0; err == -EAGAIN && attempt < FB_DUMP_ATTEMPTS; attempt++) {
		list->count = 0;
		err = fb_request(nl, fb_dump_request(type), each, list);
	}
	return err ? err : list->count;
}

int fb_links(struct fb_nl *nl, struct fb_link *out, int max)
{
	struct fb_list list = { out, max, 0 };

	return fb_dump(nl, RTM_GETLINK, each_link, &list);
}

int fb_addresses(struct fb_nl *nl, struct fb_address *out, int max)
{
	struct fb_list list = { out, max, 0 };

	return fb_dump(nl, RTM_GETADDR, each_address, &list);
}

int fb_link_get(struct fb_nl *nl, int ifindex, const char *name, struct fb_link *out)
{
	struct ifinfomsg info = { .ifi_index = ifindex };
	struct nl_msg *message = nlmsg_alloc_simple(RTM_GETLINK, 0);
	struct fb_list list = { out, 1, 0 };
	int err;

	if (!message)
		return -ENOMEM;
	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	/* A longer name can only be an alternative one; the kernel looks among those for short ones by itself. */
	if (ifindex == 0)
		nla_put_string(message, strlen(name) < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	err = fb_request(nl, message, each_link, &list);
	return err ? err : list.count ? 0 : -ENODEV;
}

/* ---- Changes ---- */

/* Changes the flags of `mask` to `flags`, and one attribute if `length` is not 0. */
static int change(struct fb_nl *nl, int ifindex, uint32_t flags, uint32_t mask, int attribute, const void *value, int length)
{
	struct ifinfomsg info = { .ifi_index = ifindex, .ifi_flags = flags, .ifi_change = mask };
	struct nl_msg *message = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_ACK);

	if (!message)
		return -ENOMEM;
	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	if (length)
		nla_put(message, attribute, length, value);
	return fb_request(nl, message, NULL, NULL);
}

int fb_link_set_up(struct fb_nl *nl, int ifindex, int up)
{
	return change(nl, ifindex, up ? IFF_UP : 0, IFF_UP, 0, NULL, 0);
}

int fb_link_set_mtu(struct fb_nl *nl, int ifindex, uint32_t mtu)
{
	return change(nl, ifindex, 0, 0, IFLA_MTU, &mtu, sizeof(mtu));
}

int fb_link_set_address(struct fb_nl *nl, int ifindex, const uint8_t *address, uint32_t length)
{
	return change(nl, ifindex, 0, 0, IFLA_ADDRESS, address, length);
}

int fb_link_set_arp(struct fb_nl *nl, int ifindex, int on)
{
	return change(nl, ifindex, on ? 0 : IFF_NOARP, IFF_NOARP, 0, NULL, 0);
}

int fb_link_delete(struct fb_nl *nl, int ifindex)
{
	struct ifinfomsg info = { .ifi_index = ifindex };
	struct nl_msg *message = nlmsg_alloc_simple(RTM_DELLINK, NLM_F_ACK);

	if (!message)
		return -ENOMEM;
	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	return fb_request(nl, message, NULL, NULL);
}

static int change_address(struct fb_nl *nl, int type, int flags, const struct fb_address *address)
{
	int length = address->family == AF_INET ? 4 : 16;
	struct ifaddrmsg info = {
		.ifa_family = address->family,
		.ifa_prefixlen = address->prefix_length,
		.ifa_scope = address->scope,
		.ifa_index = address->ifindex,
	};
	const struct ifa_cacheinfo lifetime = { .ifa_valid = address->valid_seconds, .ifa_prefered = address->preferred_seconds };
	static const uint8_t none[4];
	struct nl_msg *message;

	if (address->family != AF_INET && address->family != AF_INET6)
		return -EINVAL;
	message = nlmsg_alloc_simple(type, NLM_F_ACK | flags);
	if (!message)
		return -ENOMEM;
	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put(message, IFA_LOCAL, length, address->address);
	nla_put(message, IFA_ADDRESS, length, address->peer);
	nla_put_u32(message, IFA_FLAGS, address->flags);
	nla_put(message, IFA_CACHEINFO, sizeof(lifetime), &lifetime);
	if (address->family == AF_INET && memcmp(address->broadcast, none, sizeof(none)))
		nla_put(message, IFA_BROADCAST, sizeof(none), address->broadcast);
	if (address->label[0])
		nla_put_string(message, IFA_LABEL, address->label);
	return fb_request(nl, message, NULL, NULL);
}

int fb_address_add(struct fb_nl *nl, const struct fb_address *address)
{
	return change_address(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address);
}

int fb_address_delete(struct fb_nl *nl, const struct fb_address *address)
{
	return change_address(nl, RTM_DELADDR, 0, address);
}

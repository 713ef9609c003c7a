/* Routes over rtnetlink. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "internal.h"
#include "netlink.h"

/* ---- Default route ---- */

struct default_route {
	int ifindex;
	char *text;
	int size;
	int found;
};

static void tell_route(struct default_route *search, struct rtnl_nexthop *hop)
{
	struct nl_addr *gateway = rtnl_route_nh_get_gateway(hop);
	char via[64] = "", name[IF_NAMESIZE] = "?";

	if (gateway)
		nl_addr2str(gateway, via, sizeof(via));
	if_indextoname(search->ifindex, name);
	snprintf(search->text, search->size, "default%s%s dev %s", gateway ? " via " : "", via, name);
	search->found = 1;
}

static int each_route(struct nl_msg *message, void *context)
{
	struct default_route *search = context;
	struct rtnl_route *route = NULL;
	int i;

	if (search->found || rtnl_route_parse(nlmsg_hdr(message), &route) < 0)
		return NL_OK;
	if (rtnl_route_get_table(route) == RT_TABLE_MAIN && rtnl_route_get_type(route) == RTN_UNICAST &&
	    nl_addr_get_prefixlen(rtnl_route_get_dst(route)) == 0)
		for (i = 0; i < rtnl_route_get_nnexthops(route) && !search->found; i++) {
			struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, i);

			if (rtnl_route_nh_get_ifindex(hop) == search->ifindex)
				tell_route(search, hop);
		}
	rtnl_route_put(route);
	return NL_OK;
}

int fb_has_default_route(struct fb_nl *nl, int ifindex, char *route_text, int route_text_size)
{
	struct default_route search = { ifindex, route_text, route_text_size, 0 };
	int attempt, err = -EAGAIN;

	for (attempt = 0; err == -EAGAIN && attempt < FB_DUMP_ATTEMPTS; attempt++)
		err = fb_request(nl, fb_dump_request(RTM_GETROUTE), each_route, &search);
	return err ? err : search.found;
}

/* ---- Routes of one link ---- */

struct link_routes {
	struct fb_list list; /* first: fb_dump knows the list and no more */
	int ifindex;
};

static int address_length(uint32_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static int parse_route(struct nlmsghdr *header, struct fb_route *out)
{
	struct rtmsg *info = nlmsg_data(header);
	struct nlattr *tb[RTA_MAX + 1];

	if (nlmsg_parse(header, sizeof(*info), tb, RTA_MAX, NULL) < 0 || !address_length(info->rtm_family) || info->rtm_type != RTN_UNICAST ||
	    info->rtm_flags & RTM_F_CLONED || info->rtm_protocol == RTPROT_KERNEL || !tb[RTA_OIF])
		return 0;
	*out = (struct fb_route){
		.ifindex = fb_get_u32(tb[RTA_OIF]),
		.family = info->rtm_family,
		.prefix_length = info->rtm_dst_len,
		.table = tb[RTA_TABLE] ? fb_get_u32(tb[RTA_TABLE]) : info->rtm_table,
		.metric = fb_get_u32(tb[RTA_PRIORITY]),
		.protocol = info->rtm_protocol,
		.on_link = !!(info->rtm_flags & RTNH_F_ONLINK),
		.has_gateway = !!tb[RTA_GATEWAY],
		.has_source = !!tb[RTA_PREFSRC],
	};
	fb_copy_bytes(out->destination, sizeof(out->destination), tb[RTA_DST]);
	fb_copy_bytes(out->gateway, sizeof(out->gateway), tb[RTA_GATEWAY]);
	fb_copy_bytes(out->source, sizeof(out->source), tb[RTA_PREFSRC]);
	return 1;
}

static int each_link_route(struct nl_msg *message, void *context)
{
	struct link_routes *routes = context;
	struct fb_route route;

	if (parse_route(nlmsg_hdr(message), &route) && route.ifindex == routes->ifindex) {
		if (routes->list.count < routes->list.max)
			((struct fb_route *)routes->list.out)[routes->list.count] = route;
		routes->list.count++;
	}
	return NL_OK;
}

int fb_routes(struct fb_nl *nl, int ifindex, struct fb_route *out, int max)
{
	struct link_routes routes = { { out, max, 0 }, ifindex };

	return fb_dump(nl, RTM_GETROUTE, each_link_route, &routes.list);
}

static int change_route(struct fb_nl *nl, int type, int flags, const struct fb_route *route)
{
	int length = address_length(route->family);
	struct rtmsg info = {
		.rtm_family = route->family,
		.rtm_dst_len = route->prefix_length,
		.rtm_table = route->table < 256 ? route->table : RT_TABLE_UNSPEC,
		.rtm_protocol = route->protocol,
		.rtm_scope = route->has_gateway || route->family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
		.rtm_flags = route->on_link ? RTNH_F_ONLINK : 0,
	};
	struct nl_msg *message;

	if (!length)
		return -EINVAL;
	message = nlmsg_alloc_simple(type, NLM_F_ACK | flags);
	if (!message)
		return -ENOMEM;
	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	if (route->prefix_length)
		nla_put(message, RTA_DST, length, route->destination);
	if (route->has_gateway)
		nla_put(message, RTA_GATEWAY, length, route->gateway);
	if (route->has_source)
		nla_put(message, RTA_PREFSRC, length, route->source);
	nla_put_u32(message, RTA_OIF, route->ifindex);
	nla_put_u32(message, RTA_TABLE, route->table);
	if (route->metric)
		nla_put_u32(message, RTA_PRIORITY, route->metric);
	return fb_request(nl, message, NULL, NULL);
}

int fb_route_add(struct fb_nl *nl, const struct fb_route *route)
{
	return change_route(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
}

int fb_route_delete(struct fb_nl *nl, const struct fb_route *route)
{
	return change_route(nl, RTM_DELROUTE, 0, route);
}

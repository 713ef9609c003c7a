/* Receive filters by packet-socket memberships: the kernel counts them, and takes them back when the process dies. */
#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

#define ADDRESS_MAX 32

int fb_filter_open(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

int fb_filter_change(int fd, int ifindex, int kind, const uint8_t *address, uint32_t length, int add)
{
	/* struct packet_mreq with room for the 20 bytes of InfiniBand. */
	struct {
		int ifindex;
		uint16_t type, length;
		uint8_t address[ADDRESS_MAX];
	} membership = { .ifindex = ifindex, .type = kind, .length = length };

	if (length > ADDRESS_MAX)
		return -EINVAL;
	if (length)
		memcpy(membership.address, address, length);
	return setsockopt(fd, SOL_PACKET, add ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP, &membership, sizeof(membership)) ? -errno : 0;
}

/* Multi-queue TAP devices: the host's side of a bond. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "internal.h"

/* Linux 6.1; ignored by older kernels. */
#ifndef IFF_NO_CARRIER
#define IFF_NO_CARRIER 0x0040
#endif

int fb_tap_open(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE | IFF_VNET_HDR | IFF_NO_CARRIER };
	int header = FB_VNET_HDR_LEN;
	int fd, err;

	if (!*name || strlen(name) >= IFNAMSIZ)
		return -EINVAL;
	strcpy(request.ifr_name, name);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* The header's length is the device's, and a persistent one keeps what its last owner set. */
	if (ioctl(fd, TUNSETIFF, &request) || ioctl(fd, TUNSETVNETHDRSZ, &header)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int fb_tap_set_persistent(int fd, int persistent)
{
	return ioctl(fd, TUNSETPERSIST, (unsigned long)(persistent != 0)) ? -errno : 0;
}

int fb_tap_set_carrier(int fd, int carrier)
{
	int on = carrier != 0;

	return ioctl(fd, TUNSETCARRIER, &on) ? -errno : 0;
}

int fb_tap_set_link_type(int fd, int type)
{
	return ioctl(fd, TUNSETLINK, (unsigned long)type) ? -errno : 0;
}

int fb_tap_set_offload(int fd, uint32_t flags)
{
	return ioctl(fd, TUNSETOFFLOAD, (unsigned long)flags) ? -errno : 0;
}

int fb_tap_steer(int fd, uint32_t queues)
{
	struct bpf_object *object;
	int program, err;

	if (queues == 0)
		return -EINVAL;
	err = fb_bpf_open(fb_steer_object, fb_steer_object_end, "fb_steer", queues, &object);
	if (err)
		return err;
	err = bpf_object__load(object);
	if (!err) {
		program = fb_bpf_program_fd(object);
		if (ioctl(fd, TUNSETSTEERINGEBPF, &program))
			err = -errno;
	}
	/* The device holds the program now. */
	bpf_object__close(object);
	return err;
}

int fb_tap_read(int fd, uint8_t *memory, struct fb_frame *frames, uint32_t count, uint32_t capacity, uint8_t *overflow,
		uint32_t overflow_size)
{
	struct iovec parts[2] = { { .iov_len = FB_VNET_HDR_LEN + capacity }, { overflow, overflow_size } };
	uint32_t i;

	for (i = 0; i < count; i++) {
		uint8_t *start = memory + frames[i].address - FB_VNET_HDR_LEN;
		ssize_t length;

		parts[0].iov_base = start;
		length = readv(fd, parts, 2);
		if (length < 0) {
			if (i == 0 && errno != EAGAIN)
				return -errno;
			break;
		}
		frames[i].length = length - FB_VNET_HDR_LEN;
		frames[i].options = 0;
		if (((struct virtio_net_hdr *)start)->gso_type != VIRTIO_NET_HDR_GSO_NONE)
			return i + 1;
	}
	return i;
}

int fb_tap_write(int fd, uint8_t *memory, const struct fb_frame *frames, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		uint8_t *start = memory + frames[i].address - FB_VNET_HDR_LEN;

		memset(start, 0, FB_VNET_HDR_LEN);
		if (write(fd, start, FB_VNET_HDR_LEN + frames[i].length) < 0) {
			if (i == 0)
				return -errno;
			break;
		}
	}
	return i;
}

int fb_tap_write_gathered(int fd, const struct iovec *parts, const uint32_t *part_counts, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; parts += part_counts[i++]) {
		if (writev(fd, parts, part_counts[i]) < 0) {
			if (i == 0)
				return -errno;
			break;
		}
	}
	return i;
}

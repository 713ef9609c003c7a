/* ethtool by its ioctls. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "internal.h"

#define FEATURE_WORDS 4 /* 128 features; the kernel has 60 or so */

static int ethtool(int fd, const char *name, void *command)
{
	struct ifreq request = { .ifr_data = command };

	if (strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	strcpy(request.ifr_name, name);
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

int fb_ethtool_open(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int fb_ethtool_link(int fd, const char *name)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GLINK };
	int err = ethtool(fd, name, &value);

	return err ? err : value.data != 0;
}

int fb_ethtool_speed(int fd, const char *name, uint32_t *speed_mbps, uint32_t *duplex)
{
	/* Three bit sets of link modes follow the settings; their length in words is a signed byte. */
	struct {
		struct ethtool_link_settings settings;
		uint32_t modes[3 * 127];
	} request = { .settings.cmd = ETHTOOL_GLINKSETTINGS };
	int err = ethtool(fd, name, &request);

	if (err)
		return err;
	/* The first call answers only how many words there are, negated. */
	if (request.settings.link_mode_masks_nwords >= 0)
		return -EOPNOTSUPP;
	request.settings.cmd = ETHTOOL_GLINKSETTINGS;
	request.settings.link_mode_masks_nwords = -request.settings.link_mode_masks_nwords;
	err = ethtool(fd, name, &request);
	if (err)
		return err;

	*speed_mbps = request.settings.speed == (uint32_t)SPEED_UNKNOWN ? 0 : request.settings.speed;
	*duplex = request.settings.duplex == DUPLEX_HALF ? 1 : request.settings.duplex == DUPLEX_FULL ? 2 : 0;
	return 0;
}

int fb_ethtool_channels(int fd, const char *name, struct fb_channels *out)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	int err = ethtool(fd, name, &channels);

	if (err)
		return err;
	*out = (struct fb_channels){
		.rx = channels.rx_count,
		.tx = channels.tx_count,
		.combined = channels.combined_count,
		.max_rx = channels.max_rx,
		.max_tx = channels.max_tx,
		.max_combined = channels.max_combined,
	};
	return 0;
}

/* Index of a feature in the device's string set, or -errno; `words`: how many 32-bit words the whole set takes. */
static int feature_index(int fd, const char *name, const char *feature, uint32_t *words)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t count;
	} set = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES } };
	struct ethtool_gstrings *strings;
	uint32_t i;
	int err = ethtool(fd, name, &set);

	if (err)
		return err;
	if (!set.info.sset_mask)
		return -EOPNOTSUPP;
	strings = calloc(1, sizeof(*strings) + (size_t)set.count * ETH_GSTRING_LEN);
	if (!strings)
		return -ENOMEM;
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = set.count;
	err = ethtool(fd, name, strings);
	for (i = 0; !err && i < set.count; i++)
		if (!strncmp((char *)strings->data + (size_t)i * ETH_GSTRING_LEN, feature, ETH_GSTRING_LEN))
			break;
	free(strings);
	if (err)
		return err;
	*words = (set.count + 31) / 32;
	return i < set.count && *words <= FEATURE_WORDS ? (int)i : -ENOENT;
}

static int feature_is_active(int fd, const char *name, int index)
{
	struct {
		struct ethtool_gfeatures header;
		struct ethtool_get_features_block blocks[FEATURE_WORDS];
	} get = { .header = { .cmd = ETHTOOL_GFEATURES, .size = FEATURE_WORDS } };
	int err = ethtool(fd, name, &get);

	return err ? err : (int)(get.blocks[index / 32].active >> index % 32 & 1);
}

int fb_ethtool_feature_get(int fd, const char *name, const char *feature)
{
	uint32_t words;
	int index = feature_index(fd, name, feature, &words);

	return index < 0 ? index : feature_is_active(fd, name, index);
}

int fb_ethtool_feature_set(int fd, const char *name, const char *feature, int on)
{
	struct {
		struct ethtool_sfeatures header;
		struct ethtool_set_features_block blocks[FEATURE_WORDS];
	} set = { .header = { .cmd = ETHTOOL_SFEATURES } };
	/* Refused unless it has exactly the kernel's number of words. */
	int index = feature_index(fd, name, feature, &set.header.size);
	int err, active;

	if (index < 0)
		return index;
	set.blocks[index / 32].valid = 1U << index % 32;
	set.blocks[index / 32].requested = on ? 1U << index % 32 : 0;
	err = ethtool(fd, name, &set);
	if (err)
		return err;
	/* A feature that is fixed is left alone without an error. */
	active = feature_is_active(fd, name, index);
	if (active < 0)
		return active;
	return active == (on != 0) ? 0 : -EOPNOTSUPP;
}

int fb_ethtool_driver(int fd, const char *name, char *driver, int size)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	int err = ethtool(fd, name, &info);

	if (err)
		return err;
	if (size <= 0)
		return -EINVAL;
	strncpy(driver, info.driver, size - 1);
	driver[size - 1] = 0;
	return 0;
}

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/sched.h>
#include <linux/sched/types.h>

#include <bpf/bpf.h>
#include <xdp/libxdp.h>

#include "internal.h"

#define BUSY_RETRY_NS 2000000000LL
#define BUSY_PAUSE_NS 5000000L

static int print_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static int xdp_print_nothing(enum libxdp_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

/* Errors are answered, not printed: stderr is the program's log. */
__attribute__((constructor)) static void silence(void)
{
	libbpf_set_print(print_nothing);
	libxdp_set_print(xdp_print_nothing);
}

int fb_abi_sizes(uint32_t *sizes, int max)
{
	static const uint32_t all[] = {
		sizeof(struct fb_xsk_config), sizeof(struct fb_xsk_rings), sizeof(struct fb_xsk_statistics), sizeof(struct fb_frame),
		sizeof(struct fb_link), sizeof(struct fb_address), sizeof(struct fb_event), sizeof(struct fb_channels),
		sizeof(struct fb_route),
	};
	int count = sizeof(all) / sizeof(all[0]);

	memcpy(sizes, all, sizeof(all[0]) * (max < count ? max : count));
	return count;
}

int fb_memlock_unlimited(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_MEMLOCK, &limit) ? -errno : 0;
}

int fb_prioritize_thread(int nice, uint32_t slice_ns)
{
	struct sched_attr attributes = {
		.size = sizeof(attributes), .sched_policy = SCHED_NORMAL, .sched_flags = SCHED_FLAG_RESET_ON_FORK, .sched_nice = nice, .sched_runtime = slice_ns,
	};

	return syscall(SYS_sched_setattr, 0, &attributes, 0) ? -errno : 0;
}

static int64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int fb_retry_busy(int (*attempt)(void *context), void *context)
{
	const struct timespec pause = { .tv_nsec = BUSY_PAUSE_NS };
	int64_t deadline = now_ns() + BUSY_RETRY_NS;
	int err;

	while ((err = attempt(context)) == -EBUSY && now_ns() < deadline)
		nanosleep(&pause, NULL);
	return err;
}

int fb_bpf_open(const char *start, const char *end, const char *name, uint32_t constant, struct bpf_object **out)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name);
	struct bpf_object *object = bpf_object__open_mem(start, end - start, &options);
	struct bpf_map *rodata;
	int err;

	if (!object)
		return -errno;
	rodata = bpf_object__find_map_by_name(object, ".rodata");
	err = rodata ? bpf_map__set_initial_value(rodata, &constant, sizeof(constant)) : -ENOENT;
	if (err) {
		bpf_object__close(object);
		return err;
	}
	*out = object;
	return 0;
}

int fb_bpf_program_fd(struct bpf_object *object)
{
	struct bpf_program *program = bpf_object__next_program(object, NULL);

	return program ? bpf_program__fd(program) : -ENOENT;
}

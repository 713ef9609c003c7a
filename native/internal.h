/* What the files of the library share with each other. */
#ifndef FB_INTERNAL_H
#define FB_INTERNAL_H

#include <bpf/libbpf.h>

#include "fastbond.h"

/* The embedded BPF objects (bpf.S). */
extern const char fb_xdp_object[], fb_xdp_object_end[];
extern const char fb_steer_object[], fb_steer_object_end[];

/* Opens an embedded object, not yet loaded, and sets its constant `constant`. */
int fb_bpf_open(const char *start, const char *end, const char *name, uint32_t constant, struct bpf_object **out);
/* The file descriptor of the object's only program, once loaded. */
int fb_bpf_program_fd(struct bpf_object *object);

/*
 * Calls `attempt` until it answers something but -EBUSY, for at most 2 s. Programs, links and socket pools are freed by the kernel some
 * time after their last user has gone, and it tells nobody when it has: there is nothing to wait on but time.
 */
int fb_retry_busy(int (*attempt)(void *context), void *context);

/* Makes the program redirect the frames of `queue` to the socket. */
int fb_xdp_set_socket(struct fb_xdp *xdp, uint32_t queue, int fd);

#endif

// A loop that does nothing but read the clock, pinned: what the machine takes away from whoever spins on it.
//
//   spin CPU            answers a line on standard input, MICROSECONDS, by {"ns": [...], "counts": [...]}: how many readings lay so
//                       many nanoseconds (lower ends) after the one before.
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

// Each power of two in 32 parts, as the other side has them.
enum { PART_BITS = 5, PARTS = 1 << PART_BITS, BUCKETS = 64 * PARTS };

static uint64_t counts[BUCKETS];

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static unsigned bucket_of(uint64_t ns)
{
	if (ns < 2 * PARTS)
		return (unsigned)ns;
	unsigned shift = 63 - (unsigned)__builtin_clzll(ns) - PART_BITS;
	return shift * PARTS + (unsigned)(ns >> shift);
}

static uint64_t lowest_in(unsigned bucket)
{
	if (bucket < 2 * PARTS)
		return bucket;
	unsigned shift = bucket / PARTS - 1;
	return (uint64_t)(bucket - shift * PARTS) << shift;
}

static void print_array(const char *name, int values)
{
	const char *comma = "";
	printf("\"%s\": [", name);
	for (unsigned i = 0; i < BUCKETS; i++) {
		if (counts[i]) {
			printf("%s%llu", comma, (unsigned long long)(values ? lowest_in(i) : counts[i]));
			comma = ", ";
		}
	}
	printf("]");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: spin CPU\n");
		return 2;
	}
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) != 0) {
		perror("spin: sched_setaffinity");
		return 1;
	}
	if (setpriority(PRIO_PROCESS, 0, -20) != 0)
		perror("spin: nice stays as it is");
	printf("{\"program\": \"an empty C loop\"}\n");
	fflush(stdout);

	char line[64];
	while (fgets(line, sizeof(line), stdin)) {
		memset(counts, 0, sizeof(counts));
		uint64_t last = now(), end = last + strtoull(line, NULL, 10) * 1000;
		while (last < end) {
			uint64_t next = now();
			counts[bucket_of(next - last)]++;
			last = next;
		}
		printf("{");
		print_array("ns", 1);
		printf(", ");
		print_array("counts", 0);
		printf("}\n");
		fflush(stdout);
	}
	return 0;
}

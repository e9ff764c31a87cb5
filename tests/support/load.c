/* SPDX-License-Identifier: MIT */
/* load CPU CALLS [getppid|alloc]: makes CALLS calls of sched_get_priority_max, which nothing else calls, on CPU; prints
 * the nanoseconds that one took. With `getppid` it makes calls of that, which do nothing at all, instead; with `alloc` it
 * also maps, touches and unmaps memory and yields now and then. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **words)
{
	if (count < 3)
		return 2;
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(atoi(words[1]), &set);
	if (sched_setaffinity(0, sizeof set, &set))
		return 1;
	long calls = atol(words[2]);
	int alloc = count > 3 && !strcmp(words[3], "alloc");
	long number = count > 3 && !strcmp(words[3], "getppid") ? SYS_getppid : SYS_sched_get_priority_max;
	struct timespec begin, end;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (long i = 0; i < calls; i++) {
		syscall(number, SCHED_FIFO);
		if (alloc && i % 64 == 0) {
			char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			page[0] = 1;
			munmap(page, 4096);
			sched_yield();
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.1f\n", ((end.tv_sec - begin.tv_sec) * 1e9 + end.tv_nsec - begin.tv_nsec) / calls);
	return 0;
}

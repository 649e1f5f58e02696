/* Preloaded into a server under test: makes the disk fail, or the clock lie, as the file named by FAULTS_FILE says.

   The file holds struct faults and is mapped, so that a change counts at once in every process that has it. Only files
   below the folder FAULTS_FOLDER whose path contains `name` are concerned. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct faults {
    int64_t sync_errno;    /* what fsync and fdatasync fail with, 0: they do not */
    int64_t write_errno;   /* what writing and making a file longer fails with */
    int64_t clock_seconds; /* added to the time of day */
    char name[104];
};

static const volatile struct faults *asked;
static const char *folder;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("FAULTS_FILE");
    folder = getenv("FAULTS_FOLDER");
    int descriptor = file && folder ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor < 0) return;
    void *mapped = mmap(NULL, sizeof(struct faults), PROT_READ, MAP_SHARED, descriptor, 0);
    if (mapped != MAP_FAILED) asked = mapped;
    close(descriptor);
}

static int concerns(int descriptor) {
    char link[64], path[PATH_MAX + 1];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX);
    if (length <= 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0 && strstr(path, (const char *)asked->name) != NULL;
}

static int fails(int64_t error, int descriptor) {
    if (error == 0 || !concerns(descriptor)) return 0;
    errno = (int)error;
    return 1;
}

#define SYNC_FAILS(descriptor) (asked && fails(asked->sync_errno, descriptor))
#define WRITE_FAILS(descriptor) (asked && fails(asked->write_errno, descriptor))
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int descriptor) { return SYNC_FAILS(descriptor) ? -1 : REAL(fsync)(descriptor); }

int fdatasync(int descriptor) { return SYNC_FAILS(descriptor) ? -1 : REAL(fdatasync)(descriptor); }

ssize_t write(int descriptor, const void *bytes, size_t count) {
    return WRITE_FAILS(descriptor) ? -1 : REAL(write)(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return WRITE_FAILS(descriptor) ? -1 : REAL(pwrite)(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return WRITE_FAILS(descriptor) ? -1 : REAL(pwrite64)(descriptor, bytes, count, offset);
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    int result = REAL(gettimeofday)(time, zone);
    if (asked) time->tv_sec += asked->clock_seconds;
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = REAL(clock_gettime);
    int result = real(clock, time);
    if (asked && clock == CLOCK_REALTIME) time->tv_sec += asked->clock_seconds;
    return result;
}

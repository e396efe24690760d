/* A disk that fails on command. Loaded in front of the C library, it lets every call pass but those that the file named
 * by FAULT_CONTROL describes in one line: ACTION PART FROM. ACTION is `full` (writing says ENOSPC), `broken` (flushing
 * says EIO) or `kill` (the process kills itself before any of both); PART is a piece of the path of the file that is
 * written; the FROM-th such call of a process and all later ones fail. Without the file nothing fails.
 *
 * What a library writes through memory is not seen before it is flushed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static int fails(int fd, const char *path, int flushing) {
    char line[512] = "", action[16] = "", part[256] = "", link[64], found[4096] = "";
    const char *control = getenv("FAULT_CONTROL");
    long from = 1;
    int file, saved = errno;
    if (control == NULL || (file = syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC)) < 0) {
        errno = saved;
        return 0;
    }
    long length = syscall(SYS_read, file, line, sizeof line - 1);
    syscall(SYS_close, file);
    errno = saved;
    if (length <= 0 || sscanf(line, "%15s %255s %ld", action, part, &from) < 2)
        return 0;
    if (path == NULL) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, found, sizeof found - 1);
        errno = saved;
        path = length > 0 ? found : "";
    }
    if (strstr(path, part) == NULL)
        return 0;
    int kills = strcmp(action, "kill") == 0;
    if (!kills && flushing != (strcmp(action, "broken") == 0))
        return 0;
    if (atomic_fetch_add(&calls, 1) + 1 < from)
        return 0;
    if (kills)
        kill(getpid(), SIGKILL);
    errno = flushing ? EIO : ENOSPC;
    return 1;
}

#define WRITES(name, result, params, ...)                                                                              \
    result name params {                                                                                               \
        static result(*next) params;                                                                                   \
        if (next == NULL)                                                                                              \
            next = dlsym(RTLD_NEXT, #name);                                                                            \
        return fails(fd, NULL, 0) ? -1 : next(__VA_ARGS__);                                                            \
    }

WRITES(write, ssize_t, (int fd, const void *data, size_t size), fd, data, size)
WRITES(pwrite, ssize_t, (int fd, const void *data, size_t size, off_t at), fd, data, size, at)
WRITES(pwrite64, ssize_t, (int fd, const void *data, size_t size, off64_t at), fd, data, size, at)
WRITES(writev, ssize_t, (int fd, const struct iovec *parts, int count), fd, parts, count)
WRITES(ftruncate, int, (int fd, off_t size), fd, size)
WRITES(ftruncate64, int, (int fd, off64_t size), fd, size)
WRITES(fallocate, int, (int fd, int mode, off_t at, off_t size), fd, mode, at, size)
WRITES(fallocate64, int, (int fd, int mode, off64_t at, off64_t size), fd, mode, at, size)

#define FLUSHES(name)                                                                                                  \
    int name(int fd) {                                                                                                 \
        static int (*next)(int);                                                                                       \
        if (next == NULL)                                                                                              \
            next = dlsym(RTLD_NEXT, #name);                                                                            \
        return fails(fd, NULL, 1) ? -1 : next(fd);                                                                     \
    }

FLUSHES(fsync)
FLUSHES(fdatasync)

/* The path of the file that is mapped at `address`; empty when there is none. */
static void mapped(const void *address, char *path, size_t size) {
    char line[4608];
    unsigned long first, last;
    FILE *maps = fopen("/proc/self/maps", "re");
    path[0] = 0;
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        char *named = strchr(line, '/');
        if (sscanf(line, "%lx-%lx", &first, &last) == 2 && named != NULL && (unsigned long)address >= first &&
            (unsigned long)address < last) {
            snprintf(path, size, "%s", named);
            break;
        }
    }
    if (maps != NULL)
        fclose(maps);
}

int msync(void *address, size_t size, int flags) {
    static int (*next)(void *, size_t, int);
    char path[4096];
    if (next == NULL)
        next = dlsym(RTLD_NEXT, "msync");
    mapped(address, path, sizeof path);
    return fails(-1, path, 1) ? -1 : next(address, size, flags);
}

int rename(const char *from, const char *to) {
    static int (*next)(const char *, const char *);
    if (next == NULL)
        next = dlsym(RTLD_NEXT, "rename");
    return fails(-1, to, 0) ? -1 : next(from, to);
}

int mkdir(const char *path, mode_t mode) {
    static int (*next)(const char *, mode_t);
    if (next == NULL)
        next = dlsym(RTLD_NEXT, "mkdir");
    return fails(-1, path, 0) ? -1 : next(path, mode);
}

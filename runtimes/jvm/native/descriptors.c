/*
 * What Java cannot do by itself with the channel: receive and close descriptors, and write without SIGPIPE.
 * Primitives only, so that it needs no jni.h: `env` and `class` are not looked at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 16 };

static void await(int fd, short events)
{
    struct pollfd one = { .fd = fd, .events = events };
    poll(&one, 1, -1);
}

/* Bytes read (0 at the end, -1 for an error) | descriptors << 32; these are stored at `into`, which has room for 16. */
int64_t Java_dev_nest_host_channel_Descriptors_receive(void *env, void *class, int32_t fd, int64_t at, int32_t size,
                                                       int64_t into)
{
    char control[CMSG_SPACE(MOST * sizeof(int))];
    struct iovec part = { .iov_base = (void *)(intptr_t)at, .iov_len = (size_t)size };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control };
    int64_t count = 0;
    ssize_t bytes;
    do {
        message.msg_controllen = sizeof control;
        bytes = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        if (bytes < 0 && errno == EAGAIN) await(fd, POLLIN);
    } while (bytes < 0 && (errno == EINTR || errno == EAGAIN));
    if (bytes < 0) return -1;
    for (struct cmsghdr *it = CMSG_FIRSTHDR(&message); it; it = CMSG_NXTHDR(&message, it)) {
        if (it->cmsg_level != SOL_SOCKET || it->cmsg_type != SCM_RIGHTS) continue;
        count = (int64_t)((it->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy((void *)(intptr_t)into, CMSG_DATA(it), (size_t)count * sizeof(int));
    }
    return (int64_t)(uint32_t)bytes | count << 32;
}

/* 0, or -1 when the other end is gone. */
int32_t Java_dev_nest_host_channel_Descriptors_send(void *env, void *class, int32_t fd, int64_t at, int32_t size)
{
    const char *rest = (const char *)(intptr_t)at;
    while (size > 0) {
        ssize_t sent = send(fd, rest, (size_t)size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) await(fd, POLLOUT);
        else if (sent < 0 && errno != EINTR) return -1;
        else if (sent > 0) rest += sent, size -= (int32_t)sent;
    }
    return 0;
}

void Java_dev_nest_host_channel_Descriptors_close(void *env, void *class, int32_t fd)
{
    close(fd);
}

/* Waits in `write` instead of failing: for a pipe that the other side has made non-blocking. */
void Java_dev_nest_host_channel_Descriptors_block(void *env, void *class, int32_t fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK)) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

/* Java opens some without saying so (a socket pair of its own); nothing is to outlive an exec. */
void Java_dev_nest_host_channel_Descriptors_closeAllOnExecute(void *env, void *class, int32_t most)
{
    for (int fd = 3; fd < most; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags >= 0) fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
    }
}

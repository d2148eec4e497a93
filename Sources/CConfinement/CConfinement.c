#define _GNU_SOURCE
#include "CConfinement.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static int outcome(long result) { return result < 0 ? errno : 0; }

uint32_t nest_seccomp_errno(int error) { return SCMP_ACT_ERRNO((uint32_t)error); }

struct scmp_arg_cmp nest_seccomp_equal(unsigned argument, uint64_t value) {
    return (struct scmp_arg_cmp){.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value};
}

struct scmp_arg_cmp nest_seccomp_masked_equal(unsigned argument, uint64_t mask, uint64_t value) {
    return (struct scmp_arg_cmp){.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

int nest_set_no_new_privs(void) { return outcome(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }

int nest_set_dumpable(bool dumpable) { return outcome(prctl(PR_SET_DUMPABLE, dumpable ? 1 : 0, 0, 0, 0)); }

int nest_set_parent_death_signal(int signal) { return outcome(prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)); }

int nest_get_no_new_privs(void) {
    int value = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    return value < 0 ? -errno : value;
}

int nest_drop_bounding(int capability) { return outcome(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)); }

int nest_has_bounding(int capability) {
    int value = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    return value < 0 ? -errno : value;
}

int nest_clear_ambient(void) { return outcome(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)); }

int nest_set_user(uid_t uid) { return outcome(setresuid(uid, uid, uid)); }

int nest_set_group(gid_t gid) { return outcome(setresgid(gid, gid, gid)); }

int nest_set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return outcome(setrlimit(resource, &limit));
}

int nest_get_limit(int resource, uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0) return errno;
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return 0;
}

int nest_close_range(unsigned first, unsigned last) { return outcome(syscall(SYS_close_range, first, last, 0)); }

int nest_map_at(uintptr_t address, size_t length) {
    void *wanted = (void *)address;
    void *got = mmap(wanted, length, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == MAP_FAILED) return errno;
    if (got == wanted) return 0;
    // A kernel before 4.17 takes the address for a hint.
    munmap(got, length);
    return EEXIST;
}

int nest_probe_forbidden_call(void) { return outcome(personality(0xffffffff)); }

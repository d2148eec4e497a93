// What Swift cannot call by itself: macros of libseccomp, variadic system calls, and calls that glibc hides behind
// _GNU_SOURCE. Policy lives in the Swift module Confinement; nothing here decides anything.
#pragma once

#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/types.h>

/// SCMP_ACT_ERRNO is a function-like macro, which Swift does not import.
uint32_t nest_seccomp_errno(int error);

/// A comparison of one argument of a system call with a value (SCMP_CMP_EQ), after masking (SCMP_CMP_MASKED_EQ).
struct scmp_arg_cmp nest_seccomp_equal(unsigned argument, uint64_t value);
struct scmp_arg_cmp nest_seccomp_masked_equal(unsigned argument, uint64_t mask, uint64_t value);

/// prctl(2), each returning 0 or the errno.
int nest_set_no_new_privs(void);
int nest_set_dumpable(bool dumpable);
int nest_set_parent_death_signal(int signal);
/// The value of NoNewPrivs of this thread, or a negative errno.
int nest_get_no_new_privs(void);

/// Takes a capability from the bounding set; 0 or the errno.
int nest_drop_bounding(int capability);
/// 1 when the capability is in the bounding set, 0 when not, a negative errno when the kernel does not know it.
int nest_has_bounding(int capability);
/// Empties the ambient set; 0 or the errno.
int nest_clear_ambient(void);

/// Real, effective and saved ids at once; 0 or the errno.
int nest_set_user(uid_t uid);
int nest_set_group(gid_t gid);

/// setrlimit(2) and getrlimit(2) by number; 0 or the errno.
int nest_set_limit(int resource, uint64_t soft, uint64_t hard);
int nest_get_limit(int resource, uint64_t *soft, uint64_t *hard);

/// Closes the descriptors `first...last` (close_range(2)); 0 or the errno.
int nest_close_range(unsigned first, unsigned last);

/// Maps `length` zeroed bytes at exactly `address` if nothing is there (MAP_FIXED_NOREPLACE); 0 or the errno.
int nest_map_at(uintptr_t address, size_t length);

/// A harmless system call that no profile allows: 0 when the kernel answered it, else the errno.
int nest_probe_forbidden_call(void);

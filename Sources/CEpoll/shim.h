// epoll(7), which Swift's module map of glibc leaves out.
#pragma once
#include <sys/epoll.h>

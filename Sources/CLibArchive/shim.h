#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

/// Reads names as UTF-8 on this thread, whatever the process's locale is; returns what to give back, or NULL.
static inline locale_t nest_use_utf8(locale_t *previous) {
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8) *previous = uselocale(utf8);
    return utf8;
}

static inline void nest_restore_locale(locale_t utf8, locale_t previous) {
    if (!utf8) return;
    uselocale(previous);
    freelocale(utf8);
}

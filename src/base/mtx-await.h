/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Awaiting, in a way that survives cancellation with every libdex we support.
 *
 * libdex before 1.0 loses track of a fiber that is discarded and whose awaited future completes before the
 * fiber runs again: its queues break, and with them every other fiber. So ours are never discarded; each of
 * their awaits ends when the fiber is no longer wanted. The names below make that so wherever a fiber awaits.
 */
#pragma once

#include <libdex.h>

G_BEGIN_DECLS

gboolean  mtx_await         (DexFuture  *future,
                             GError    **error);
gboolean  mtx_await_boolean (DexFuture  *future,
                             GError    **error);
gpointer  mtx_await_boxed   (DexFuture  *future,
                             GError    **error);
int       mtx_await_int     (DexFuture  *future,
                             GError    **error);
gint64    mtx_await_int64   (DexFuture  *future,
                             GError    **error);
gpointer  mtx_await_object  (DexFuture  *future,
                             GError    **error);
char     *mtx_await_string  (DexFuture  *future,
                             GError    **error);
guint     mtx_await_uint    (DexFuture  *future,
                             GError    **error);
GVariant *mtx_await_variant (DexFuture  *future,
                             GError    **error);

#define dex_await(future, error)         mtx_await (future, error)
#define dex_await_boolean(future, error) mtx_await_boolean (future, error)
#define dex_await_boxed(future, error)   mtx_await_boxed (future, error)
#define dex_await_int(future, error)     mtx_await_int (future, error)
#define dex_await_int64(future, error)   mtx_await_int64 (future, error)
#define dex_await_object(future, error)  mtx_await_object (future, error)
#define dex_await_string(future, error)  mtx_await_string (future, error)
#define dex_await_uint(future, error)    mtx_await_uint (future, error)
#define dex_await_variant(future, error) mtx_await_variant (future, error)

/* Whoever needs one of these adds it above. */
#pragma GCC poison dex_await_double dex_await_enum dex_await_fd dex_await_flags
#pragma GCC poison dex_await_float dex_await_pointer dex_await_uint64

G_END_DECLS

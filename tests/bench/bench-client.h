/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The app without its screens, on a fake homeserver: what several benchmarks begin with. All of it is for
 * fibers; a wait that takes too long ends the program.
 */
#pragma once

#include "mtx-timeline-item.h"
#include "sup-client-list.h"

G_BEGIN_DECLS

SupClient *bench_client_start           (SupClientList *clients,
                                         const char    *homeserver_url,
                                         const char    *support_id);
void       bench_client_send            (SupClient     *client,
                                         const char    *body);
void       bench_client_await_sent      (SupClient     *client);
void       bench_client_await_last_body (SupClient     *client,
                                         const char    *prefix);

G_END_DECLS

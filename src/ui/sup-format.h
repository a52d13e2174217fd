/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values into words, for bindings: dates, states, codes. Pure functions that touch no widget.
 */
#pragma once

#include "sup-conversation.h"
#include "mtx-room-types.h"

G_BEGIN_DECLS

char *sup_format_time               (GDateTime     *time);
char *sup_format_day                (GDateTime     *time,
                                     GDateTime     *now);
char *sup_format_date_time          (GDateTime     *time);
char *sup_format_send_state         (MtxSendState   state);
char *sup_format_body               (MtxItemKind    kind,
                                     const char    *body,
                                     MtxDecryption  reason,
                                     const char    *withheld_code,
                                     gboolean       is_late);
char *sup_format_notice             (MtxNoticeType  notice,
                                     const char    *subject,
                                     gboolean       own);
char *sup_format_shield             (MtxShield      shield);
char *sup_format_encryption         (SupEncryption  encryption);
char *sup_format_encryption_meaning (SupEncryption  encryption);

G_END_DECLS

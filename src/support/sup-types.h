/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Forward names of the app's own nouns.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _SupClient       SupClient;
typedef struct _SupClientList   SupClientList;
typedef struct _SupConversation SupConversation;
typedef struct _SupFeed         SupFeed;
typedef struct _SupFeedItem     SupFeedItem;
typedef struct _SupIdentity     SupIdentity;
typedef struct _SupSecurity     SupSecurity;
typedef struct _SupVerification SupVerification;

/* Described in secret/; here it is only handed down. */
typedef struct _MtxKeyring      MtxKeyring;

G_END_DECLS

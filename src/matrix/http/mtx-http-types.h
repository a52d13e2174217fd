/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Forward names of the types of http/ and session/, so that headers rarely need one another.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

typedef struct _MtxHttp         MtxHttp;
typedef struct _MtxRequest      MtxRequest;
typedef struct _MtxReply        MtxReply;
typedef struct _MtxTokens       MtxTokens;
typedef struct _MtxSession      MtxSession;
typedef struct _MtxAccountHints MtxAccountHints;

G_END_DECLS

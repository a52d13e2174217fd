/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Forward names of the base types, so that headers rarely need one another.
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include "mtx-await.h"

G_BEGIN_DECLS

typedef struct _MtxBackoff     MtxBackoff;
typedef struct _MtxJsonLimits  MtxJsonLimits;
typedef struct _MtxSecretBytes MtxSecretBytes;
typedef struct _MtxUserId      MtxUserId;
typedef struct _MtxRoomId      MtxRoomId;
typedef struct _MtxRoomAlias   MtxRoomAlias;
typedef struct _MtxEventId     MtxEventId;
typedef struct _MtxDeviceId    MtxDeviceId;
typedef struct _MtxWorker      MtxWorker;

G_END_DECLS

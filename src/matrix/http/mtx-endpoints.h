/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every request of the client-server API that we make, once: method, path and the version of the
 * specification that has it. A name in braces is filled by mtx_request_new (), percent-encoded, in order.
 * "r0" below means: older than v1.1, unchanged since. Do not gate on versions, probe (protocol.md § 2).
 */
#pragma once

/* Discovery and versions */
#define MTX_ENDPOINT_WELL_KNOWN      "GET /.well-known/matrix/client"   /* r0.4 */
#define MTX_ENDPOINT_VERSIONS        "GET /_matrix/client/versions"     /* r0 */
#define MTX_ENDPOINT_AUTH_METADATA   "GET /_matrix/client/v1/auth_metadata" /* v1.15 */

/* Account and session */
#define MTX_ENDPOINT_REGISTER        "POST /_matrix/client/v3/register" /* r0 */
#define MTX_ENDPOINT_LOGIN           "POST /_matrix/client/v3/login"    /* r0 */
#define MTX_ENDPOINT_WHOAMI          "GET /_matrix/client/v3/account/whoami" /* r0 */
#define MTX_ENDPOINT_LOGOUT          "POST /_matrix/client/v3/logout"   /* r0 */
#define MTX_ENDPOINT_REFRESH         "POST /_matrix/client/v3/refresh"  /* v1.3 */

/* End-to-end encryption keys */
#define MTX_ENDPOINT_KEYS_UPLOAD           "POST /_matrix/client/v3/keys/upload"                /* r0 */
#define MTX_ENDPOINT_KEYS_QUERY            "POST /_matrix/client/v3/keys/query"                 /* r0 */
#define MTX_ENDPOINT_KEYS_CLAIM            "POST /_matrix/client/v3/keys/claim"                 /* r0 */
#define MTX_ENDPOINT_KEYS_CHANGES          "GET /_matrix/client/v3/keys/changes"                /* r0 */
#define MTX_ENDPOINT_DEVICE_SIGNING_UPLOAD "POST /_matrix/client/v3/keys/device_signing/upload" /* v1.1 */
#define MTX_ENDPOINT_SIGNATURES_UPLOAD     "POST /_matrix/client/v3/keys/signatures/upload"     /* v1.1 */
#define MTX_ENDPOINT_SEND_TO_DEVICE        "PUT /_matrix/client/v3/sendToDevice/{eventType}/{txnId}" /* r0 */

/* Key backup */
#define MTX_ENDPOINT_BACKUP_VERSION     "GET /_matrix/client/v3/room_keys/version"                     /* v1.1 */
#define MTX_ENDPOINT_BACKUP_VERSION_NEW "POST /_matrix/client/v3/room_keys/version"                    /* v1.1 */
#define MTX_ENDPOINT_BACKUP_KEYS        "GET /_matrix/client/v3/room_keys/keys"                        /* v1.1 */
#define MTX_ENDPOINT_BACKUP_KEYS_PUT    "PUT /_matrix/client/v3/room_keys/keys"                        /* v1.1 */
#define MTX_ENDPOINT_BACKUP_KEY         "GET /_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}"   /* v1.1 */

/* Sync and account data */
#define MTX_ENDPOINT_SYNC             "GET /_matrix/client/v3/sync"                              /* r0 */
#define MTX_ENDPOINT_FILTER           "POST /_matrix/client/v3/user/{userId}/filter"             /* r0 */
#define MTX_ENDPOINT_ACCOUNT_DATA     "GET /_matrix/client/v3/user/{userId}/account_data/{type}" /* r0 */
#define MTX_ENDPOINT_ACCOUNT_DATA_PUT "PUT /_matrix/client/v3/user/{userId}/account_data/{type}" /* r0 */

/* Rooms */
#define MTX_ENDPOINT_CREATE_ROOM    "POST /_matrix/client/v3/createRoom"                                   /* r0 */
#define MTX_ENDPOINT_JOIN           "POST /_matrix/client/v3/join/{roomIdOrAlias}"                         /* r0; via: v1.12 */
#define MTX_ENDPOINT_LEAVE          "POST /_matrix/client/v3/rooms/{roomId}/leave"                          /* r0 */
#define MTX_ENDPOINT_JOINED_ROOMS   "GET /_matrix/client/v3/joined_rooms"                                           /* r0 */
#define MTX_ENDPOINT_DIRECTORY_ROOM "GET /_matrix/client/v3/directory/room/{roomAlias}"                    /* r0 */
#define MTX_ENDPOINT_STATE          "GET /_matrix/client/v3/rooms/{roomId}/state"                          /* r0 */
#define MTX_ENDPOINT_STATE_EVENT    "GET /_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}"   /* r0 */
#define MTX_ENDPOINT_MEMBERS        "GET /_matrix/client/v3/rooms/{roomId}/members"                        /* r0 */
#define MTX_ENDPOINT_MESSAGES       "GET /_matrix/client/v3/rooms/{roomId}/messages"                       /* r0 */
#define MTX_ENDPOINT_SEND           "PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}"       /* r0 */
#define MTX_ENDPOINT_RECEIPT        "POST /_matrix/client/v3/rooms/{roomId}/receipt/{receiptType}/{eventId}" /* r0 */

/* Media */
#define MTX_ENDPOINT_MEDIA_UPLOAD          "POST /_matrix/media/v3/upload"                             /* r0 */
#define MTX_ENDPOINT_MEDIA_DOWNLOAD        "GET /_matrix/client/v1/media/download/{serverName}/{mediaId}" /* v1.11 */
#define MTX_ENDPOINT_MEDIA_DOWNLOAD_LEGACY "GET /_matrix/media/v3/download/{serverName}/{mediaId}"     /* r0, frozen by v1.11 */

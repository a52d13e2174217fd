/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small homeserver inside the test process, on loopback. By itself it behaves as the specification says
 * and remembers accounts, keys, rooms and messages. A test may answer instead of it, rewrite what it
 * answers, let requests fail in every way a network knows, and read afterwards what was asked.
 */
#pragma once

#include "mtx-types.h"

G_BEGIN_DECLS

#define MTX_FAKE_SERVER_NAME "fake.example"

typedef struct _MtxFakeRequest MtxFakeRequest;
typedef struct _MtxFakeAnswer  MtxFakeAnswer;

/* One request as it came in. The log keeps all of them, in order. */
struct _MtxFakeRequest
{
  char       *method;
  char       *path;      /* percent-encoded, without query */
  GHashTable *query;     /* name → value, decoded; the last of a name wins */
  GHashTable *headers;   /* lower-case name → value */
  JsonObject *body;      /* NULL if there was no JSON object */
  GBytes     *bytes;     /* the body as it came */
  char       *user_id;   /* who the token belongs to, or NULL */
  char       *device_id;
};

/* What goes back. */
struct _MtxFakeAnswer
{
  guint       status;
  JsonObject *body;         /* JSON, or NULL for bytes */
  GBytes     *bytes;
  char       *content_type; /* of bytes */
  GHashTable *headers;      /* name → value */
};

/* Answers @request instead of the server and returns TRUE, or leaves it to the server. */
typedef gboolean (*MtxFakeOverride) (const MtxFakeRequest *request,
                                     MtxFakeAnswer        *answer,
                                     gpointer              data);

/* Changes what the server is about to answer, as a malicious one would. @answer belongs to the callee. */
typedef void (*MtxFakeRewrite) (const MtxFakeRequest *request,
                                MtxFakeAnswer        *answer,
                                gpointer              data);

typedef enum
{
  MTX_FAKE_DROP_NONE,
  MTX_FAKE_DROP_BEFORE, /* the connection breaks and the server knows nothing */
  MTX_FAKE_DROP_AFTER,  /* the server did it, but the answer is lost */
  MTX_FAKE_TRUNCATE,    /* the server did it, and half the answer arrives */
} MtxFakeDrop;

/* How requests fail. Zero fields mean "as usual". */
typedef struct
{
  guint       skip;           /* let so many through first */
  guint       times;          /* then fail so many; 0: all */
  guint       status;         /* answer this, without doing anything */
  const char *errcode;        /* with this */
  gint64      retry_after_ms; /* in the body */
  const char *retry_after;    /* as header */
  guint       delay_ms;       /* before the answer */
  MtxFakeDrop drop;
} MtxFakeFault;

#define MTX_TYPE_FAKE_HOMESERVER (mtx_fake_homeserver_get_type ())

G_DECLARE_FINAL_TYPE (MtxFakeHomeserver, mtx_fake_homeserver, MTX, FAKE_HOMESERVER, GObject)

MtxFakeHomeserver    *mtx_fake_homeserver_new            (void);
const char           *mtx_fake_homeserver_get_base_url   (MtxFakeHomeserver    *self);

/* How it behaves. Patterns are globs on the encoded path, such as "*" "/keys/query"; a NULL method is any. */
void                  mtx_fake_homeserver_set_latency    (MtxFakeHomeserver    *self,
                                                          guint                 latency_ms);
void                  mtx_fake_homeserver_set_flows      (MtxFakeHomeserver    *self,
                                                          const char           *flows);
void                  mtx_fake_homeserver_set_registration_token (MtxFakeHomeserver *self,
                                                                  const char        *token);
void                  mtx_fake_homeserver_set_state_after (MtxFakeHomeserver   *self,
                                                           gboolean             supported);
void                  mtx_fake_homeserver_override       (MtxFakeHomeserver    *self,
                                                          const char           *method,
                                                          const char           *pattern,
                                                          MtxFakeOverride       func,
                                                          gpointer              data,
                                                          GDestroyNotify        destroy);
void                  mtx_fake_homeserver_rewrite        (MtxFakeHomeserver    *self,
                                                          const char           *method,
                                                          const char           *pattern,
                                                          MtxFakeRewrite        func,
                                                          gpointer              data,
                                                          GDestroyNotify        destroy);
void                  mtx_fake_homeserver_fault          (MtxFakeHomeserver    *self,
                                                          const char           *method,
                                                          const char           *pattern,
                                                          const MtxFakeFault   *fault);
void                  mtx_fake_homeserver_clear_faults   (MtxFakeHomeserver    *self);
void                  mtx_fake_answer_json               (MtxFakeAnswer        *answer,
                                                          guint                 status,
                                                          const char           *json);
void                  mtx_fake_answer_error              (MtxFakeAnswer        *answer,
                                                          guint                 status,
                                                          const char           *errcode);

/* What it was asked. */
guint                 mtx_fake_homeserver_count_requests (MtxFakeHomeserver    *self,
                                                          const char           *method,
                                                          const char           *pattern);
const MtxFakeRequest *mtx_fake_homeserver_get_request    (MtxFakeHomeserver    *self,
                                                          const char           *method,
                                                          const char           *pattern,
                                                          guint                 index);
GPtrArray            *mtx_fake_homeserver_get_log        (MtxFakeHomeserver    *self);
const char           *mtx_fake_request_get_header        (const MtxFakeRequest *request,
                                                          const char           *name);

/* Accounts. */
char                 *mtx_fake_homeserver_add_user       (MtxFakeHomeserver    *self,
                                                          const char           *localpart,
                                                          const char           *device_id);
gboolean              mtx_fake_homeserver_has_user       (MtxFakeHomeserver    *self,
                                                          const char           *user_id);
guint                 mtx_fake_homeserver_count_users    (MtxFakeHomeserver    *self);
guint                 mtx_fake_homeserver_count_devices  (MtxFakeHomeserver    *self,
                                                          const char           *user_id);
void                  mtx_fake_homeserver_expire_token   (MtxFakeHomeserver    *self,
                                                          const char           *token,
                                                          gboolean              soft_logout);
void                  mtx_fake_homeserver_remove_device  (MtxFakeHomeserver    *self,
                                                          const char           *user_id,
                                                          const char           *device_id);

/* Keys and messages between devices. */
JsonObject           *mtx_fake_homeserver_get_device_keys (MtxFakeHomeserver   *self,
                                                           const char          *user_id,
                                                           const char          *device_id);
JsonObject           *mtx_fake_homeserver_get_cross_signing_key (MtxFakeHomeserver *self,
                                                                 const char        *user_id,
                                                                 const char        *usage);
guint                 mtx_fake_homeserver_count_one_time_keys (MtxFakeHomeserver *self,
                                                               const char        *user_id,
                                                               const char        *device_id);
void                  mtx_fake_homeserver_drop_one_time_keys (MtxFakeHomeserver *self,
                                                              const char        *user_id,
                                                              const char        *device_id);
void                  mtx_fake_homeserver_send_to_device (MtxFakeHomeserver    *self,
                                                          const char           *sender,
                                                          const char           *user_id,
                                                          const char           *device_id,
                                                          const char           *type,
                                                          JsonObject           *content);

/* Key backups. */
void                  mtx_fake_homeserver_add_backup     (MtxFakeHomeserver    *self,
                                                          const char           *user_id,
                                                          JsonObject           *info);
void                  mtx_fake_homeserver_delete_backup  (MtxFakeHomeserver    *self,
                                                          const char           *user_id);
JsonObject           *mtx_fake_homeserver_get_backup     (MtxFakeHomeserver    *self,
                                                          const char           *user_id,
                                                          const char          **version);
GHashTable           *mtx_fake_homeserver_get_backup_keys (MtxFakeHomeserver   *self,
                                                           const char          *user_id);

/* Rooms. A member event is an ordinary state event. */
char                 *mtx_fake_homeserver_create_room    (MtxFakeHomeserver    *self,
                                                          const char           *creator,
                                                          const char           *alias,
                                                          gboolean              world_readable);
char                 *mtx_fake_homeserver_send_event     (MtxFakeHomeserver    *self,
                                                          const char           *room_id,
                                                          const char           *sender,
                                                          const char           *type,
                                                          const char           *state_key,
                                                          JsonObject           *content);
void                  mtx_fake_homeserver_set_member     (MtxFakeHomeserver    *self,
                                                          const char           *room_id,
                                                          const char           *user_id,
                                                          const char           *membership);
JsonObject           *mtx_fake_homeserver_get_state      (MtxFakeHomeserver    *self,
                                                          const char           *room_id,
                                                          const char           *type,
                                                          const char           *state_key);
GPtrArray            *mtx_fake_homeserver_get_events     (MtxFakeHomeserver    *self,
                                                          const char           *room_id,
                                                          const char           *type);
guint                 mtx_fake_homeserver_count_rooms    (MtxFakeHomeserver    *self);
JsonObject           *mtx_fake_homeserver_get_account_data (MtxFakeHomeserver  *self,
                                                            const char         *user_id,
                                                            const char         *type);

G_END_DECLS

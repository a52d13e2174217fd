/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of the fake homeserver share: its memory, and one call under way.
 */
#pragma once

#include <libsoup/soup.h>

#include "mtx-fake-homeserver.h"

G_BEGIN_DECLS

typedef struct _FakeUser   FakeUser;
typedef struct _FakeDevice FakeDevice;
typedef struct _FakeRoom   FakeRoom;
typedef struct _FakeCall   FakeCall;

/* Everything that happens gets the next position; sync tokens are positions. */

typedef struct
{
  guint64     position;
  JsonObject *event;
} FakeToDevice;

struct _FakeDevice
{
  FakeUser   *user; /* borrowed: users own their devices */
  char       *device_id;
  JsonObject *keys;         /* device keys, or NULL */
  GPtrArray  *one_time;     /* FakeKey, oldest first */
  GPtrArray  *fallback;     /* FakeKey, at most one per algorithm */
  GQueue      to_device;    /* FakeToDevice, oldest first */
  GHashTable *transactions; /* "METHOD path" → JsonObject of the answer given */
};

typedef struct
{
  char     *id; /* algorithm:name */
  JsonNode *key;
  gboolean  used;
} FakeKey;

struct _FakeUser
{
  char       *user_id;
  char       *password;
  GHashTable *devices;       /* device id → FakeDevice */
  GHashTable *cross_signing; /* "master", "self_signing", "user_signing" → JsonObject */
  GHashTable *account_data;  /* type → FakeData */
  GPtrArray  *backups;       /* FakeBackup; the last one counts */
  guint64     keys_changed;  /* position of the last change of devices or identity */
  gint64      filters;
  GHashTable *filter;        /* id → JsonObject */
};

typedef struct
{
  guint64     position;
  JsonObject *content;
} FakeData;

typedef struct
{
  guint64     position;
  JsonObject *event;         /* without unsigned */
  char       *device;        /* "user device" that sent it, or NULL */
  char       *transaction;   /* its transaction id, or NULL */
} FakeEvent;

typedef struct
{
  guint64 position;
  char   *event_id;
  char   *user_id;
  char   *thread;
  gint64  ts;
} FakeReceipt;

struct _FakeRoom
{
  char       *room_id;
  char       *alias; /* or NULL */
  gboolean    world_readable;
  GPtrArray  *events;   /* FakeEvent, oldest first */
  GHashTable *receipts; /* user id → FakeReceipt */
};

typedef struct
{
  FakeDevice *device; /* borrowed: devices live as long as the server, unless removed with their tokens */
  gboolean    soft_logout;
  gboolean    dead;
} FakeToken;

struct _MtxFakeHomeserver
{
  GObject parent_instance;

  /* owned */
  SoupServer *server;
  char       *base_url;
  GHashTable *users;          /* user id → FakeUser */
  GPtrArray  *graves;         /* FakeDevice that were removed */
  GHashTable *access_tokens;  /* token → FakeToken */
  GHashTable *refresh_tokens; /* token → FakeToken */
  GHashTable *rooms;          /* room id → FakeRoom */
  GHashTable *uia;            /* session → GHashTable of completed stages */
  GHashTable *media;          /* "server/id" → GBytes */
  GPtrArray  *overrides;
  GPtrArray  *rewrites;
  GPtrArray  *faults;
  GPtrArray  *log;     /* MtxFakeRequest */
  GPtrArray  *waiting; /* FakeCall of syncs that wait */
  GPtrArray  *delayed; /* FakeCall whose answer comes later */
  char       *flows;
  char       *registration_token;

  /* state */
  guint64  position;
  guint    counter; /* for ids and tokens */
  guint    latency_ms;
  gboolean state_after;
};

/* One request from its arrival to its answer. */
struct _FakeCall
{
  MtxFakeHomeserver *server; /* borrowed: it aborts its calls before it goes */
  SoupServerMessage *message;
  MtxFakeRequest    *request; /* owned by the log */
  MtxFakeAnswer     *answer;
  MtxFakeFault       fault;   /* what goes wrong with it */
  GSource           *timer;
  FakeDevice        *device;  /* borrowed, NULL without a token */
  char             **args;    /* the path segments that were stars in the route, decoded */
};

typedef void (*FakeHandler) (FakeCall *call);

typedef struct
{
  const char *method;
  const char *path; /* segments; "*" is an argument */
  gboolean    anonymous;
  FakeHandler handler;
} FakeRoute;

extern const FakeRoute _mtx_fake_account_routes[];
extern const FakeRoute _mtx_fake_key_routes[];
extern const FakeRoute _mtx_fake_room_routes[];
extern const FakeRoute _mtx_fake_event_routes[];
extern const FakeRoute _mtx_fake_sync_routes[];
extern const FakeRoute _mtx_fake_media_routes[];
extern const FakeRoute _mtx_fake_backup_routes[];

/* The frame. */
void        _mtx_fake_call_ok          (FakeCall          *call,
                                        JsonObject        *body);
void        _mtx_fake_call_error       (FakeCall          *call,
                                        guint              status,
                                        const char        *errcode);
void        _mtx_fake_call_finish      (FakeCall          *call);
char       *_mtx_fake_next_id          (MtxFakeHomeserver *self,
                                        const char        *prefix);
JsonObject *_mtx_fake_json_copy        (JsonObject        *object);
const char *_mtx_fake_query            (FakeCall          *call,
                                        const char        *name);
gboolean    _mtx_fake_repeat           (FakeCall          *call);
void        _mtx_fake_remember         (FakeCall          *call,
                                        JsonObject        *body);

/* Rules. */
void        _mtx_fake_rule_free        (gpointer           data);
void        _mtx_fake_rules_rewrite    (FakeCall          *call);
gboolean    _mtx_fake_rules_override   (FakeCall          *call);
gboolean    _mtx_fake_rules_fail       (FakeCall          *call);

/* Accounts. */
FakeUser   *_mtx_fake_user_new         (MtxFakeHomeserver *self,
                                        const char        *localpart,
                                        const char        *password);
void        _mtx_fake_user_free        (gpointer           data);
FakeDevice *_mtx_fake_device_ensure    (FakeUser          *user,
                                        const char        *device_id);
void        _mtx_fake_device_free      (gpointer           data);
char       *_mtx_fake_token_new        (MtxFakeHomeserver *self,
                                        GHashTable        *tokens,
                                        FakeDevice        *device);

/* Backups. */
void        _mtx_fake_backup_free      (gpointer           data);

/* Keys. */
void        _mtx_fake_key_free         (gpointer           data);
void        _mtx_fake_to_device_free   (gpointer           data);
JsonObject *_mtx_fake_key_counts       (FakeDevice        *device);
JsonArray  *_mtx_fake_unused_fallback  (FakeDevice        *device);
void        _mtx_fake_queue_to_device  (MtxFakeHomeserver *self,
                                        const char        *sender,
                                        const char        *user_id,
                                        const char        *device_id,
                                        const char        *type,
                                        JsonObject        *content);
JsonNode   *_mtx_fake_claim_key        (MtxFakeHomeserver *self,
                                        const char        *user_id,
                                        const char        *device_id,
                                        const char        *algorithm);
void        _mtx_fake_publish_identity (FakeDevice        *device,
                                        const char        *usage,
                                        JsonObject        *key);
void        _mtx_fake_publish_device   (MtxFakeHomeserver *self,
                                        FakeDevice        *device,
                                        JsonObject        *keys,
                                        JsonObject        *one_time_keys);

/* Rooms. */
void        _mtx_fake_room_free        (gpointer           data);
FakeRoom   *_mtx_fake_room_new         (MtxFakeHomeserver *self,
                                        const char        *creator,
                                        JsonObject        *request);
FakeEvent  *_mtx_fake_room_append      (MtxFakeHomeserver *self,
                                        FakeRoom          *room,
                                        const char        *sender,
                                        const char        *type,
                                        const char        *state_key,
                                        JsonObject        *content);
GHashTable *_mtx_fake_room_state       (FakeRoom          *room,
                                        guint64            position);
FakeEvent  *_mtx_fake_room_get_state   (FakeRoom          *room,
                                        const char        *type,
                                        const char        *state_key,
                                        guint64            position);
const char *_mtx_fake_room_membership  (FakeRoom          *room,
                                        const char        *user_id,
                                        guint64            position);
guint       _mtx_fake_room_count       (FakeRoom          *room,
                                        const char        *membership);
FakeRoom   *_mtx_fake_room_find        (MtxFakeHomeserver *self,
                                        const char        *id_or_alias);
JsonObject *_mtx_fake_event_for        (FakeEvent         *event,
                                        FakeDevice        *device);

/* Sync. */
void        _mtx_fake_sync_wake        (MtxFakeHomeserver *self);

G_END_DECLS

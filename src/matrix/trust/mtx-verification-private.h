/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A verification as its family sees it: its steps, the events that move it, and what it asks its owner for.
 */
#pragma once

#include "mtx-sas.h"
#include "mtx-verification.h"

G_BEGIN_DECLS

/* Specification, § Key verification framework and § Error and exception handling. */
#define MTX_VERIFICATION_LIFE_MS   (10 * 60 * 1000) /* from the time the request names */
#define MTX_VERIFICATION_FUTURE_MS (5 * 60 * 1000)  /* a request this far ahead is ignored */
#define MTX_VERIFICATION_PROMPT_MS (2 * 60 * 1000)  /* as long it may ask for attention */

/* How long we leave the start to the other side, after they accepted or after we did. Not the same, or two of us would
 * always start together; and not at once, for Element's SDK stands still if the acceptance and the start come in one sync. */
#define MTX_VERIFICATION_ASKER_WAIT_MS    1500
#define MTX_VERIFICATION_ACCEPTER_WAIT_MS 3000

#define MTX_VERIFICATION_REQUEST "m.key.verification.request"
#define MTX_VERIFICATION_READY_EVENT "m.key.verification.ready"
#define MTX_VERIFICATION_START_EVENT "m.key.verification.start"
#define MTX_VERIFICATION_ACCEPT_EVENT "m.key.verification.accept"
#define MTX_VERIFICATION_KEY_EVENT "m.key.verification.key"
#define MTX_VERIFICATION_MAC_EVENT "m.key.verification.mac"
#define MTX_VERIFICATION_DONE_EVENT "m.key.verification.done"
#define MTX_VERIFICATION_CANCEL_EVENT "m.key.verification.cancel"

/* One side: one device of one person, and the keys that are vouched for. */
typedef struct
{
  char *user_id;
  char *device_id;
  char *ed25519;    /* of the device */
  char *master_key; /* of the person, or NULL: no identity */
} MtxVerificationParty;

/* The finer truth behind MtxVerificationState. The order is that of a verification that succeeds. */
typedef enum
{
  MTX_STEP_REQUESTED_BY_US,
  MTX_STEP_REQUESTED_BY_THEM,
  MTX_STEP_READY,
  MTX_STEP_START_SENT,    /* waiting for their accept, or for a start that beats ours */
  MTX_STEP_ACCEPT_SENT,   /* waiting for their key; ours is promised */
  MTX_STEP_KEY_SENT,      /* waiting for their key, which they promised */
  MTX_STEP_COMPARING,
  MTX_STEP_CONFIRMED,     /* our MACs are sent, theirs are awaited */
  MTX_STEP_SIGNING,       /* theirs hold: our signature is being made and published */
  MTX_STEP_DONE,
  MTX_STEP_CANCELLED,
} MtxVerificationStep;

/* What a verification wants of its owner, who outlives it or clears this first. */
typedef struct
{
  /* Sends an event; they leave in the order of the calls. @content is complete and not to be changed. */
  void (*send)   (MtxVerification *verification,
                  const char      *type,
                  JsonObject      *content,
                  gpointer         data);
  /* Both sides confirmed: sign, then call _mtx_verification_finish () or _mtx_verification_fail (). */
  void (*agreed) (MtxVerification *verification,
                  gpointer         data);
} MtxVerificationHost;

/* What the two sides' MACs vouched for. */
typedef enum
{
  MTX_VOUCHED_NOTHING = 0,
  MTX_VOUCHED_DEVICE = 1 << 0,
  MTX_VOUCHED_MASTER = 1 << 1,
} MtxVouched;

struct _MtxVerification
{
  GObject parent_instance;

  /* owned */
  char                 *transaction_id; /* in a room: the id of the request */
  char                 *room_id;        /* NULL: from device to device */
  MtxVerificationParty *us;
  MtxVerificationParty *them;           /* without device and keys until one of theirs answered */
  MtxSas               *sas;            /* from the start to the end of the exchange */
  JsonObject           *start;          /* the start that counts, as it was sent */
  char                 *commitment;     /* what their key must fit; only while they promised it */
  char                 *cancel_code;
  DexFuture            *expiry;         /* NULL once nothing expires any more */
  DexFuture            *prompt_end;
  DexFuture            *start_wait;

  /* borrowed: cleared by the owner before it goes */
  const MtxVerificationHost *host;
  gpointer                   host_data;

  /* state */
  MtxVerificationStep step;
  MtxVouched          vouched;        /* by their MACs; NOTHING until they came */
  gboolean            is_ours;        /* the start that counts is ours */
  gboolean            is_pressing;
  gboolean            is_cancelled_by_us;
  guint               emoji[MTX_VERIFICATION_N_EMOJI];
  guint               decimals[MTX_VERIFICATION_N_DECIMALS];
};

MtxVerificationParty *mtx_verification_party_new   (const char                 *user_id,
                                                    const char                 *device_id,
                                                    const char                 *ed25519,
                                                    const char                 *master_key);
void                  mtx_verification_party_free  (MtxVerificationParty       *self);

MtxVerification      *_mtx_verification_new        (const char                 *transaction_id,
                                                    const char                 *room_id,
                                                    MtxVerificationParty       *us,
                                                    MtxVerificationParty       *them,
                                                    gboolean                    is_requested_by_us,
                                                    gint64                      age_ms,
                                                    const MtxVerificationHost  *host,
                                                    gpointer                    host_data);
const char           *_mtx_verification_get_transaction_id (MtxVerification    *self);
gboolean              _mtx_verification_is_over    (MtxVerification            *self);
void                  _mtx_verification_set_them   (MtxVerification            *self,
                                                    MtxVerificationParty       *them);
void                  _mtx_verification_detach     (MtxVerification            *self);
void                  _mtx_verification_finish     (MtxVerification            *self);
void                  _mtx_verification_fail       (MtxVerification            *self,
                                                    const char                 *code);
void                  _mtx_verification_drop       (MtxVerification            *self,
                                                    const char                 *code);

/* -flow: what arrives. */
void                  _mtx_verification_receive    (MtxVerification            *self,
                                                    const char                 *type,
                                                    JsonObject                 *untrusted_content);

/* Between the two files. */
void                  _mtx_verification_set_step   (MtxVerification            *self,
                                                    MtxVerificationStep         step);
void                  _mtx_verification_send       (MtxVerification            *self,
                                                    const char                 *type,
                                                    JsonObject                 *content);
void                  _mtx_verification_send_start (MtxVerification            *self);
void                  _mtx_verification_wait_for_start (MtxVerification        *self,
                                                        gint64                  wait_ms);
void                  _mtx_verification_try_sign   (MtxVerification            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxVerificationParty, mtx_verification_party_free)

G_END_DECLS

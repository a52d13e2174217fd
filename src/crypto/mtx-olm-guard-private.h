/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the guard's files share: buffers that wipe themselves, one check for every return value, and pickling,
 * which is the same for all four kinds that are stored.
 */
#pragma once

#include "mtx-olm-guard.h"

#include "mtx-olm-autocleanups.h"

G_BEGIN_DECLS

struct _MtxGuardAccount
{
  OlmAccount *olm;
};

struct _MtxGuardSession
{
  OlmSession *olm;
};

struct _MtxGuardInbound
{
  OlmInboundGroupSession *olm;
};

struct _MtxGuardOutbound
{
  OlmOutboundGroupSession *olm;
};

/* Memory the library may read, write or spoil: zero-filled, a little longer than it asks for, and
 * overwritten when it is freed (guard rules G11, G12 and G20). */
typedef struct
{
  gsize  length; /* as asked for, without the slack */
  guint8 bytes[];
} MtxGuardScratch;

/* A pickle is a key of its own, then the library's text under it. The library insists on encrypting; what
 * protects a pickle is mtx_pickle_seal(). */
#define MTX_GUARD_PICKLE_KEY_BYTES 32

MtxGuardScratch *_mtx_guard_scratch_new        (gsize             length);
MtxGuardScratch *_mtx_guard_scratch_new_copy   (gconstpointer     bytes,
                                                gsize             length);
MtxGuardScratch *_mtx_guard_scratch_new_random (gsize             length,
                                                GError          **error);
void             _mtx_guard_scratch_free       (MtxGuardScratch  *self);
char            *_mtx_guard_scratch_dup_text   (MtxGuardScratch  *self,
                                                gsize             length);
GBytes          *_mtx_guard_scratch_to_bytes   (MtxGuardScratch  *self,
                                                gsize             length);
gboolean         _mtx_guard_check              (gsize             result,
                                                gsize             reported,
                                                const char       *what,
                                                const char       *word,
                                                GError          **error);
gboolean         _mtx_guard_check_unpickled    (gsize             result,
                                                const char       *word,
                                                GError          **error);
gboolean         _mtx_guard_check_plaintext    (gsize             length,
                                                GError          **error);
GBytes          *_mtx_guard_decode_body        (const char       *untrusted_body,
                                                GError          **error);
MtxSecretBytes  *_mtx_guard_pickle_join        (MtxGuardScratch  *key,
                                                MtxGuardScratch  *text,
                                                gsize             text_length);
gboolean         _mtx_guard_pickle_split       (MtxSecretBytes   *pickle,
                                                gsize             max_text_length,
                                                MtxGuardScratch **key,
                                                MtxGuardScratch **text,
                                                GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MtxGuardScratch, _mtx_guard_scratch_free)

/* Defines mtx_guard_<name>_free (), _pickle () and _unpickle (). @max_text is the longest pickle an honest
 * object of this kind can have (guard rule G14). */
#define MTX_GUARD_DEFINE_PICKLING(Type, name, kind, max_text)                                             \
  void                                                                                                    \
  mtx_guard_##name##_free (Type *self)                                                                    \
  {                                                                                                       \
    g_clear_pointer (&self->olm, mtx_olm_##name##_end);                                                   \
    g_free (self);                                                                                        \
  }                                                                                                       \
                                                                                                          \
  static Type *                                                                                           \
  mtx_guard_##name##_alloc (void)                                                                         \
  {                                                                                                       \
    Type *self = g_new0 (Type, 1);                                                                        \
                                                                                                          \
    self->olm = mtx_olm_##name##_alloc ();                                                                \
    return self;                                                                                          \
  }                                                                                                       \
                                                                                                          \
  MtxSecretBytes *                                                                                        \
  mtx_guard_##name##_pickle (Type    *self,                                                               \
                             GError **error)                                                              \
  {                                                                                                       \
    gsize reported = olm_pickle_##kind##_length (self->olm);                                              \
    gsize written;                                                                                        \
    g_autoptr (MtxGuardScratch) key = _mtx_guard_scratch_new_random (MTX_GUARD_PICKLE_KEY_BYTES, error);  \
    g_autoptr (MtxGuardScratch) text = _mtx_guard_scratch_new (reported);                                 \
                                                                                                          \
    if (key == NULL)                                                                                      \
      return NULL;                                                                                        \
    written = olm_pickle_##kind (self->olm, key->bytes, key->length, text->bytes, reported);              \
    if (!_mtx_guard_check (written, reported, "Pickle", olm_##kind##_last_error (self->olm), error))      \
      return NULL;                                                                                        \
    return _mtx_guard_pickle_join (key, text, written);                                                   \
  }                                                                                                       \
                                                                                                          \
  Type *                                                                                                  \
  mtx_guard_##name##_unpickle (MtxSecretBytes *pickle,                                                    \
                               GError        **error)                                                     \
  {                                                                                                       \
    g_autoptr (Type) self = mtx_guard_##name##_alloc ();                                                  \
    g_autoptr (MtxGuardScratch) key = NULL;                                                               \
    g_autoptr (MtxGuardScratch) text = NULL;                                                              \
    gsize read;                                                                                           \
                                                                                                          \
    if (!_mtx_guard_pickle_split (pickle, max_text, &key, &text, error))                                  \
      return NULL;                                                                                        \
    read = olm_unpickle_##kind (self->olm, key->bytes, key->length, text->bytes, text->length);           \
    if (!_mtx_guard_check_unpickled (read, olm_##kind##_last_error (self->olm), error))                   \
      return NULL;                                                                                        \
    return g_steal_pointer (&self);                                                                       \
  }

/* Defines begin_<name> () and commit_<name> (): each change is made on a copy, which takes the original's place
 * when nothing can fail any more (guard rule G13). */
#define MTX_GUARD_DEFINE_STEP(Type, name)                               \
  static Type *                                                         \
  begin_##name (Type    *self,                                          \
                GError **error)                                         \
  {                                                                     \
    g_autoptr (MtxSecretBytes) pickle = NULL;                           \
                                                                        \
    pickle = mtx_guard_##name##_pickle (self, error);                   \
    return pickle ? mtx_guard_##name##_unpickle (pickle, error) : NULL; \
  }                                                                     \
                                                                        \
  static void                                                           \
  commit_##name (Type *self,                                            \
                 Type *changed)                                         \
  {                                                                     \
    gpointer before = self->olm;                                        \
                                                                        \
    self->olm = changed->olm;                                           \
    changed->olm = before;                                              \
  }

G_END_DECLS

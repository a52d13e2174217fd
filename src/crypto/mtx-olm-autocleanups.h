/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ownership for libolm's objects: memory for one of each kind, and an end that clears, overwrites and frees
 * it. Part of the guard (mtx-olm-guard.c); nothing else includes this header or libolm's.
 */
#pragma once

#include "mtx-secret-bytes.h"

#include <olm/olm.h>
#include <olm/sas.h>

G_BEGIN_DECLS

/* libolm builds each object at the start of the memory it is given, so the object's address is the block's. */
static inline OlmAccount *
mtx_olm_account_alloc (void)
{
  return olm_account (g_malloc0 (olm_account_size ()));
}

static inline void
mtx_olm_account_end (OlmAccount *account)
{
  olm_clear_account (account);
  mtx_secret_wipe (account, olm_account_size ());
  g_free (account);
}

static inline OlmSession *
mtx_olm_session_alloc (void)
{
  return olm_session (g_malloc0 (olm_session_size ()));
}

static inline void
mtx_olm_session_end (OlmSession *session)
{
  olm_clear_session (session);
  mtx_secret_wipe (session, olm_session_size ());
  g_free (session);
}

static inline OlmInboundGroupSession *
mtx_olm_inbound_alloc (void)
{
  return olm_inbound_group_session (g_malloc0 (olm_inbound_group_session_size ()));
}

static inline void
mtx_olm_inbound_end (OlmInboundGroupSession *session)
{
  olm_clear_inbound_group_session (session);
  mtx_secret_wipe (session, olm_inbound_group_session_size ());
  g_free (session);
}

static inline OlmOutboundGroupSession *
mtx_olm_outbound_alloc (void)
{
  return olm_outbound_group_session (g_malloc0 (olm_outbound_group_session_size ()));
}

static inline void
mtx_olm_outbound_end (OlmOutboundGroupSession *session)
{
  olm_clear_outbound_group_session (session);
  mtx_secret_wipe (session, olm_outbound_group_session_size ());
  g_free (session);
}

static inline OlmSAS *
mtx_olm_sas_alloc (void)
{
  return olm_sas (g_malloc0 (olm_sas_size ()));
}

static inline void
mtx_olm_sas_end (OlmSAS *sas)
{
  olm_clear_sas (sas);
  mtx_secret_wipe (sas, olm_sas_size ());
  g_free (sas);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OlmAccount, mtx_olm_account_end)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OlmSession, mtx_olm_session_end)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OlmInboundGroupSession, mtx_olm_inbound_end)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OlmOutboundGroupSession, mtx_olm_outbound_end)

G_END_DECLS

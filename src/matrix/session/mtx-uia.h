/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One round of user-interactive authentication as a value (specification, § User-Interactive Authentication
 * API): what the server wants, and which stage comes next for somebody who can do only the silent ones.
 */
#pragma once

#include "mtx-http-types.h"

G_BEGIN_DECLS

/**
 * MtxTermsPolicy:
 * One document the server wants accepted before it makes an account.
 */
typedef struct
{
  char *name; /* untrusted text for the person */
  char *url;  /* https address, checked */
} MtxTermsPolicy;

/* Shows @policies (element-type MtxTermsPolicy) to the person; resolves to TRUE if they are accepted. */
typedef DexFuture *(*MtxTermsFunc) (GPtrArray *policies,
                                    gpointer   data);

typedef enum
{
  MTX_UIA_NONE, /* no flow that we can finish */
  MTX_UIA_DUMMY,
  MTX_UIA_TOKEN,
  MTX_UIA_TERMS,
} MtxUiaStage;

MtxUiaStage  mtx_uia_next_stage   (JsonObject  *untrusted_body,
                                   gboolean     have_token,
                                   gboolean     have_terms);
const char  *mtx_uia_stage_name   (MtxUiaStage  stage);
GPtrArray   *mtx_uia_dup_policies (JsonObject  *untrusted_body);

G_END_DECLS

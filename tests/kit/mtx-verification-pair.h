/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two sides of a verification that hand each other events: Alice asks Bob. A test says what arrives, and when.
 */
#pragma once

#include "mtx-verification-private.h"

G_BEGIN_DECLS

/* Public keys of the published vectors; nobody needs their other halves. */
#define MTX_PAIR_ALICE_KEY    "Q/NmNFEUS1fS+YeEmiZkjjblKTitrKOAk7cPEumcMlg"
#define MTX_PAIR_ALICE_MASTER "J+5An10v1vzZpAXTYFokD1/PEVccFnLC61EfRXit0UY"
#define MTX_PAIR_BOB_KEY      "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"
#define MTX_PAIR_BOB_MASTER   "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo"
#define MTX_PAIR_OTHER_KEY    "6Q6b15s4YM2jCs38pHiN8wiRkiuCcvpsM9S3/qm31Co"
#define MTX_PAIR_ZERO_KEY     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define MTX_PAIR_TRANSACTION  "transaction"

typedef struct
{
  MtxVerification *verification;
  GQueue           sent; /* of Sent */
  gboolean         agreed;
} MtxVerificationSide;

/* Alice asks Bob. */
typedef struct
{
  MtxVerificationSide alice;
  MtxVerificationSide bob;
} MtxVerificationPair;

/* What the two know of their owner: it keeps what they send. */
extern const MtxVerificationHost mtx_pair_host;

MtxVerificationParty *mtx_pair_make_alice       (void);
MtxVerificationParty *mtx_pair_make_bob         (void);
void                  mtx_pair_init             (MtxVerificationPair *pair);
void                  mtx_pair_side_clear       (MtxVerificationSide *side);
void                  mtx_pair_clear            (MtxVerificationPair *pair);
const char           *mtx_pair_next_type        (MtxVerificationSide *side);
JsonObject           *mtx_pair_next_content     (MtxVerificationSide *side);
void                  mtx_pair_skip             (MtxVerificationSide *side);
void                  mtx_pair_deliver          (MtxVerificationSide *from,
                                                 MtxVerificationSide *to,
                                                 const char          *type);
JsonObject           *mtx_pair_parse            (const char          *text);
void                  mtx_pair_receive_text     (MtxVerificationSide *to,
                                                 const char          *type,
                                                 const char          *text);
void                  mtx_pair_assert_cancelled (MtxVerificationSide *side,
                                                 const char          *code);
void                  mtx_pair_go_to_start      (MtxVerificationPair *pair);
void                  mtx_pair_go_to_keys       (MtxVerificationPair *pair);
void                  mtx_pair_go_to_comparing  (MtxVerificationPair *pair);
gboolean              mtx_pair_shows_the_same   (MtxVerificationPair *pair);
void                  mtx_pair_confirm_both     (MtxVerificationPair *pair);
void                  mtx_pair_skip_all         (MtxVerificationSide *side);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MtxVerificationPair, mtx_pair_clear)

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads what the server wants: the shortest flow of stages we know, and the documents to be accepted.
 */
#include "mtx-uia.h"

#include "mtx-http.h"
#include "mtx-json.h"

#define MAX_FLOWS    32
#define MAX_STAGES   16
#define MAX_POLICIES 16

static const struct
{
  const char *name;
  MtxUiaStage stage;
} known_stages[] = {
  { "m.login.dummy", MTX_UIA_DUMMY },
  { "m.login.registration_token", MTX_UIA_TOKEN },
  { "m.login.terms", MTX_UIA_TERMS },
};

/**
 * mtx_uia_stage_name:
 * @stage: not %MTX_UIA_NONE
 *
 * Returns: its name in the specification
 */
const char *
mtx_uia_stage_name (MtxUiaStage stage)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known_stages); i++)
    {
      if (known_stages[i].stage == stage)
        return known_stages[i].name;
    }

  g_return_val_if_reached (NULL);
}

static MtxUiaStage
find_stage (const char *untrusted_name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known_stages); i++)
    {
      if (g_strcmp0 (known_stages[i].name, untrusted_name) == 0)
        return known_stages[i].stage;
    }

  return MTX_UIA_NONE;
}

static gboolean
is_completed (JsonObject *untrusted_body,
              const char *name)
{
  JsonArray *completed = mtx_json_get_array (untrusted_body, "completed");
  guint      length = completed != NULL ? MIN (json_array_get_length (completed), MAX_STAGES) : 0;

  for (guint i = 0; i < length; i++)
    {
      if (g_strcmp0 (mtx_json_array_string (completed, i), name) == 0)
        return TRUE;
    }

  return FALSE;
}

static gboolean
can_finish (JsonArray *stages,
            gboolean   have_token,
            gboolean   have_terms)
{
  for (guint i = 0; i < json_array_get_length (stages); i++)
    {
      MtxUiaStage stage = find_stage (mtx_json_array_string (stages, i));

      if (stage == MTX_UIA_NONE || (stage == MTX_UIA_TOKEN && !have_token) || (stage == MTX_UIA_TERMS && !have_terms))
        return FALSE;
    }

  return TRUE;
}

/**
 * mtx_uia_next_stage:
 * @untrusted_body: the body of a 401 with stages
 * @have_token: whether there is a registration token
 * @have_terms: whether there is somebody to show terms to
 *
 * Chooses the shortest flow whose stages we all can do, and its first stage that is not completed.
 *
 * Returns: what to do next, or %MTX_UIA_NONE
 */
MtxUiaStage
mtx_uia_next_stage (JsonObject *untrusted_body,
                    gboolean    have_token,
                    gboolean    have_terms)
{
  JsonArray *flows = mtx_json_get_array (untrusted_body, "flows");
  JsonArray *best = NULL;
  guint      length = flows != NULL ? MIN (json_array_get_length (flows), MAX_FLOWS) : 0;

  for (guint i = 0; i < length; i++)
    {
      JsonObject *flow = mtx_json_array_object (flows, i);
      JsonArray  *stages = flow != NULL ? mtx_json_get_array (flow, "stages") : NULL;

      if (stages == NULL || json_array_get_length (stages) > MAX_STAGES || !can_finish (stages, have_token, have_terms))
        continue;
      if (best == NULL || json_array_get_length (stages) < json_array_get_length (best))
        best = stages;
    }

  for (guint i = 0; best != NULL && i < json_array_get_length (best); i++)
    {
      const char *name = mtx_json_array_string (best, i);

      if (!is_completed (untrusted_body, name))
        return find_stage (name);
    }

  return MTX_UIA_NONE;
}

static void
policy_free (gpointer data)
{
  MtxTermsPolicy *policy = data;

  g_free (policy->name);
  g_free (policy->url);
  g_free (policy);
}

/* A policy's text in English, the language of our own interface, else in whichever comes first: asking for
 * the user's language would tell the server which it is. */
static MtxTermsPolicy *
read_policy (JsonObject *untrusted)
{
  JsonObject       *text = mtx_json_get_object (untrusted, "en");
  g_autoptr (GList) languages = json_object_get_members (untrusted);
  const char       *name = NULL;
  const char       *url = NULL;
  MtxTermsPolicy   *policy = NULL;

  for (GList *l = languages; text == NULL && l != NULL; l = l->next)
    text = mtx_json_get_object (untrusted, l->data);
  if (text == NULL)
    return NULL;

  name = mtx_json_get_string (text, "name");
  url = mtx_json_get_string (text, "url");
  if (name == NULL || url == NULL || !g_str_has_prefix (url, "https://") || !mtx_http_url_is_acceptable (url, NULL))
    return NULL;

  policy = g_new0 (MtxTermsPolicy, 1);
  policy->name = g_strdup (name);
  policy->url = g_strdup (url);

  return policy;
}

/**
 * mtx_uia_dup_policies:
 * @untrusted_body: the body of a 401 that has the stage `m.login.terms`
 *
 * Reads what has to be shown before it can be accepted.
 *
 * Returns: (transfer full) (nullable) (element-type MtxTermsPolicy): the documents, or %NULL if there are none,
 *   too many, or one that cannot be shown
 */
GPtrArray *
mtx_uia_dup_policies (JsonObject *untrusted_body)
{
  JsonObject           *params = mtx_json_get_object (untrusted_body, "params");
  JsonObject           *terms = params != NULL ? mtx_json_get_object (params, "m.login.terms") : NULL;
  JsonObject           *policies = terms != NULL ? mtx_json_get_object (terms, "policies") : NULL;
  g_autoptr (GPtrArray) documents = g_ptr_array_new_with_free_func (policy_free);
  g_autoptr (GList)     names = policies != NULL ? json_object_get_members (policies) : NULL;

  if (names == NULL || g_list_length (names) > MAX_POLICIES)
    return NULL;

  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonObject     *object = mtx_json_get_object (policies, l->data);
      MtxTermsPolicy *policy = object != NULL ? read_policy (object) : NULL;

      if (policy == NULL)
        return NULL;
      g_ptr_array_add (documents, policy);
    }

  return g_steal_pointer (&documents);
}

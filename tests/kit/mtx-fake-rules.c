/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a test changes about the fake homeserver, and what it asks of its log: rules that match a method
 * and a path.
 */
#include "mtx-fake-homeserver-private.h"

typedef struct
{
  char           *method; /* NULL: any */
  GPatternSpec   *pattern;
  MtxFakeOverride override;
  MtxFakeRewrite  rewrite;
  gpointer        data;
  GDestroyNotify  destroy;
  MtxFakeFault    fault;
  guint           seen;
} Rule;

static Rule *
rule_new (const char *method,
          const char *pattern)
{
  Rule *rule = g_new0 (Rule, 1);

  rule->method = g_strdup (method);
  rule->pattern = g_pattern_spec_new (pattern);

  return rule;
}

/* Frees a rule. */
void
_mtx_fake_rule_free (gpointer data)
{
  Rule *rule = data;

  if (rule->destroy != NULL)
    rule->destroy (rule->data);
  g_free (rule->method);
  g_pattern_spec_free (rule->pattern);
  g_free ((char *)rule->fault.errcode);
  g_free ((char *)rule->fault.retry_after);
  g_free (rule);
}

static gboolean
rule_matches (Rule                 *rule,
              const MtxFakeRequest *request)
{
  return (rule->method == NULL || g_str_equal (rule->method, request->method))
         && g_pattern_spec_match_string (rule->pattern, request->path);
}

/* Changes the answer of @call as the test wishes. */
void
_mtx_fake_rules_rewrite (FakeCall *call)
{
  gboolean copied = FALSE;

  for (guint i = 0; i < call->server->rewrites->len; i++)
    {
      Rule *rule = g_ptr_array_index (call->server->rewrites, i);

      if (!rule_matches (rule, call->request))
        continue;
      if (!copied && call->answer->body != NULL)
        {
          JsonObject *copy = _mtx_fake_json_copy (call->answer->body);

          json_object_unref (call->answer->body);
          call->answer->body = copy;
        }
      copied = TRUE;
      rule->rewrite (call->request, call->answer, rule->data);
    }
}

/* Lets the test answer @call; TRUE if it did. */
gboolean
_mtx_fake_rules_override (FakeCall *call)
{
  for (guint i = call->server->overrides->len; i > 0; i--)
    {
      Rule *rule = g_ptr_array_index (call->server->overrides, i - 1);

      if (rule_matches (rule, call->request) && rule->override (call->request, call->answer, rule->data))
        return TRUE;
    }

  return FALSE;
}

/* Finds what shall go wrong with @call; TRUE if the server shall not hear of it. */
gboolean
_mtx_fake_rules_fail (FakeCall *call)
{
  for (guint i = 0; i < call->server->faults->len; i++)
    {
      Rule *rule = g_ptr_array_index (call->server->faults, i);

      if (!rule_matches (rule, call->request))
        continue;
      rule->seen++;
      if (rule->seen <= rule->fault.skip
          || (rule->fault.times > 0 && rule->seen > rule->fault.skip + rule->fault.times))
        continue;

      call->fault = rule->fault;
      if (call->fault.status != 0)
        {
          _mtx_fake_call_error (call, call->fault.status, call->fault.errcode);
          if (call->fault.retry_after_ms != 0)
            json_object_set_int_member (call->answer->body, "retry_after_ms", call->fault.retry_after_ms);
          if (call->fault.retry_after != NULL)
            g_hash_table_replace (call->answer->headers, g_strdup ("Retry-After"), g_strdup (call->fault.retry_after));
        }
      return call->fault.status != 0 || call->fault.drop == MTX_FAKE_DROP_BEFORE;
    }

  return FALSE;
}

/**
 * mtx_fake_homeserver_override:
 * @self: a homeserver
 * @method: (nullable): which method, or %NULL for any
 * @pattern: a glob on the encoded path
 * @func: answers, or leaves it to the server
 * @data: passed to @func
 * @destroy: (nullable): frees @data
 *
 * Lets the test answer. The rule added last is asked first.
 */
void
mtx_fake_homeserver_override (MtxFakeHomeserver *self,
                              const char        *method,
                              const char        *pattern,
                              MtxFakeOverride    func,
                              gpointer           data,
                              GDestroyNotify     destroy)
{
  Rule *rule = rule_new (method, pattern);

  rule->override = func;
  rule->data = data;
  rule->destroy = destroy;
  g_ptr_array_add (self->overrides, rule);
}

/**
 * mtx_fake_homeserver_rewrite:
 * @self: a homeserver
 * @method: (nullable): which method, or %NULL for any
 * @pattern: a glob on the encoded path
 * @func: changes the answer
 * @data: passed to @func
 * @destroy: (nullable): frees @data
 *
 * Lets the test change what the server answers. Rules are applied in the order they were added; the
 * answer's JSON is a copy, the server's memory does not change with it.
 */
void
mtx_fake_homeserver_rewrite (MtxFakeHomeserver *self,
                             const char        *method,
                             const char        *pattern,
                             MtxFakeRewrite     func,
                             gpointer           data,
                             GDestroyNotify     destroy)
{
  Rule *rule = rule_new (method, pattern);

  rule->rewrite = func;
  rule->data = data;
  rule->destroy = destroy;
  g_ptr_array_add (self->rewrites, rule);
}

/**
 * mtx_fake_homeserver_fault:
 * @self: a homeserver
 * @method: (nullable): which method, or %NULL for any
 * @pattern: a glob on the encoded path
 * @fault: (transfer none): how requests fail
 *
 * Lets matching requests fail. Each rule counts the requests it matches; the first rule that is due decides.
 */
void
mtx_fake_homeserver_fault (MtxFakeHomeserver  *self,
                           const char         *method,
                           const char         *pattern,
                           const MtxFakeFault *fault)
{
  Rule *rule = rule_new (method, pattern);

  rule->fault = *fault;
  rule->fault.errcode = g_strdup (fault->errcode);
  rule->fault.retry_after = g_strdup (fault->retry_after);
  g_ptr_array_add (self->faults, rule);
}

/**
 * mtx_fake_homeserver_clear_faults:
 * @self: a homeserver
 *
 * Lets everything work again.
 */
void
mtx_fake_homeserver_clear_faults (MtxFakeHomeserver *self)
{
  g_ptr_array_set_size (self->faults, 0);
}

/**
 * mtx_fake_homeserver_count_requests:
 * @self: a homeserver
 * @method: (nullable): which method, or %NULL for any
 * @pattern: a glob on the encoded path
 *
 * Returns: how many matching requests came in, failed ones included
 */
guint
mtx_fake_homeserver_count_requests (MtxFakeHomeserver *self,
                                    const char        *method,
                                    const char        *pattern)
{
  guint count = 0;

  while (mtx_fake_homeserver_get_request (self, method, pattern, count) != NULL)
    count++;

  return count;
}

/**
 * mtx_fake_homeserver_get_request:
 * @self: a homeserver
 * @method: (nullable): which method, or %NULL for any
 * @pattern: a glob on the encoded path
 * @index: which of the matching requests, from 0
 *
 * Returns: (transfer none) (nullable): a request of the log
 */
const MtxFakeRequest *
mtx_fake_homeserver_get_request (MtxFakeHomeserver *self,
                                 const char        *method,
                                 const char        *pattern,
                                 guint              index)
{
  Rule                 *rule = rule_new (method, pattern);
  const MtxFakeRequest *found = NULL;

  for (guint i = 0; i < self->log->len && found == NULL; i++)
    {
      const MtxFakeRequest *request = g_ptr_array_index (self->log, i);

      if (rule_matches (rule, request) && index-- == 0)
        found = request;
    }
  _mtx_fake_rule_free (rule);

  return found;
}

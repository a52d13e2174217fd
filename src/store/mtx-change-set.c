/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes of several stores, collected first: each is a statement that never changes and the values of its
 * parameters, so the whole can be applied on another thread without touching anything else.
 */
#include "mtx-change-set-private.h"

typedef struct
{
  const char *static_sql;
  guint       n_values; /* taken from the common array in order */
} Write;

/* Merging moves parts instead of copying writes: thousands of them come together on the main thread. */
typedef struct
{
  GArray *writes; /* of Write */
  GArray *values; /* of MtxValue */
} Part;

struct _MtxChangeSet
{
  /* owned */
  GPtrArray *parts; /* of Part, in order; none is empty */

  /* state */
  gboolean frozen; /* committed: the database's thread may read it */
};

G_DEFINE_BOXED_TYPE (MtxChangeSet, mtx_change_set, mtx_change_set_ref, mtx_change_set_unref)

static Part *
part_new (void)
{
  Part *part = g_new0 (Part, 1);

  part->writes = g_array_new (FALSE, FALSE, sizeof (Write));
  part->values = g_array_new (FALSE, FALSE, sizeof (MtxValue));
  g_array_set_clear_func (part->values, (GDestroyNotify)_mtx_value_clear);

  return part;
}

static void
part_free (gpointer data)
{
  Part *part = data;

  g_array_unref (part->writes);
  g_array_unref (part->values);
  g_free (part);
}

static void
mtx_change_set_clear (gpointer data)
{
  MtxChangeSet *self = data;

  g_clear_pointer (&self->parts, g_ptr_array_unref);
}

/**
 * mtx_change_set_new:
 *
 * Returns: (transfer full): a change set without changes
 */
MtxChangeSet *
mtx_change_set_new (void)
{
  MtxChangeSet *self = g_atomic_rc_box_new0 (MtxChangeSet);

  self->parts = g_ptr_array_new_with_free_func (part_free);

  return self;
}

/**
 * mtx_change_set_ref:
 * @self: a change set
 *
 * Returns: (transfer full): @self
 */
MtxChangeSet *
mtx_change_set_ref (MtxChangeSet *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

/**
 * mtx_change_set_unref:
 * @self: (transfer full): a change set
 *
 * Drops a reference. A change set that goes without having been committed changes nothing.
 */
void
mtx_change_set_unref (MtxChangeSet *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, mtx_change_set_clear);
}

/**
 * mtx_change_set_is_empty:
 * @self: a change set
 *
 * Returns: whether there is nothing to commit
 */
gboolean
mtx_change_set_is_empty (MtxChangeSet *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return self->parts->len == 0;
}

/**
 * mtx_change_set_merge:
 * @self: a change set that was not committed
 * @other: another one, which becomes empty
 *
 * Moves all changes of @other behind those of @self.
 */
void
mtx_change_set_merge (MtxChangeSet *self,
                      MtxChangeSet *other)
{
  g_return_if_fail (self != NULL && !self->frozen);
  g_return_if_fail (other != NULL && other != self && !other->frozen);

  g_ptr_array_extend_and_steal (self->parts, g_steal_pointer (&other->parts));
  other->parts = g_ptr_array_new_with_free_func (part_free);
}

/*
 * _mtx_change_set_add:
 * @self: a change set that was not committed
 * @static_sql: one statement, a literal or interned
 * @values: (array length=n_values): its parameters, copied
 * @n_values: their number
 *
 * Adds a write behind all others.
 */
void
_mtx_change_set_add (MtxChangeSet   *self,
                     const char     *static_sql,
                     const MtxValue *values,
                     guint           n_values)
{
  Write write = { .static_sql = static_sql, .n_values = n_values };
  Part *part;

  g_return_if_fail (self != NULL && !self->frozen);

  if (self->parts->len == 0)
    g_ptr_array_add (self->parts, part_new ());
  part = g_ptr_array_index (self->parts, self->parts->len - 1);
  g_array_append_val (part->writes, write);
  for (guint i = 0; i < n_values; i++)
    {
      MtxValue value = _mtx_value_copy (&values[i]);

      g_array_append_val (part->values, value);
    }
}

/*
 * _mtx_change_set_add_row:
 * @self: a change set that was not committed
 * @static_sql: one statement whose parameters are the columns of @type
 * @type: the type of @row
 * @row: a row
 *
 * Adds a write of a row.
 */
void
_mtx_change_set_add_row (MtxChangeSet *self,
                         const char   *static_sql,
                         MtxRowType   *type,
                         gconstpointer row)
{
  g_autofree MtxValue *values = g_new (MtxValue, type->n_columns);

  _mtx_row_to_values (type, row, values);
  _mtx_change_set_add (self, static_sql, values, type->n_columns);
}

/*
 * _mtx_change_set_put:
 * @self: a change set that was not committed
 * @type: the type of @row
 * @row: a row
 *
 * Adds the row, or the new values of one that exists.
 */
void
_mtx_change_set_put (MtxChangeSet *self,
                     MtxRowType   *type,
                     gconstpointer row)
{
  _mtx_change_set_add_row (self, _mtx_row_type_get_upsert (type), type, row);
}

/*
 * _mtx_change_set_insert:
 * @self: a change set that was not committed
 * @type: the type of @row
 * @row: a row that does not exist; the commit fails with %MTX_ERROR_INVALID if it does
 *
 * Adds a new row.
 */
void
_mtx_change_set_insert (MtxChangeSet *self,
                        MtxRowType   *type,
                        gconstpointer row)
{
  _mtx_change_set_add_row (self, _mtx_row_type_get_insert (type), type, row);
}

/*
 * _mtx_change_set_freeze:
 * @self: a change set
 *
 * Ends the collecting; from here on any thread may read it.
 */
void
_mtx_change_set_freeze (MtxChangeSet *self)
{
  self->frozen = TRUE;
}

/*
 * _mtx_change_set_apply:
 * @self: a frozen change set
 * @sql: a connection with an open transaction
 *
 * Runs the writes in order and stops at the first that fails.
 *
 * Returns: whether all of them succeeded
 */
gboolean
_mtx_change_set_apply (MtxChangeSet *self,
                       MtxSql       *sql,
                       GError      **error)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      const Part     *part = g_ptr_array_index (self->parts, i);
      const MtxValue *values = (gconstpointer)part->values->data;

      for (guint j = 0; j < part->writes->len; j++)
        {
          const Write *write = &g_array_index (part->writes, Write, j);

          if (!_mtx_sql_run (sql, write->static_sql, values, write->n_values, error))
            return FALSE;
          values += write->n_values;
        }
    }

  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tells the states of libsecret's keyring file apart. With a wrong password libsecret finds nothing,
 * reports no error, and would add a second item beside the unreadable one; so nothing counts as missing
 * before every item in the file was decrypted.
 */
#include "mtx-keyring-file.h"

#include "mtx-error.h"
#include "mtx-keyring-request.h"
#include "mtx-secret-bytes.h"
#include "mtx-secret-futures.h"
#include "mtx-secret-schema.h"

#define PORTAL_NAME      "org.freedesktop.portal.Desktop"
#define PORTAL_PATH      "/org/freedesktop/portal/desktop"
#define PORTAL_INTERFACE "org.freedesktop.portal.Secret"
#define PORTAL_VERSION   1
#define PORTAL_WAIT_MS   25000

struct _MtxKeyringFile
{
  GObject parent_instance;

  /* state */
  gboolean has_portal; /* once seen */
};

static void mtx_keyring_file_iface_init (MtxKeyringInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MtxKeyringFile,
                               mtx_keyring_file,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MTX_TYPE_KEYRING, mtx_keyring_file_iface_init))

/* libsecret asks the portal whether it is there without letting the main loop run, and falls back to the
 * Secret Service. Asked here first, the portal is awake by then; without it there is no keyring at all. */
static gboolean
check_portal (MtxKeyringFile *self,
              GError        **error)
{
  g_autoptr (GDBusConnection) bus = NULL;
  g_autoptr (GVariant)        reply = NULL;
  g_autoptr (GVariant)        version = NULL;

  if (self->has_portal || !mtx_keyring_file_is_sandboxed ())
    return TRUE;

  bus = dex_await_object (dex_bus_get (G_BUS_TYPE_SESSION), NULL); /* any failure means the same */
  if (bus != NULL)
    reply = dex_await_variant (dex_dbus_connection_call (bus, PORTAL_NAME, PORTAL_PATH,
                                                         "org.freedesktop.DBus.Properties", "Get",
                                                         g_variant_new ("(ss)", PORTAL_INTERFACE, "version"),
                                                         G_VARIANT_TYPE ("(v)"),
                                                         G_DBUS_CALL_FLAGS_NONE, PORTAL_WAIT_MS),
                               NULL); /* the same */
  if (reply != NULL)
    g_variant_get (reply, "(v)", &version);
  if (version == NULL
      || !g_variant_is_of_type (version, G_VARIANT_TYPE_UINT32)
      || g_variant_get_uint32 (version) != PORTAL_VERSION)
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_ABSENT, "There is no Secret portal");
      return FALSE;
    }
  self->has_portal = TRUE;

  return TRUE;
}

/* Whether all items can be decrypted: then the desktop's secret is the one the file was made with. */
static gboolean
check_password (MtxKeyringFile *self,
                GError        **error)
{
  g_autoptr (GHashTable) nothing = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray)  items = NULL;

  if (check_portal (self, error))
    items = dex_await_boxed (mtx_secret_file_find (nothing), error);

  return items != NULL;
}

/* The items asked for; MTX_ERROR_NOT_FOUND only if that is certain. Attributes are found by a hash that
 * depends on the password: an item that is found but does not decrypt is damaged. */
static GPtrArray *
find_items (MtxKeyringRequest *request,
            GError           **error)
{
  MtxKeyringFile       *self = MTX_KEYRING_FILE (request->keyring);
  g_autoptr (GError)    reason = NULL;
  g_autoptr (GPtrArray) items = NULL;

  if (check_portal (self, &reason))
    items = dex_await_boxed (mtx_secret_file_find (request->attributes), &reason);
  if (items != NULL && items->len > 0)
    return g_steal_pointer (&items);

  if (g_error_matches (reason, MTX_ERROR, MTX_ERROR_WRONG_SECRET))
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_DAMAGED, "The item does not decrypt");
  else if (reason != NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  else if (check_password (self, error))
    g_set_error_literal (error, MTX_ERROR, MTX_ERROR_NOT_FOUND, "There is no such item");

  return NULL;
}

static MtxSecretBytes *
read_item (MtxKeyringRequest *request,
           GError           **error)
{
  g_autoptr (GPtrArray) items = find_items (request, error);
  SecretValue          *value = NULL;
  MtxSecretBytes       *secret = NULL;

  if (items == NULL)
    return NULL;

  value = dex_await_boxed (mtx_secret_retrievable_read (items->pdata[0]), error);
  if (value != NULL)
    {
      secret = mtx_secret_schema_read (value, error);
      secret_value_unref (value);
    }

  return secret;
}

/* Writes the item and reads it back: a key nobody can read again must not be used. */
static gboolean
put_item (MtxKeyringRequest *request,
          GError           **error)
{
  SecretValue               *value = mtx_secret_schema_write (request->secret);
  g_autoptr (MtxSecretBytes) kept = NULL;
  gboolean                   written = FALSE;

  written = dex_await (mtx_secret_file_put (mtx_secret_schema_get (), request->attributes,
                                            request->label, value),
                       error);
  secret_value_unref (value);
  if (written)
    kept = read_item (request, error);
  if (kept == NULL)
    return FALSE;
  if (!mtx_secret_bytes_equal (kept, request->secret))
    {
      g_set_error_literal (error, MTX_ERROR, MTX_ERROR_FAILED, "The keyring did not keep the secret");
      return FALSE;
    }

  return TRUE;
}

static DexFuture *
load_fiber (gpointer data)
{
  MtxKeyringRequest         *request = data;
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) secret = read_item (request, &error);

  if (secret == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (MTX_TYPE_SECRET_BYTES, g_steal_pointer (&secret));
}

static DexFuture *
mtx_keyring_file_load (MtxKeyring *keyring,
                       const char *provider,
                       const char *item)
{
  return mtx_keyring_request_spawn ("keyring-load", load_fiber, keyring,
                                    mtx_secret_schema_find_item (provider, item), NULL, NULL);
}

static DexFuture *
create_fiber (gpointer data)
{
  MtxKeyringRequest    *request = data;
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) items = find_items (request, &error);

  if (items != NULL)
    return dex_future_new_reject (MTX_ERROR, MTX_ERROR_REFUSED, "There is such an item");
  if (!g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return dex_future_new_for_error (g_steal_pointer (&error));
  g_clear_error (&error);

  if (!put_item (request, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
mtx_keyring_file_create (MtxKeyring     *keyring,
                         const char     *provider,
                         const char     *item,
                         const char     *label,
                         MtxSecretBytes *secret)
{
  return mtx_keyring_request_spawn ("keyring-create", create_fiber, keyring,
                                    mtx_secret_schema_find_item (provider, item), label, secret);
}

static DexFuture *
replace_fiber (gpointer data)
{
  MtxKeyringRequest         *request = data;
  g_autoptr (GError)         error = NULL;
  g_autoptr (MtxSecretBytes) old = read_item (request, &error);

  if (old == NULL && !g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return dex_future_new_for_error (g_steal_pointer (&error));
  g_clear_error (&error);

  if (!put_item (request, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
mtx_keyring_file_replace (MtxKeyring     *keyring,
                          const char     *provider,
                          const char     *item,
                          const char     *label,
                          MtxSecretBytes *secret)
{
  return mtx_keyring_request_spawn ("keyring-replace", replace_fiber, keyring,
                                    mtx_secret_schema_find_item (provider, item), label, secret);
}

static DexFuture *
forget_fiber (gpointer data)
{
  MtxKeyringRequest    *request = data;
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) items = find_items (request, &error);

  if (g_error_matches (error, MTX_ERROR, MTX_ERROR_NOT_FOUND))
    return dex_future_new_true ();
  if (items == NULL && !g_error_matches (error, MTX_ERROR, MTX_ERROR_DAMAGED))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return mtx_secret_file_remove (mtx_secret_schema_get (), request->attributes);
}

static DexFuture *
mtx_keyring_file_forget (MtxKeyring *keyring,
                         const char *provider,
                         const char *item)
{
  return mtx_keyring_request_spawn ("keyring-forget", forget_fiber, keyring,
                                    mtx_secret_schema_find_item (provider, item), NULL, NULL);
}

static DexFuture *
unlock_fiber (gpointer data)
{
  MtxKeyringRequest *request = data;
  g_autoptr (GError) error = NULL;

  if (!check_password (MTX_KEYRING_FILE (request->keyring), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

/* The portal opened the keyring, or asked for it, when libsecret first looked at the file; all that can be
 * done is to look again. */
static DexFuture *
mtx_keyring_file_unlock (MtxKeyring *keyring)
{
  return mtx_keyring_request_spawn ("keyring-unlock", unlock_fiber, keyring,
                                    mtx_secret_schema_find_all (), NULL, NULL);
}

static DexFuture *
list_fiber (gpointer data)
{
  MtxKeyringRequest    *request = data;
  g_autoptr (GError)    error = NULL;
  g_autoptr (GPtrArray) items = NULL;

  /* First, because a damaged item hides whose it is. */
  if (check_password (MTX_KEYRING_FILE (request->keyring), &error))
    items = dex_await_boxed (mtx_secret_file_find (request->attributes), &error);
  if (items == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (G_TYPE_STRV, mtx_secret_schema_dup_providers (items));
}

static DexFuture *
mtx_keyring_file_list_providers (MtxKeyring *keyring)
{
  return mtx_keyring_request_spawn ("keyring-list", list_fiber, keyring,
                                    mtx_secret_schema_find_all (), NULL, NULL);
}

static void
mtx_keyring_file_iface_init (MtxKeyringInterface *iface)
{
  iface->load = mtx_keyring_file_load;
  iface->create = mtx_keyring_file_create;
  iface->replace = mtx_keyring_file_replace;
  iface->forget = mtx_keyring_file_forget;
  iface->unlock = mtx_keyring_file_unlock;
  iface->list_providers = mtx_keyring_file_list_providers;
}

static void
mtx_keyring_file_class_init (MtxKeyringFileClass *klass)
{
}

static void
mtx_keyring_file_init (MtxKeyringFile *self)
{
}

/**
 * mtx_keyring_file_new:
 *
 * Makes a keyring that looks at the file when it is first asked.
 *
 * Returns: (transfer full): a keyring
 */
MtxKeyring *
mtx_keyring_file_new (void)
{
  return g_object_new (MTX_TYPE_KEYRING_FILE, NULL);
}

/**
 * mtx_keyring_file_is_sandboxed:
 *
 * Says whether libsecret sees a sandbox (Flatpak or Snap) around the program.
 *
 * Returns: whether secrets go into a file
 */
gboolean
mtx_keyring_file_is_sandboxed (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS) || g_getenv ("SNAP_NAME") != NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The members of one section of a provider document, each read by its own rule (provider.md, section 2): a
 * wrong one becomes unset and leaves a warning, and never spoils the others.
 */
#pragma once

#include "sup-provider-types.h"

G_BEGIN_DECLS

/**
 * SupProviderFlag:
 * @SUP_PROVIDER_FLAG_UNSET: absent or unusable
 * @SUP_PROVIDER_FLAG_FALSE: no
 * @SUP_PROVIDER_FLAG_TRUE: yes
 */
typedef enum
{
  SUP_PROVIDER_FLAG_UNSET,
  SUP_PROVIDER_FLAG_FALSE,
  SUP_PROVIDER_FLAG_TRUE,
} SupProviderFlag;

/**
 * SupProviderFields:
 * @object: the section
 * @path: (nullable): its name in warnings, %NULL for the root
 * @warnings: (element-type utf8): collects `code:path`; shared by all sections of a document
 *
 * Lives on the reader's stack; owns nothing.
 */
typedef struct
{
  JsonObject *object;
  const char *path;
  GPtrArray  *warnings;
} SupProviderFields;

void             sup_provider_fields_warn              (const SupProviderFields *self,
                                                        const char              *code,
                                                        const char              *name);
JsonObject      *sup_provider_fields_get_section       (const SupProviderFields *self,
                                                        const char              *name);
JsonArray       *sup_provider_fields_get_array         (const SupProviderFields *self,
                                                        const char              *name);
SupProviderFlag  sup_provider_fields_get_flag          (const SupProviderFields *self,
                                                        const char              *name);
char            *sup_provider_fields_dup_text          (const SupProviderFields *self,
                                                        const char              *name);
char            *sup_provider_fields_dup_display_text  (const SupProviderFields *self,
                                                        const char              *name,
                                                        gsize                    max_chars);
char            *sup_provider_fields_dup_url           (const SupProviderFields *self,
                                                        const char              *name);
char            *sup_provider_fields_dup_color         (const SupProviderFields *self,
                                                        const char              *name);

gboolean         sup_provider_email_is_valid           (const char              *untrusted);

G_END_DECLS

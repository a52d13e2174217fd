# SPDX-License-Identifier: GPL-3.0-or-later
# Where things are, and whether this machine can do without the Debian 13 root. Sourced by setup and
# enter, which set env_dir first.

checkout=$(CDPATH='' cd -- "$env_dir/../.." && pwd -P)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wallet-support

hash_of () { cat "$@" | sha256sum | cut -c 1-12; }

root=$cache/root-$(hash_of "$env_dir/packages")
real=$cache/real-$(hash_of "$env_dir/packages" "$env_dir/requirements.txt" \
                           "$checkout/tests/real/agent/package-lock.json")
dendrite=$cache/dendrite-$(hash_of "$env_dir/packages" "$checkout/tests/real/dendrite/go.sum")

die () { printf 'wallet-support: %s\n' "$*" >&2; exit 1; }

# True where everything is already at hand: inside the root, or on a host that is new enough.
# WALLET_SUPPORT_ENV=root or =native overrules the look.
is_native () {
  [ ! -e /etc/wallet-support-root ] || return 0
  case ${WALLET_SUPPORT_ENV:-} in native) return 0 ;; root) return 1 ;; esac
  command -v pkg-config >/dev/null || return 1
  for wanted in 'gtk4 4.18' 'libadwaita-1 1.7' 'libsoup-3.0 3.6' 'libdex-1 0.10' 'json-glib-1.0 1.10' \
                'libsecret-1 0.21' 'glib-2.0 2.84' 'olm 3.2.16' 'sqlcipher 4.6' 'libcrypto 3'; do
    pkg-config --atleast-version="${wanted#* }" "${wanted% *}" || return 1
  done
  for wanted in blueprint-compiler msgfmt meson ninja clang go Xvfb dbus-run-session gnome-keyring-daemon \
                secret-tool xdotool import appstreamcli desktop-file-validate; do
    command -v "$wanted" >/dev/null || return 1
  done
  python3 -c 'import gi, ensurepip' 2>/dev/null
}

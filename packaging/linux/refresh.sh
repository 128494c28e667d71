#!/bin/sh
# After installing and after removing: menus, file types and icons are read again.
set -e
for tool in "update-desktop-database -q" "update-mime-database /usr/share/mime" "gtk-update-icon-cache -q /usr/share/icons/hicolor"; do
    command -v "${tool%% *}" >/dev/null && $tool >/dev/null 2>&1 || true
done

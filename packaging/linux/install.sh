#!/bin/sh
# Generative Playground @VERSION@: installs itself for you alone, without administrator rights and without a network.
#     sh FILE.run                  install (again, or over an older version)
#     sh FILE.run --prefix DIR     somewhere else than in ~/.local
#     sh FILE.run --no-check       install without trying the program first
#     sh FILE.run --uninstall      remove it; your runs and settings stay where they are
#     sh FILE.run --uninstall --with-runs      remove it together with your runs and settings
set -eu
name=generative-playground
glibc=@GLIBC@
kilobytes=@KILOBYTES@
lines=@LINES@ # of this script; the archive follows
prefix="$HOME/.local"
action=install
check=yes
data=keep
while [ $# -gt 0 ]; do
    case "$1" in
        --prefix) [ $# -gt 1 ] || { echo "--prefix needs a folder." >&2; exit 2; }; prefix="$2"; shift 2 ;;
        --uninstall) action=uninstall; shift ;;
        --with-runs) data=remove; shift ;;
        --no-check) check=no; shift ;;
        -h|--help) sed -n '2,7s/^# *//p' "$0"; exit 0 ;;
        *) echo "I do not know $1. Try --help." >&2; exit 2 ;;
    esac
done
case "$prefix" in /*) ;; *) prefix="$(pwd)/$prefix" ;; esac
home="$prefix/lib/$name"
share="$prefix/share"

refresh() { # menus and file types; a system without these tools does without
    command -v update-desktop-database >/dev/null && update-desktop-database -q "$share/applications" 2>/dev/null || true
    command -v update-mime-database >/dev/null && update-mime-database "$share/mime" >/dev/null 2>&1 || true
    command -v gtk-update-icon-cache >/dev/null && gtk-update-icon-cache -q "$share/icons/hicolor" 2>/dev/null || true
}

stop_if_running() {
    [ -e "$home/playground" ] || return 0
    real="$(readlink -f "$home/playground")"
    for process in /proc/[0-9]*; do
        if [ "$(readlink "$process/exe" 2>/dev/null)" = "$real" ]; then
            echo "Generative Playground is running (process ${process#/proc/}). Close it first; nothing was changed." >&2
            exit 1
        fi
    done
}

drop_empty() { # folders, innermost first, in which nothing is left
    for folder in "$@"; do rmdir "$folder" 2>/dev/null || true; done
}

drop_derived() { # lists that the system made for our files alone: without any source of theirs they are of no use
    if ! ls "$share/mime/packages/"*.xml >/dev/null 2>&1; then
        for derived in aliases generic-icons globs globs2 icons magic mime.cache subclasses treemagic types version XMLnamespaces; do
            rm -f "$share/mime/$derived"
        done
    fi
    if ! ls "$share/applications/"*.desktop >/dev/null 2>&1; then rm -f "$share/applications/mimeinfo.cache"; fi
    if [ "$(ls -A "$share/icons/hicolor" 2>/dev/null)" = icon-theme.cache ]; then rm -f "$share/icons/hicolor/icon-theme.cache"; fi
}

uninstall() {
    stop_if_running
    rm -rf "$home" "$home.new" "$home.old"
    rm -f "$prefix/bin/playground" "$share/applications/$name.desktop" "$share/mime/packages/$name.xml" \
        "$share/icons/hicolor/scalable/apps/$name.svg" "$share/doc/$name/copyright"
    refresh
    drop_empty "$share/icons/hicolor/scalable/apps" "$share/icons/hicolor/scalable"
    drop_derived
    drop_empty "$share/icons/hicolor" "$share/icons" "$share/mime/application" "$share/mime/packages" "$share/mime" \
        "$share/applications" "$share/doc/$name" "$share/doc" "$share" "$prefix/bin" "$prefix/lib" "$prefix"
    if [ "$data" = remove ]; then
        for folder in "${XDG_DATA_HOME:-$HOME/.local/share}" "${XDG_CONFIG_HOME:-$HOME/.config}" "${XDG_CACHE_HOME:-$HOME/.cache}"; do
            rm -rf "${folder:?}/$name"
            drop_empty "$folder"
        done
        drop_empty "$HOME/.local" "$prefix" # the data may have been all that was in them
    fi
}

if [ "$action" = uninstall ]; then
    uninstall
    if [ "$data" = remove ]; then
        echo "Generative Playground is removed, and your runs and settings with it."
    else
        echo "Generative Playground is removed. Your runs are where they were."
    fi
    exit 0
fi

# ---------------------------------------------------------------- what could be in the way, told before anything is written
if [ "$(uname -m)" != x86_64 ]; then
    echo "This file is for 64-bit Intel and AMD processors (x86_64); this machine is $(uname -m)." >&2
    exit 1
fi
if ! command -v xz >/dev/null || ! command -v tar >/dev/null; then
    echo "The tools tar and xz are needed to unpack (Debian, Ubuntu: xz-utils; Fedora: xz)." >&2
    exit 1
fi
have=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //')
if [ -n "$have" ] && [ "$(printf '%s\n%s\n' "$glibc" "$have" | sort -V | head -n 1)" != "$glibc" ]; then
    echo "This system is too old: it has glibc $have, and $glibc or newer is needed." >&2
    exit 1
fi
stop_if_running
mkdir -p "$prefix/lib" "$prefix/bin"
free=$(df -Pk "$prefix" | awk 'NR == 2 {print $4}')
if [ "$free" -lt $((kilobytes + 100000)) ]; then
    echo "There is not enough room in $prefix: $((kilobytes / 1000 + 100)) MB are needed, $((free / 1000)) MB are free." >&2
    drop_empty "$prefix/lib" "$prefix/bin" "$prefix"
    exit 1
fi

# ---------------------------------------------------------------- beside the old version, tried, and only then put in its place
# So a full disk or a broken file never costs a working program.
rm -rf "$home.new"
mkdir -p "$home.new/try"
give_up() { rm -rf "$home.new"; drop_empty "$prefix/lib" "$prefix/bin" "$prefix"; }
trap give_up EXIT
trap 'exit 130' INT TERM
echo "Unpacking ..."
if ! tail -n "+$((lines + 1))" "$0" | xz -dc -T0 | tar -x -C "$home.new" -f -; then
    echo "The file is damaged, or the disk is full. Compare its checksum with the one in SHA256SUMS, and copy it again." >&2
    exit 1
fi
new="$home.new/opt/$name"
if [ "$check" = yes ]; then
    echo "Checking ..."
    report="$home.new/try/report.json"
    if ! env HOME="$home.new/try" XDG_CONFIG_HOME="$home.new/try" XDG_DATA_HOME="$home.new/try" XDG_CACHE_HOME="$home.new/try" \
        QT_QPA_PLATFORM=offscreen "$new/playground" --self-test "$report" >"$home.new/try/words" 2>&1; then
        echo "The program does not work here; nothing was changed. This is what it said:" >&2
        sed -n 's/^ *"problem": "\(..*\)",*$/  \1/p' "$report" 2>/dev/null >&2 || true
        tail -n 5 "$home.new/try/words" | sed 's/^/  /' >&2
        echo "Where a library (lib...so) is missing: Debian, Ubuntu: sudo apt install libegl1 libgl1 libfontconfig1 libdbus-1-3" >&2
        exit 1
    fi
fi
rm -rf "$home.old"
[ ! -e "$home" ] || mv "$home" "$home.old"
mv "$new" "$home"
mkdir -p "$share"
cp -R "$home.new/usr/share/." "$share/"
rm -rf "$home.new" "$home.old"
trap - EXIT INT TERM
# In a menu entry a command stands in double quotes, in which \ " $ ` want a \ before them; that text is escaped once more, and %
# means something there (Desktop Entry Specification, "The Exec key"). sed then reads \ & | in what it puts in.
quoted=$(printf '%s' "$home/playground" | sed -e 's/[\\"$`]/\\&/g' -e 's/\\/\\\\/g' -e 's/%/%%/g' -e 's/[\\&|]/\\&/g')
sed "s|^Exec=.*|Exec=\"$quoted\" %f|" "$share/applications/$name.desktop" > "$home/entry"
cat "$home/entry" > "$share/applications/$name.desktop"
rm "$home/entry"
ln -sfn "$home/playground" "$prefix/bin/playground"
head -n "$lines" "$0" > "$home/setup.sh"
cat > "$home/uninstall.sh" <<'END'
#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
exec sh "$here/setup.sh" --uninstall --prefix "$(cd "$here/../.." && pwd)" "$@"
END
chmod +x "$home/uninstall.sh"
refresh
echo "Installed. Start it from the menu, or type: $prefix/bin/playground"
echo "To remove it: sh \"$home/uninstall.sh\""
exit 0

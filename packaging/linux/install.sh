#!/bin/sh
# Generative Playground @VERSION@: installs itself for you alone, without administrator rights and without a network.
#     sh FILE.run                  install (again, or over an older version)
#     sh FILE.run --prefix DIR     somewhere else than in ~/.local
#     sh FILE.run --uninstall      remove it; your runs stay where they are
set -eu
name=generative-playground
prefix="$HOME/.local"
action=install
while [ $# -gt 0 ]; do
    case "$1" in
        --prefix) prefix="$2"; shift 2 ;;
        --uninstall) action=uninstall; shift ;;
        -h|--help) sed -n '2,5s/^# *//p' "$0"; exit 0 ;;
        *) echo "I do not know $1. Try --help." >&2; exit 2 ;;
    esac
done
home="$prefix/lib/$name"
share="$prefix/share"

refresh() { # menus and file types; a system without these tools does without
    command -v update-desktop-database >/dev/null && update-desktop-database -q "$share/applications" || true
    command -v update-mime-database >/dev/null && update-mime-database "$share/mime" >/dev/null 2>&1 || true
    command -v gtk-update-icon-cache >/dev/null && gtk-update-icon-cache -q "$share/icons/hicolor" 2>/dev/null || true
}

uninstall() {
    rm -rf "$home" "$home.new" "$home.old"
    rm -f "$prefix/bin/playground" "$share/applications/$name.desktop" "$share/mime/packages/$name.xml" \
        "$share/icons/hicolor/scalable/apps/$name.svg"
    refresh
    for folder in "$share/icons/hicolor/scalable/apps" "$share/icons/hicolor/scalable" "$share/icons/hicolor" "$share/icons" \
        "$share/mime/packages" "$share/mime" "$share/applications" "$share" "$prefix/bin" "$prefix/lib"; do
        rmdir "$folder" 2>/dev/null || true # only where nothing else is in it
    done
}

if [ "$action" = uninstall ]; then
    uninstall
    echo "Generative Playground is removed. Your runs are where they were."
    exit 0
fi

mkdir -p "$prefix/lib" "$prefix/bin" "$share/applications" "$share/mime/packages" "$share/icons/hicolor/scalable/apps"
free=$(df -Pk "$prefix" | awk 'NR == 2 {print $4}')
if [ "$free" -lt $((@KILOBYTES@ + 100000)) ]; then
    echo "There is not enough room in $prefix: $((@KILOBYTES@ / 1000 + 100)) MB are needed, $((free / 1000)) MB are free." >&2
    exit 1
fi
# Beside the old version, tried, and only then put in its place: a full disk or a broken file never costs a working program.
rm -rf "$home.new"
mkdir -p "$home.new"
trap 'rm -rf "$home.new"' EXIT
echo "Unpacking ..."
tail -n "+@LINES@" "$0" | xz -dc | tar -x -C "$home.new" -f -
echo "Checking ..."
if ! QT_QPA_PLATFORM=offscreen "$home.new/playground/playground" --version >/dev/null; then
    echo "The program does not start here; nothing was changed. It needs glibc 2.36 or newer (Debian 12, Ubuntu 23.04)." >&2
    exit 1
fi
rm -rf "$home.old"
[ ! -e "$home" ] || mv "$home" "$home.old"
mv "$home.new/playground" "$home"
cp -R "$home.new/share/." "$share/"
rm -rf "$home.new" "$home.old"
trap - EXIT
quoted=$(printf '%s' "$home/playground" | sed 's/[\\&|]/\\&/g')
sed -i "s|@PROGRAM@|\"$quoted\"|" "$share/applications/$name.desktop"
ln -sfn "$home/playground" "$prefix/bin/playground"
cat > "$home/uninstall.sh" <<END
#!/bin/sh
exec sh "\$(dirname "\$0")/setup.sh" --uninstall --prefix "$prefix"
END
head -n "$((@LINES@ - 1))" "$0" > "$home/setup.sh"
chmod +x "$home/uninstall.sh"
refresh
echo "Installed. Start it from the menu, or type: $prefix/bin/playground"
echo "To remove it: sh \"$home/uninstall.sh\""
exit 0

#!/bin/bash
# The disk image for macOS, of dist/Generative Playground.app (packaging/build.py):  packaging/macos/make_dmg.sh VERSION
# Signed and notarised where the environment has what is needed: SIGN_IDENTITY ("Developer ID Application: ..."), and for Apple's check
# NOTARY_PROFILE (xcrun notarytool store-credentials). Without them the app gets a signature of its own, which arm64 demands, and
# the guide says how to open it the first time.
set -euo pipefail
version="${1:?which version?}"
cd "$(dirname "$0")/../.."
app="dist/Generative Playground.app"
image="dist/generative-playground-$version-macos-$(uname -m).dmg"
identity="${SIGN_IDENTITY:--}"
[ -d "$app" ] || { echo "There is no $app: run packaging/build.py first." >&2; exit 1; }

# Inside out: libraries and programs first, then the whole. A signature from a developer needs Apple's clock and the hardened runtime.
options=(--force --sign "$identity")
[ "$identity" = - ] || options+=(--timestamp --options runtime --entitlements packaging/macos/entitlements.plist)
find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' -o -perm -u+x \) -print0 |
    while IFS= read -r -d '' file; do
        if file -b "$file" | grep -q Mach-O; then codesign "${options[@]}" "$file" </dev/null; fi
    done
codesign "${options[@]}" "$app"
codesign --verify --deep --strict "$app"

stage="$(mktemp -d)"
trap 'rm -rf "$stage" "$stage.zip"' EXIT
notarise() { # send something to Apple, wait for the answer, and pin it to the second
    xcrun notarytool submit "$1" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$2"
}
if [ "$identity" != - ] && [ -n "${NOTARY_PROFILE:-}" ]; then # the app too: copied out of the image, it has to open without network
    ditto -c -k --keepParent "$app" "$stage.zip"
    notarise "$stage.zip" "$app"
fi
ditto "$app" "$stage/Generative Playground.app"
ln -s /Applications "$stage/Applications"
rm -f "$image"
# hdiutil fails now and then with "Resource busy", while the system still looks at the new files.
for attempt in 1 2 3 4 5; do
    if hdiutil create -volname "Generative Playground" -srcfolder "$stage" -fs HFS+ -format UDZO -imagekey zlib-level=9 -ov "$image"; then break; fi
    [ "$attempt" -lt 5 ] || { echo "hdiutil failed five times." >&2; exit 1; }
    sleep $((attempt * 5))
done
if [ "$identity" != - ] && [ -n "${NOTARY_PROFILE:-}" ]; then
    codesign --force --sign "$identity" --timestamp "$image"
    notarise "$image" "$image"
fi
hdiutil verify "$image"
echo "$image"

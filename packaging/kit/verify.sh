#!/bin/sh
# Are all files of this folder as they were made? (Linux: sh verify.sh; macOS: double-click verify.command)
cd "$(dirname "$0")" || exit 1
if command -v sha256sum >/dev/null; then
    sha256sum --quiet -c SHA256SUMS
else
    shasum -a 256 -c SHA256SUMS | grep -v ': OK$'
    shasum -a 256 -s -c SHA256SUMS
fi
code=$?
if [ "$code" -eq 0 ]; then
    echo "All files are whole."
else
    echo "Some files are damaged: copy this folder again."
fi
exit "$code"

#!/bin/sh
# usage: layers.sh LAYER...    outermost knowledge last. Fails when a file of core/ includes a layer that stands below its own.
set -eu
bad=0
seen=""
for layer in "$@"; do
    seen="$seen $layer"
    for f in core/"$layer"/*.[ch]; do
        [ -e "$f" ] || continue
        for inc in $(sed -n 's|^[ \t]*#[ \t]*include[ \t]*"\([a-z]*\)/[^"]*".*|\1|p' "$f"); do
            case " $seen " in
            *" $inc "*) ;;
            *) echo "$f: layer $layer includes $inc/, which stands below it"; bad=1 ;;
            esac
        done
    done
done
[ $bad -eq 0 ] && echo "layers: $# in order"
exit $bad

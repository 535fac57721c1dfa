#!/bin/sh
# Checks that posts/index.md links every post: prints the line that is missing for each one that it does not link.
# Exits with 0 if nothing is missing, else with 1. Run it in the project's folder: sh tools/check-index.sh
set -u

missing=0
for post in posts/*.md; do
    file=${post#posts/}
    [ "$file" = index.md ] && continue
    [ -f "$post" ] || continue
    grep -qF "]($file)" posts/index.md && continue
    title=$(sed -n 's/^# *//p' "$post" | head -n 1)
    printf 'missing line: - [%s](%s)\n' "${title:-$file}" "$file"
    missing=1
done
exit $missing

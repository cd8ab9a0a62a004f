#!/usr/bin/env bash
# Which lines of src and dissectors the unit, property and golden tests run.
#   tools/coverage.sh                builds in .build/coverage, runs these tests, reports
#   tools/coverage.sh --report DIR   reports only, on a build folder of the coverage preset
# Needs gcovr. Prints a line for each file below 85 %, and one for each folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ ${1:-} != --report ]]; then
  find .build/coverage -name '*.gcda' -delete 2>/dev/null || true
  exec cmake --workflow --preset coverage
fi
folder=${2:?"the build folder is missing"}
command -v gcovr >/dev/null || { echo "coverage.sh: gcovr is not installed" >&2; exit 1; }
# Lines are counted, not branches: many of those only an exception of a library takes.
gcovr --root . --object-directory "$folder" --filter 'src/' --filter 'dissectors/' --csv - "$folder" |
  tr -d '\r' |
  awk -F, -v low=85 '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    {
      name = $column["filename"]; total = $column["line_total"]; covered = $column["line_covered"]
      if (total == 0) next
      split(name, part, "/")
      room = part[1] == "src" ? part[1] "/" part[2] : part[1]
      lines[room] += total; run[room] += covered
      lines[part[1]] += room == part[1] ? 0 : total; run[part[1]] += room == part[1] ? 0 : covered
      all += total; all_run += covered
      if (covered * 100 < total * low) printf "below %d %%: %5.1f %% of %4d lines  %s\n", low, covered * 100 / total, total, name
    }
    END {
      for (room in lines) printf "%5.1f %% of %5d lines  %s\n", run[room] * 100 / lines[room], lines[room], room | "sort -k 6"
      close("sort -k 6")
      if (all == 0) exit 1
      printf "%5.1f %% of %5d lines  src and dissectors\n", all_run * 100 / all, all
    }'

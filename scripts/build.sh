# Sourced by ./finwait and ./test, after dotnet.sh: the one Release build and the check that it is current.
program=$root/src/Finwait.Cli/bin/Release/net10.0/finwait.dll
stamp=$root/artifacts/finwait.stamp # as old as the beginning of the last good build; holds a checksum of the list of sources

sources() { # what the program is made of, without what builds leave behind; arguments narrow it down
  find "$root/src" "$root"/Directory.*.props "$root"/Directory.*.targets "$root/.editorconfig" \
    \( -name bin -o -name obj \) -prune -o -type f "$@" -print 2>/dev/null
}

list_of_sources() { sources | LC_ALL=C sort | cksum; }

is_current() {
  [ -f "$program" ] && [ -f "$stamp" ] || return 1
  [ -z "$(sources -newer "$stamp" | head -n 1)" ] || return 1 # something changed
  [ "$(list_of_sources)" = "$(cat "$stamp")" ] # nothing came or went
}

build_release() { # NAME PROJECT: quiet if all is well; otherwise the errors, and false
  # Nothing stays behind in memory, unless whoever builds often asks for the compiler to stay (UseSharedCompilation=true): then a build takes a third of the time.
  local list log status=0 alone=--disable-build-servers
  [ "${UseSharedCompilation:-}" != true ] || alone=
  mkdir -p "$root/artifacts"
  list=$(list_of_sources)
  : >"$stamp.began"
  log=$(dotnet build "$2" -c Release --nologo -v quiet -clp:NoSummary $alone </dev/null 2>&1) || status=$?
  if [ $status -ne 0 ]; then
    rm -f "$stamp.began"
    echo "$1: the build failed:" >&2
    printf '%s\n' "$log" | grep -E 'error|warning' | sed -E "s|^$root/||; s| \[[^]]*proj\]$||" | awk '!seen[$0]++' | head -n 40 >&2
    [ -n "$(printf '%s\n' "$log" | grep -E 'error|warning')" ] || printf '%s\n' "$log" >&2
    return 1
  fi
  # What changed while the build ran may have been missed: the stamp is as old as its beginning.
  printf '%s\n' "$list" >"$stamp.new" && touch -r "$stamp.began" "$stamp.new" && mv "$stamp.new" "$stamp"
  rm -f "$stamp.began"
}

alone() { # runs a command while no other build of this checkout runs
  mkdir -p "$root/artifacts"
  if command -v flock >/dev/null 2>&1; then
    ( flock 9 && "$@" 9>&- ) 9>"$root/artifacts/build.lock"
  else
    "$@"
  fi
}

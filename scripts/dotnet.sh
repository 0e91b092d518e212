# Sourced by ./finwait and ./test: finds the .NET SDK and keeps it quiet. Sets nothing else.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_ADD_GLOBAL_TOOLS_TO_PATH=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
export DOTNET_CLI_UI_LANGUAGE=en

# The dotnet command needs a home to keep its sentinels in; some containers give none.
if [ -z "${HOME:-}" ] || [ ! -w "$HOME" ]; then
  export DOTNET_CLI_HOME="${TMPDIR:-/tmp}/finwait-dotnet-$(id -u)"
  export NUGET_PACKAGES="${NUGET_PACKAGES:-$DOTNET_CLI_HOME/packages}"
  mkdir -p "$DOTNET_CLI_HOME"
  export HOME="$DOTNET_CLI_HOME" # NuGet keeps files of its own there, and without it puts them where it is run
fi

need_dotnet() { # NAME: the command that asks
  if ! command -v dotnet >/dev/null 2>&1; then
    echo "$1: the command 'dotnet' was not found; install the .NET SDK 10 or later and put it on the PATH" >&2
    exit 127
  fi
}

need_sdk() { # NAME: the command that asks; the SDK must be able to build net10.0
  need_dotnet "$1"
  local version
  version=$(cd "$root" && dotnet --version 2>/dev/null) || version=
  case "${version%%.*}" in
    '' | *[!0-9]*)
      echo "$1: 'dotnet' is here but has no SDK (only a runtime?); install the .NET SDK 10 or later" >&2
      exit 127 ;;
  esac
  if [ "${version%%.*}" -lt 10 ]; then
    echo "$1: the .NET SDK here is $version; Finwait needs 10 or later" >&2
    exit 127
  fi
}

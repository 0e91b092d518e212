@echo off
rem Builds Finwait once (Release) and runs it. The same as ./finwait, for Windows.
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set DOTNET_NOLOGO=1
dotnet build "%~dp0src\Finwait.Cli" -c Release --nologo -v quiet -clp:NoSummary || exit /b 1
dotnet "%~dp0src\Finwait.Cli\bin\Release\net10.0\finwait.dll" %*

@echo off
rem Builds everything (Release) and runs the tests. Tests that need Linux are skipped and say so.
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set DOTNET_NOLOGO=1
dotnet test "%~dp0Finwait.slnx" -c Release --nologo --filter Category!=Long %*

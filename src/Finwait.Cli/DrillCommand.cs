using System.Globalization;
using System.Text.Json;
using Finwait.Drill;

namespace Finwait.Cli;

/// <summary><c>finwait drill</c>: conformance scripts in packetdrill's language.</summary>
internal static class DrillCommand
{
    private const string Name = "finwait drill";

    private const string Usage = $"""
        Usage: {Name} [options] FILE|FOLDER...
        Runs scripts in packetdrill's language on a host in virtual time. Of a folder all *.pkt below it.

          --personality linux|freebsd   the host's defaults (default linux)
          --strict                      packets behind the last event of a script fail it too
          --seed N                      seed of sequence numbers and ports (default 1)
          --json                        one line of JSON per script and one for the sum
          -v, --verbose                 what happened, event by event
          -D NAME=VALUE                 defines a symbol
          --ip_version=ipv4|ipv6|ipv4-mapped-ipv6, --tolerance_usecs=N, --mtu=N and packetdrill's other options

        Per script: FILE: ok, FILE:LINE: error: ..., or FILE: skipped: needs X. Exit status 0 if no script failed, 1 if one did, 2 wrong usage.

        """;

    private sealed record Arguments(List<string> Paths, List<string> Settings, bool Json, bool Help, DrillOptions Options);

    /// <summary>Runs the scripts named.</summary>
    /// <returns>0 none failed, 1 one failed, 2 wrong usage.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        if (!TryParse(args, out Arguments arguments, out string fault))
        {
            error.WriteLine($"{Name}: {fault}; {Name} --help says more");
            return 2;
        }

        if (arguments.Help)
        {
            output.Write(Usage);
            return 0;
        }

        var files = new List<string>();
        foreach (string path in arguments.Paths)
        {
            if (Directory.Exists(path))
            {
                files.AddRange(Directory.EnumerateFiles(path, "*.pkt", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
            }
            else if (File.Exists(path))
            {
                files.Add(path);
            }
            else
            {
                error.WriteLine($"{Name}: there is no file or folder '{path}'");
                return 2;
            }
        }

        if (files.Count == 0)
        {
            error.WriteLine($"{Name}: no script to run: name files, or folders with *.pkt");
            return 2;
        }

        return RunAll(files, arguments, output);
    }

    private static int RunAll(List<string> files, Arguments arguments, TextWriter output)
    {
        DrillOptions options = arguments.Options with { Settings = arguments.Settings };
        int ok = 0, failed = 0, skipped = 0;
        foreach (string file in files)
        {
            DrillResult result;
            try
            {
                result = DrillRunner.Run(file, InputFiles.Read(file), options);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                result = new DrillResult(file, DrillOutcome.Failed, 0, e.Message, []);
            }

            ok += result.Outcome == DrillOutcome.Ok ? 1 : 0;
            failed += result.Outcome == DrillOutcome.Failed ? 1 : 0;
            skipped += result.Outcome == DrillOutcome.Skipped ? 1 : 0;
            Write(result, arguments.Json, output);
        }

        output.WriteLine(arguments.Json
            ? string.Create(CultureInfo.InvariantCulture, $$"""{"ok":{{ok}},"failed":{{failed}},"skipped":{{skipped}}}""")
            : string.Create(CultureInfo.InvariantCulture, $"{ok} ok, {failed} failed, {skipped} skipped"));
        return failed > 0 ? 1 : 0;
    }

    private static void Write(DrillResult result, bool json, TextWriter output)
    {
        if (!json)
        {
            foreach (string line in result.Log)
            {
                output.WriteLine(line);
            }

            output.WriteLine(result);
            return;
        }

        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            writer.WriteString("file", result.File);
            writer.WriteString("outcome", result.Outcome switch { DrillOutcome.Ok => "ok", DrillOutcome.Failed => "failed", _ => "skipped" });
            if (result.Outcome != DrillOutcome.Ok)
            {
                writer.WriteNumber("line", result.Line);
                writer.WriteString(result.Outcome == DrillOutcome.Skipped ? "needs" : "message", result.Message);
            }

            if (result.Log.Count > 0)
            {
                writer.WriteStartArray("log");
                foreach (string line in result.Log)
                {
                    writer.WriteStringValue(line);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(bytes.ToArray()));
    }

    private static bool TryParse(string[] args, out Arguments arguments, out string fault)
    {
        var paths = new List<string>();
        var settings = new List<string>();
        bool json = false, help = false;
        DrillOptions options = new();
        fault = "";
        for (int i = 0; i < args.Length && fault.Length == 0; i++)
        {
            string argument = args[i];
            int equals = argument.IndexOf('=');
            string name = argument.StartsWith("--", StringComparison.Ordinal) && equals > 0 ? argument[..equals] : argument;
            switch (name)
            {
                case "--json":
                    json = true;
                    break;
                case "--help" or "-h":
                    help = true;
                    break;
                case "--strict":
                    options = options with { IsStrict = true };
                    break;
                case "-v" or "--verbose":
                    options = options with { IsVerbose = true };
                    break;
                case "--personality" when ValueOf(args, ref i, equals) is { } kernel && kernel is "linux" or "freebsd":
                    options = options with { Personality = kernel == "linux" ? DrillPersonality.Linux : DrillPersonality.FreeBsd };
                    break;
                case "--seed" when ulong.TryParse(ValueOf(args, ref i, equals), CultureInfo.InvariantCulture, out ulong seed):
                    options = options with { Seed = seed };
                    break;
                case "-D" when i + 1 < args.Length:
                    settings.Add("define=" + args[++i]);
                    break;
                case "--personality" or "--seed" or "-D":
                    fault = $"{name} needs a value" + (name == "--personality" ? ": linux or freebsd" : "");
                    break;
                default:
                    if (argument.StartsWith("--", StringComparison.Ordinal) && !argument.Contains(' '))
                    {
                        settings.Add(argument[2..]);
                        fault = DrillRunner.CheckSetting(argument[2..]) ?? "";
                    }
                    else if (argument.StartsWith('-'))
                    {
                        fault = $"there is no option {argument}";
                    }
                    else
                    {
                        paths.Add(argument);
                    }

                    break;
            }
        }

        arguments = new Arguments(paths, settings, json, help, options);
        return fault.Length == 0;
    }

    private static string? ValueOf(string[] args, ref int at, int equals) => equals > 0 ? args[at][(equals + 1)..] : at + 1 < args.Length ? args[++at] : null;
}

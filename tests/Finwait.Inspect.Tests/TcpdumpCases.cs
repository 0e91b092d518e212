using System.Diagnostics;
using System.Text;
using Finwait.Cli;

namespace Finwait.Inspect.Tests;

/// <summary>What one command line wrote, and its exit status.</summary>
/// <param name="Output">Standard output, one character per octet.</param>
/// <param name="Errors">Standard error, likewise; our command's name is replaced by tcpdump's.</param>
/// <param name="Status">Exit status.</param>
internal sealed record DumpResult(string Output, string Errors, int Status);

/// <summary>
/// A file of tests/golden/tcpdump-cases: captures (<c>@ name hex</c>), and command lines (<c>$ flags</c>) with what the real
/// tcpdump wrote on standard output (<c>1 text</c>, or <c>x hex</c>) and standard error (<c>2 text</c>), and its exit status (<c>? n</c>).
/// </summary>
internal sealed class TcpdumpCases : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("finwait-dump-");
    private readonly List<(string Command, DumpResult Expected)> _cases = [];

    static TcpdumpCases()
    {
        // The texts were made in this zone.
        Environment.SetEnvironmentVariable("TZ", "UTC");
        TimeZoneInfo.ClearCachedData();
    }

    public TcpdumpCases(string file)
    {
        var output = new StringBuilder();
        var errors = new StringBuilder();
        string command = "";
        foreach (string line in File.ReadLines(Path.Combine(GoldenArchive.Folder, "tcpdump-cases", file), Encoding.Latin1))
        {
            string rest = line.Length > 2 ? line[2..] : "";
            switch (line[0])
            {
                case '@':
                    int blank = rest.IndexOf(' ', StringComparison.Ordinal);
                    File.WriteAllBytes(Path.Combine(_folder.FullName, rest[..blank]), Convert.FromHexString(rest[(blank + 1)..]));
                    break;
                case '$':
                    command = rest;
                    break;
                case '1':
                    output.Append(rest).Append('\n');
                    break;
                case 'x':
                    output.Append(Encoding.Latin1.GetString(Convert.FromHexString(rest)));
                    break;
                case '2':
                    errors.Append(rest).Append('\n');
                    break;
                case '?':
                    _cases.Add((command, new DumpResult(output.ToString(), errors.ToString(), int.Parse(rest, System.Globalization.CultureInfo.InvariantCulture))));
                    output.Clear();
                    errors.Clear();
                    break;
            }
        }
    }

    public IReadOnlyList<(string Command, DumpResult Expected)> Cases => _cases;

    public string Folder => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Runs <c>finwait dump</c> as if in the folder of the captures.</summary>
    public DumpResult Run(string command)
    {
        string[] args = [.. command.Split(' ').Select(word => File.Exists(Path.Combine(Folder, word)) ? Path.Combine(Folder, word) : word)];
        return Run(args, Folder + Path.DirectorySeparatorChar);
    }

    /// <summary>Runs <c>finwait dump</c>.</summary>
    public static DumpResult Run(string[] args, string hide = "/no folder/")
    {
        using var output = new MemoryStream();
        using var errors = new StringWriter { NewLine = "\n" };
        int status = DumpCommand.Run(args, null, output, errors);
        string text = errors.ToString().Replace("finwait dump: ", "tcpdump: ", StringComparison.Ordinal).Replace(hide, "", StringComparison.Ordinal);
        return new DumpResult(Encoding.Latin1.GetString(output.ToArray()), text, status);
    }

    /// <summary>Runs the real tcpdump in the folder of the captures.</summary>
    public DumpResult RunWitness(string command) => Witness.Run(Folder, command.Split(' '));
}

/// <summary>The real tcpdump, where this machine has the version that the texts were made with.</summary>
internal static class Witness
{
    private const string Version = "tcpdump version 4.99.3\nlibpcap version 1.10.3";

    /// <summary>Why the witness cannot be asked; null if it can.</summary>
    public static string? Absence { get; } = FindAbsence();

    public static DumpResult Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("tcpdump", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.Latin1, StandardErrorEncoding = Encoding.Latin1 };
        start.Environment["TZ"] = "UTC";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new DumpResult(output, errors.Result, process.ExitCode);
    }

    private static string? FindAbsence()
    {
        try
        {
            DumpResult version = Run(Path.GetTempPath(), "--version");
            return version.Output.StartsWith(Version, StringComparison.Ordinal) ? null : "tcpdump here is not 4.99.3 with libpcap 1.10.3, which the texts are from";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "tcpdump is not installed";
        }
    }
}

/// <summary>A test that asks the real tcpdump; skipped, with the reason, where it is not there.</summary>
internal sealed class WitnessFactAttribute : FactAttribute
{
    public WitnessFactAttribute() => Skip = Witness.Absence!;
}

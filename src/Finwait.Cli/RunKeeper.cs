using System.Globalization;
using Finwait.Lab;

namespace Finwait.Cli;

/// <summary>
/// Writes a run down while it goes on: after each line the transcript, what passed each host, and the files that hosts have written. Whatever ends the
/// process, what was there before the last line is in the folder.
/// </summary>
internal sealed class RunKeeper : IDisposable
{
    /// <summary>Runs that are kept where no folder was named; older ones go.</summary>
    private const int MostRuns = 10;

    private const string RunPrefix = "run-";

    /// <summary>Holds the number of the process while the run goes on.</summary>
    private const string ProcessFile = "lab.pid";

    private readonly LabSession _session;
    private readonly StreamWriter _transcript;
    private readonly Dictionary<string, LabCaptureFeed> _feeds = [];

    /// <summary>What is being written.</summary>
    private string _file;

    private RunKeeper(LabSession session, string folder)
    {
        (_session, Folder, _file) = (session, folder, Transcript(folder));
        _transcript = new StreamWriter(_file);
        File.WriteAllText(Path.Combine(folder, ProcessFile), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
    }

    private static string Transcript(string folder) => Path.Combine(folder, "transcript.txt");

    /// <summary>Where everything lies.</summary>
    public string Folder { get; }

    /// <summary>Why nothing more is written; null while all is well.</summary>
    public string? Failure { get; private set; }

    /// <summary>Begins to write into a folder, which is made if it is not there.</summary>
    /// <param name="session">The run.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="force">True to write over a run that lies there.</param>
    /// <param name="why">Why that is not possible.</param>
    /// <returns>Null if that is not possible; then <paramref name="why"/> says why.</returns>
    public static RunKeeper? Open(LabSession session, string folder, bool force, out string why)
    {
        why = "";
        try
        {
            if (File.Exists(folder))
            {
                why = "is a file, and --out takes a folder";
                return null;
            }

            if (!force && File.Exists(Transcript(folder)))
            {
                why = "holds a run already: take another folder, or --force to write over it";
                return null;
            }

            why = "the folder cannot be made";
            Directory.CreateDirectory(folder);
            why = "the folder cannot be written to";
            var keeper = new RunKeeper(session, folder);
            keeper.Keep();
            why = "";
            return keeper;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>A new folder for a run of which the user named none, below the user's state directory. Null if there can be none.</summary>
    public static string? NewFolder()
    {
        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        string home = Environment.GetFolderPath(OperatingSystem.IsWindows() ? Environment.SpecialFolder.LocalApplicationData : Environment.SpecialFolder.UserProfile);
        string root = !string.IsNullOrEmpty(state) ? state : home.Length == 0 || !Directory.Exists(home) ? Path.GetTempPath() : OperatingSystem.IsWindows() ? home : Path.Combine(home, ".local", "state");
        return NewFolder(Path.Combine(root, "finwait", "lab"), DateTime.Now);
    }

    /// <summary>A new folder named by the time in <paramref name="parent"/>; the oldest of such folders go.</summary>
    internal static string? NewFolder(string parent, DateTime now)
    {
        try
        {
            Directory.CreateDirectory(parent);
            foreach (string old in Directory.EnumerateDirectories(parent, RunPrefix + "*").OrderDescending(StringComparer.Ordinal).Skip(MostRuns - 1).Where(old => !IsInUse(old)).ToList())
            {
                Directory.Delete(old, recursive: true);
            }

            string name = RunPrefix + now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
            string folder = Path.Combine(parent, name);
            for (int i = 2; Directory.Exists(folder); i++)
            {
                folder = Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $"{name}-{i}"));
            }

            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>True if the lab whose run it is still goes on: its process has the number that it left there.</summary>
    private static bool IsInUse(string folder)
    {
        string file = Path.Combine(folder, ProcessFile);
        if (!File.Exists(file) || !int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out int number))
        {
            return false;
        }

        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(number);
            return !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Text of the transcript.</summary>
    public void Write(string? text)
    {
        if (Failure is null)
        {
            _file = Transcript(Folder);
            Try(() => _transcript.Write(text));
        }
    }

    /// <summary>Writes down what has come since the last call.</summary>
    public void Keep()
    {
        if (Failure is null)
        {
            Try(KeepAll);
        }
    }

    /// <summary>The lines of a script; what each brought is kept before the next is played.</summary>
    public IEnumerable<string> Kept(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            Keep();
            yield return line;
        }

        Keep();
    }

    /// <summary>Leaves the pictures of the run beside it.</summary>
    /// <param name="title">What the run is, in a line; null for the name of its network.</param>
    public void Draw(string? title)
    {
        Keep();
        if (Failure is null)
        {
            Try(() =>
            {
                foreach ((string name, string text) in _session.Pictures(title))
                {
                    _file = Path.Combine(Folder, name);
                    File.WriteAllText(_file, text);
                }
            });
        }
    }

    public void Dispose()
    {
        Try(_transcript.Dispose);
        Try(() => File.Delete(Path.Combine(Folder, ProcessFile)));
    }

    private void KeepAll()
    {
        _file = Transcript(Folder);
        _transcript.Flush();
        string run = _session.NetworksBegun == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{_session.NetworksBegun}");
        foreach (string host in _session.HostNames)
        {
            if (!_feeds.TryGetValue(host + run, out LabCaptureFeed? feed))
            {
                _feeds[host + run] = feed = _session.Feed(host);
            }

            byte[] octets = feed.Take(out bool isWhole);
            if (isWhole || octets.Length > 0)
            {
                _file = Path.Combine(Folder, $"{host}{run}.pcap");
                using var file = new FileStream(_file, isWhole ? FileMode.Create : FileMode.Append);
                file.Write(octets);
            }
        }

        foreach ((string host, string name, byte[] content) in _session.TakeChangedFiles())
        {
            string folder = Path.Combine(Folder, host + run);
            Directory.CreateDirectory(folder);
            _file = Path.Combine(folder, string.Join('_', name.Split(Path.GetInvalidFileNameChars())));
            File.WriteAllBytes(_file, content);
        }
    }

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Failure ??= $"{_file}: the file cannot be written";
        }
    }
}

/// <summary>Writes to a writer, and into the transcript of a run that is kept.</summary>
internal sealed class KeptWriter(TextWriter output, RunKeeper keeper) : TextWriter
{
    public override System.Text.Encoding Encoding => output.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        output.Write(value);
        keeper.Write(value);
    }

    public override void Flush() => output.Flush();
}

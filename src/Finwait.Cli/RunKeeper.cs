using System.Diagnostics;
using System.Globalization;
using System.Text;
using Finwait.Lab;

namespace Finwait.Cli;

/// <summary>
/// Writes a run down while it goes on: after each line, and every now and then while a long one is carried out, the transcript, what passed each host, and the files
/// that hosts have written. Whatever ends the process, what was there a moment before is in the folder. What cannot be written is kept and tried again.
/// </summary>
internal sealed class RunKeeper : IDisposable
{
    /// <summary>Runs that are kept where no folder was named; older ones go.</summary>
    private const int MostRuns = 10;

    private const string RunPrefix = "run-";

    /// <summary>Holds the number of the process while the run goes on.</summary>
    private const string ProcessFile = "lab.pid";

    /// <summary>While a long line is carried out, writing may take this part of the time.</summary>
    private const int WaitsForOneWriting = 10;

    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(300);

    private readonly LabSession _session;
    private readonly KeptFile _transcript;
    private readonly Dictionary<string, (LabCaptureFeed Feed, KeptFile File)> _captures = [];
    private readonly Dictionary<string, byte[]> _unwritten = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _next;

    /// <summary>What is being written.</summary>
    private string _file;

    private RunKeeper(LabSession session, string folder, TimeSpan wait)
    {
        _next = wait;
        (_session, Folder, _file) = (session, folder, Transcript(folder));
        _transcript = new KeptFile(_file);
        _transcript.Replace([]);
        File.WriteAllText(Path.Combine(folder, ProcessFile), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        session.Meanwhile = KeepMeanwhile;
    }

    private static string Transcript(string folder) => Path.Combine(folder, "transcript.txt");

    /// <summary>Where everything lies.</summary>
    public string Folder { get; }

    /// <summary>Why the run cannot be written at present; null while all is well. What could not be written is kept and tried again.</summary>
    public string? Failure { get; private set; }

    /// <summary>Begins to write into a folder, which is made if it is not there.</summary>
    /// <param name="session">The run.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="force">True to write over a run that lies there.</param>
    /// <param name="why">Why that is not possible.</param>
    /// <param name="wait">How long the first writing during a long line waits; null for a third of a second.</param>
    /// <returns>Null if that is not possible; then <paramref name="why"/> says why.</returns>
    public static RunKeeper? Open(LabSession session, string folder, bool force, out string why, TimeSpan? wait = null)
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
            var keeper = new RunKeeper(session, folder, wait ?? s_shortestWait);
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
            using var process = Process.GetProcessById(number);
            return !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Text of the transcript.</summary>
    public void Write(string? text) => _transcript.Add(Encoding.UTF8.GetBytes(text ?? ""));

    /// <summary>Writes down what has come since the last call.</summary>
    public void Keep()
    {
        string? failure = null;
        KeepAll(ref failure);
        Failure = failure;
    }

    /// <summary>The same between two events of a long line, if the last time was not too short a while ago.</summary>
    private void KeepMeanwhile()
    {
        if (_watch.Elapsed < _next && !_captures.Values.Any(capture => capture.Feed.IsFarBehind))
        {
            return;
        }

        TimeSpan begun = _watch.Elapsed;
        Keep();
        TimeSpan now = _watch.Elapsed;
        _next = now + ((now - begun) * WaitsForOneWriting > s_shortestWait ? (now - begun) * WaitsForOneWriting : s_shortestWait);
    }

    /// <summary>The lines of a script; what each brought is kept before the next is played.</summary>
    public IEnumerable<string> Kept(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            yield return line;
            Keep();
        }
    }

    /// <summary>Leaves the pictures of the run beside it.</summary>
    /// <param name="title">What the run is, in a line; null for the name of its network.</param>
    public void Draw(string? title)
    {
        Keep();
        string? failure = Failure;
        Try(() =>
        {
            foreach ((string name, string text) in _session.Pictures(title))
            {
                _file = Path.Combine(Folder, name);
                File.WriteAllText(_file, text);
            }
        }, ref failure);
        Failure = failure;
    }

    public void Dispose()
    {
        _session.Meanwhile = null;
        string? failure = null;
        Try(() => File.Delete(Path.Combine(Folder, ProcessFile)), ref failure);
    }

    private void KeepAll(ref string? failure)
    {
        _file = Folder;
        Try(() => Directory.CreateDirectory(Folder), ref failure);
        string run = _session.NetworksBegun == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{_session.NetworksBegun}");
        foreach (string host in _session.HostNames)
        {
            if (!_captures.TryGetValue(host + run, out (LabCaptureFeed Feed, KeptFile File) capture))
            {
                _captures[host + run] = capture = (_session.Feed(host), new KeptFile(Path.Combine(Folder, $"{host}{run}.pcap")));
            }

            byte[] octets = capture.Feed.Take(out bool isWhole);
            if (isWhole)
            {
                capture.File.Replace(octets);
            }
            else
            {
                capture.File.Add(octets);
            }
        }

        foreach ((string host, string name, byte[] content) in _session.TakeChangedFiles())
        {
            _unwritten[Path.Combine(Folder, host + run, string.Join('_', name.Split(Path.GetInvalidFileNameChars())))] = content;
        }

        // The captures first: they are what cannot be had again. What one file refuses does not keep the others from being written.
        foreach (KeptFile file in _captures.Values.Select(capture => capture.File).Append(_transcript))
        {
            _file = file.Path;
            Try(file.Write, ref failure);
        }

        foreach ((string path, byte[] content) in _unwritten.ToArray())
        {
            _file = path;
            Try(() => Write(path, content), ref failure);
        }
    }

    private void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        _unwritten.Remove(path);
    }

    private void Try(Action write, ref string? failure)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The runtime puts the path behind its reason.
            failure ??= $"{_file}: {(e is not UnauthorizedAccessException ? e.Message.Split(" : '", 2)[0] : Directory.Exists(_file) ? "is a folder" : "Permission denied")}";
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

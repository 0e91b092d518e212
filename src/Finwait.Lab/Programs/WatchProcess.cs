using System.Globalization;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary><c>watch -n SECONDS COMMAND</c>: shows the command's output again whenever it has changed.</summary>
internal sealed class WatchProcess : LabProcess
{
    private readonly LabShell _shell;
    private readonly TextWriter _output;
    private const string Usage = """

        Usage:
         watch [-n SECONDS] [-d] [-g] [-t] command

        """;

    private readonly bool _endsWithChange;
    private TimeSpan _interval = TimeSpan.FromSeconds(2);
    private readonly string _command = "";
    private Instant _next;
    private string? _last;
    private ShellJob? _running;
    private CollectSink _collected = new();

    public WatchProcess(LabShell shell, int pid, string[] arguments, TextWriter output, TextWriter error)
        : base(shell.Host, pid, "watch")
    {
        _shell = shell;
        _output = output;
        _next = Machine.Now;
        int at = 0;
        for (; at < arguments.Length && arguments[at].StartsWith('-') && !HasExited; at++)
        {
            string word = arguments[at];
            if (word is "-n" or "--interval" || word.StartsWith("-n", StringComparison.Ordinal) || word.StartsWith("--interval=", StringComparison.Ordinal))
            {
                bool isJoined = word is not ("-n" or "--interval");
                string? value = isJoined ? word[(word.StartsWith("--", StringComparison.Ordinal) ? "--interval=".Length : 2)..] : at + 1 < arguments.Length ? arguments[++at] : null;
                TakeInterval(value, error);
            }
            else if (word is "-g" or "--chgexit")
            {
                _endsWithChange = true;
            }
            else if (word is "-v" or "--version")
            {
                _output.Write("watch of the lab, as that of procps-ng 4.0.2\n");
                Exit(0);
            }
            else if (word is "-h" or "--help")
            {
                _output.Write(Usage);
                Exit(0);
            }
            else if (word is not ("-d" or "--differences" or "-t" or "--no-title" or "-b" or "--beep" or "-c" or "--color" or "-p" or "--precise" or "-x" or "--exec" or "-w" or "--no-wrap" or "-r" or "--no-rerun"))
            {
                bool isThere = word is "-e" or "--errexit" or "-q" or "--equexit" or "-C" or "--no-color";
                error.Write(isThere ? $"watch: the lab's watch does not have {word}\n" : (word.StartsWith("--", StringComparison.Ordinal) ? $"watch: unrecognized option '{word}'\n" : $"watch: invalid option -- '{word[1]}'\n") + Usage);
                Exit(1);
            }
        }

        if (HasExited)
        {
            return;
        }

        _command = string.Join(' ', arguments[at..]);
        if (_command.Length == 0)
        {
            error.Write(Usage);
            Exit(1);
        }
    }

    /// <summary>Seconds; less than a tenth is a tenth.</summary>
    private void TakeInterval(string? value, TextWriter error)
    {
        if (value is null)
        {
            error.Write("watch: option requires an argument -- 'n'\n" + Usage);
            Exit(1);
        }
        else if (!double.TryParse(value.Replace(',', '.'), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds))
        {
            error.Write($"watch: failed to parse argument: '{value}': Invalid argument\n");
            Exit(1);
        }
        else
        {
            _interval = TimeSpan.FromSeconds(Math.Clamp(seconds, 0.1, 1_000_000));
        }
    }

    public override Instant Deadline => HasExited ? Instant.Never : _running?.Deadline ?? _next;

    public override bool Run()
    {
        bool did = false;
        if (_running is null && !HasExited && Machine.Now >= _next)
        {
            did = true;
            _next = Machine.Now + _interval;
            Start();
        }

        if (_running is not null)
        {
            did |= _running.Run();
            if (_running.IsDone && !HasExited)
            {
                _running = null;
                did = true;
                Show(_collected.Text);
                _next = Machine.Now > _next ? Machine.Now : _next;
            }
        }

        return did;
    }

    private void Start()
    {
        _collected = new CollectSink();
        try
        {
            _running = _shell.Inner(_command, _collected);
        }
        catch (ShellSyntaxException error)
        {
            Show($"sh: {error.Message}\n");
        }
    }

    private void Show(string text)
    {
        if (text != _last)
        {
            bool isChange = _last is not null;
            _last = text;
            _output.Write(text);
            if (isChange && _endsWithChange)
            {
                Exit(0);
            }
        }
    }

    public override void Interrupt()
    {
        _running?.Kill(ShellInterruptedException.Status);
        _running = null;
        Exit(0);
    }
}

using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary><c>watch -n SECONDS COMMAND</c>: shows the command's output again whenever it has changed.</summary>
internal sealed class WatchProcess : LabProcess
{
    private readonly LabShell _shell;
    private readonly TextWriter _output;
    private readonly TimeSpan _interval = TimeSpan.FromSeconds(2);
    private readonly string _command = "";
    private Instant _next;
    private string? _last;

    public WatchProcess(LabShell shell, int pid, string[] arguments, TextWriter output, TextWriter error)
        : base(shell.Host, pid, "watch")
    {
        _shell = shell;
        _output = output;
        _next = Machine.Now;
        int at = 0;
        while (at < arguments.Length && arguments[at].StartsWith('-'))
        {
            string value = arguments[at] is "-n" or "--interval" && at + 1 < arguments.Length ? arguments[++at] : arguments[at].StartsWith("-n", StringComparison.Ordinal) ? arguments[at][2..] : "";
            if (value.Length > 0 && (!DurationText.TryParse(value, out _interval) || _interval < TimeSpan.FromMilliseconds(100)))
            {
                error.Write($"watch: failed to parse argument: '{value}'\n");
                Exit(1);
                return;
            }

            at++;
        }

        _command = string.Join(' ', arguments[at..]);
        if (_command.Length == 0)
        {
            error.Write("Usage:\n watch [options] command\n");
            Exit(1);
        }
    }

    public override Instant Deadline => HasExited ? Instant.Never : _next;

    public override bool Run()
    {
        if (HasExited || Machine.Now < _next)
        {
            return false;
        }

        _next = Machine.Now + _interval;
        string text;
        try
        {
            text = _shell.Substitute(_command);
        }
        catch (ShellSyntaxException error)
        {
            text = $"sh: {error.Message}\n";
        }

        if (text != _last)
        {
            _last = text;
            _output.Write(text);
        }

        return true;
    }

    public override void Interrupt() => Exit(0);
}

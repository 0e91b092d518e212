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
    private ShellJob? _running;
    private CollectSink _collected = new();

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
            _last = text;
            _output.Write(text);
        }
    }

    public override void Interrupt()
    {
        _running?.Kill(ShellInterruptedException.Status);
        _running = null;
        Exit(0);
    }
}

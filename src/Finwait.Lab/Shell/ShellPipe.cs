using System.Text;

namespace Finwait.Lab;

/// <summary>Where a command's standard input comes from.</summary>
internal abstract class ShellInput
{
    /// <summary>True for what is typed.</summary>
    public virtual bool IsTerminal => false;

    /// <summary>No more comes than is there.</summary>
    public abstract bool HasEnded { get; }

    /// <summary>What is there and has not been read.</summary>
    public abstract ReadOnlySpan<char> Waiting { get; }

    /// <summary>Takes characters from the front.</summary>
    public abstract void Take(int count);

    /// <summary>True if at least a line, or the end, is there.</summary>
    public bool HasLine => HasEnded || Waiting.Contains('\n');

    /// <summary>The next line with its newline; what is left at the end without one; empty if there is nothing.</summary>
    public string TakeLine()
    {
        ReadOnlySpan<char> waiting = Waiting;
        int end = waiting.IndexOf('\n');
        string line = (end < 0 ? waiting : waiting[..(end + 1)]).ToString();
        Take(line.Length);
        return line;
    }

    /// <summary>All that is there.</summary>
    public string TakeAll()
    {
        string all = Waiting.ToString();
        Take(all.Length);
        return all;
    }

    /// <summary>Nobody reads here any more.</summary>
    public virtual void Break()
    {
    }
}

/// <summary>Input that is there from the beginning: a file, a here-document, or nothing.</summary>
internal sealed class ShellTextInput(string text) : ShellInput
{
    private int _at;

    public override bool HasEnded => true;

    public override ReadOnlySpan<char> Waiting => text.AsSpan(_at);

    public override void Take(int count) => _at += count;
}

/// <summary>A pipe: what is written at one end is read at the other.</summary>
internal sealed class ShellPipe : ShellSink
{
    private readonly StringBuilder _text = new();
    private bool _hasEnded;
    private bool _isTooMuch;

    public ShellPipe() => Reader = new ReadEnd(this);

    /// <summary>The end to read from.</summary>
    public ShellInput Reader { get; }

    /// <summary>Nobody reads any more, and something was written since: the writer dies of it.</summary>
    public bool IsBroken { get; private set; }

    private bool HasNoReader { get; set; }

    public override void Write(string? value)
    {
        if (HasNoReader)
        {
            IsBroken |= !string.IsNullOrEmpty(value);
            return;
        }

        _isTooMuch |= _text.Length + (long)(value?.Length ?? 0) > LabFiles.MaxLength;
        if (!_isTooMuch)
        {
            _text.Append(value);
        }
    }

    public override void End() => _hasEnded = true;

    internal sealed class ReadEnd(ShellPipe pipe) : ShellInput
    {
        /// <summary>More was written than the pipe holds.</summary>
        public bool IsTooMuch => pipe._isTooMuch;

        private string _taken = "";
        private int _at;

        public override bool HasEnded => pipe._hasEnded;

        public override ReadOnlySpan<char> Waiting
        {
            get
            {
                if (pipe._text.Length > 0)
                {
                    _taken = string.Concat(_taken.AsSpan(_at), pipe._text.ToString());
                    _at = 0;
                    pipe._text.Clear();
                }

                return _taken.AsSpan(_at);
            }
        }

        public override void Take(int count) => _at += count;

        public override void Break()
        {
            pipe.HasNoReader = true;
            pipe._text.Clear();
            (_taken, _at) = ("", 0);
        }
    }
}

/// <summary>What is typed into a line's window. A process stands for the reader from the first read on, so that it is seen and can be interrupted.</summary>
internal sealed class ShellTerminal(ShellJob job) : ShellInput
{
    private ShellPipe _typed = new();
    private TerminalProcess? _process;

    public override bool IsTerminal => true;

    public override bool HasEnded => _typed.Reader.HasEnded;

    public override ReadOnlySpan<char> Waiting => _typed.Reader.Waiting;

    public override void Take(int count) => _typed.Reader.Take(count);

    /// <summary>A command begins to read what is typed.</summary>
    public TerminalProcess Open(string command)
    {
        if (_process is null or { HasExited: true })
        {
            LabHost host = job.Shell.Host;
            _typed = HasEnded ? new ShellPipe() : _typed; // Ctrl-D ended the input of one command, not of the next
            _process = new TerminalProcess(host, host.TakePid(LabHost.OtherPid), command, _typed);
            host.Add(_process);
            job.Add(_process);
        }

        return _process;
    }

    /// <summary>The command has read enough.</summary>
    public void Close()
    {
        if (_process is { HasExited: false } process)
        {
            process.Exit(0);
        }

        if (_process is { } over)
        {
            job.Remove(over);
        }

        _process = null;
    }
}

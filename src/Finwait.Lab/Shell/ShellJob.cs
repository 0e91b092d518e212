using System.Text;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>Takes text and hands it on: a stage of a pipe, a file, or the screen.</summary>
internal abstract class ShellSink : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public abstract override void Write(string? value);

    /// <summary>Why text was lost since this was last asked, in the words of the C library; null if none was.</summary>
    public virtual string? TakeFailure() => null;

    /// <summary>Writes what a command printed.</summary>
    /// <returns>Its exit status; 1, and a line on standard error, if its output could not be written.</returns>
    public int Deliver(string command, in ToolResult result, ShellSink error)
    {
        Write(result.Output);
        error.Write(result.Error);
        return Complain(command, error) ? 1 : result.Status;
    }

    /// <summary>Tells on standard error if text of the command was lost. True if it was.</summary>
    public bool Complain(string command, ShellSink error)
    {
        if (TakeFailure() is not { } why)
        {
            return false;
        }

        error.Write($"{(LabTools.IsBuiltIn(command) ? "bash: " : "")}{command}: write error: {why}\n");
        return true;
    }

    /// <summary>No more text comes.</summary>
    public virtual void End()
    {
    }
}

/// <summary>Shows text on the host's screen, line by line.</summary>
internal sealed class ScreenSink(Action<string> show) : ShellSink
{
    /// <summary>A line without an end is cut here.</summary>
    private const int MaxLine = 1 << 20;

    private readonly StringBuilder _line = new();

    /// <summary>True if the last text shown had no newline yet: one that comes now ends it and is no empty line.</summary>
    private bool _isOpen;

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        int start = _isOpen && value[0] == '\n' ? 1 : 0;
        _isOpen = false;
        for (int end = value.IndexOf('\n', start); end >= 0; end = value.IndexOf('\n', start))
        {
            _line.Append(value, start, end - start);
            show(_line.ToString());
            _line.Clear();
            start = end + 1;
        }

        _line.Append(value, start, value.Length - start);
        if (_line.Length > MaxLine)
        {
            Flush();
        }
    }

    /// <summary>Shows what has no newline behind it yet.</summary>
    public override void Flush()
    {
        if (_line.Length > 0)
        {
            show(_line.ToString());
            _line.Clear();
            _isOpen = true;
        }
    }

    public override void End() => Flush();
}

/// <summary>Writes into a file of the host.</summary>
internal sealed class FileSink(LabFiles files, string name) : ShellSink
{
    private bool _hasFailed;

    public override void Write(string? value)
    {
        // A character takes at least one octet: what lies beyond the room is not even encoded.
        ReadOnlySpan<char> text = value;
        int room = files.Room(name);
        ReadOnlySpan<char> head = text[..Math.Min(text.Length, room)];
        byte[] octets = new byte[Encoding.UTF8.GetByteCount(head)];
        Encoding.UTF8.GetBytes(head, octets);
        _hasFailed |= !files.Append(name, octets) || head.Length < text.Length;
    }

    public override string? TakeFailure()
    {
        bool failed = _hasFailed;
        _hasFailed = false;
        return failed ? files.WhyNot(name) : null;
    }
}

/// <summary>Keeps the text.</summary>
internal sealed class CollectSink : ShellSink
{
    private readonly StringBuilder _text = new();

    public string Text => _text.ToString();

    public override void Write(string? value)
    {
        if (_text.Length < Py.MaxOctets)
        {
            _text.Append(value);
        }
    }
}

/// <summary>Feeds a command that reads to the end before it writes, or line by line where the command works on lines.</summary>
internal sealed class FilterSink(LabShell shell, IReadOnlyList<string> arguments, bool byLine, ShellSink output, ShellSink error) : ShellSink
{
    private readonly StringBuilder _input = new();
    private bool _isTooMuch;

    public int Status { get; private set; }

    public override void Write(string? value)
    {
        _isTooMuch |= _input.Length + (long)(value?.Length ?? 0) > LabFiles.MaxLength;
        if (_isTooMuch)
        {
            _input.Clear();
            return;
        }

        _input.Append(value);
        if (byLine && value is not null && value.Contains('\n', StringComparison.Ordinal))
        {
            string text = _input.ToString();
            int end = text.LastIndexOf('\n') + 1;
            _input.Clear().Append(text, end, text.Length - end);
            Filter(text[..end]);
        }
    }

    public override void End()
    {
        if (_isTooMuch)
        {
            error.Write($"{arguments[0]}: memory exhausted\n");
            Status = 1;
        }
        else if (!byLine || _input.Length > 0)
        {
            Filter(_input.ToString());
        }

        output.End();
    }

    private void Filter(string text)
    {
        ToolResult result = shell.RunTool(arguments, text);
        Status = output.Deliver(arguments.Count > 0 ? arguments[0] : "", result, error);
    }
}

/// <summary>Types what it gets into a process.</summary>
internal sealed class ProcessSink(LabProcess process) : ShellSink
{
    private readonly StringBuilder _line = new();

    public override void Write(string? value)
    {
        foreach (char c in value ?? "")
        {
            _line.Append(c);
            if (c == '\n')
            {
                process.Type(_line.ToString());
                _line.Clear();
            }
        }
    }

    public override void End()
    {
        if (_line.Length > 0)
        {
            process.Type(_line.ToString());
            _line.Clear();
        }

        process.EndInput();
    }
}

/// <summary>One line of the shell while it is carried out: like a terminal window of its own.</summary>
internal sealed class ShellJob(LabShell shell, string text, List<ShellPipeline> pipelines)
{
    private int _next;
    private LabProcess? _process;
    private ShellSink? _afterProcess;
    private FilterSink? _lastFilter;

    /// <summary>As <c>jobs</c> and <c>kill %1</c> count the lines that run on; 0 until the line has proved to be one.</summary>
    public int Number { get; set; }

    /// <summary>The line as typed.</summary>
    public string Text { get; } = text;

    /// <summary>Where it was typed.</summary>
    public LabWindow Window { get; init; }

    /// <summary>The line, or the program where the line is one with others.</summary>
    public string Name => Text.Length > 0 ? Text : _process?.Command ?? "";

    /// <summary>True when every pipeline has ended.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The program that runs now; null if none does.</summary>
    public LabProcess? Process => _process;

    public int Status { get; private set; }

    /// <summary>Carries on. True if something was done.</summary>
    public bool Run()
    {
        bool did = false;
        while (!IsDone)
        {
            if (_process is not null)
            {
                did |= _process.Run();
                if (!_process.HasExited)
                {
                    return did;
                }

                did = true;
                Finish(_process.ExitStatus);
                _process = null;
                continue;
            }

            if (_next >= pipelines.Count)
            {
                IsDone = true;
                return true;
            }

            did = true;
            Start(pipelines[_next++]);
        }

        return did;
    }

    public Instant Deadline => _process?.Deadline ?? Instant.Never;

    private void Finish(int status)
    {
        bool isLost = _afterProcess?.Complain(_process?.Command ?? "", shell.Screen) ?? false;
        bool isBrokenOff = _process is TerminalProcess && status != 0; // Ctrl-C: what was typed so far is not worked on
        if (!isBrokenOff)
        {
            _afterProcess?.End();
        }

        Status = isBrokenOff ? status : _lastFilter?.Status ?? (isLost ? 1 : status);
        _afterProcess = null;
        _lastFilter = null;
        shell.LastStatus = Status;
        Skip();
    }

    /// <summary>After <c>&amp;&amp;</c> and <c>||</c> the next pipeline may have to be left out.</summary>
    private void Skip()
    {
        while (_next > 0 && _next < pipelines.Count && pipelines[_next - 1].Terminator is "&&" or "||" && (pipelines[_next - 1].Terminator == "&&") != (Status == 0))
        {
            _next++;
        }
    }

    private void Start(ShellPipeline pipeline)
    {
        try
        {
            if (pipeline.Terminator == "&" && pipelines.Count > 1)
            {
                shell.Background(pipeline);
                return;
            }

            Launch(pipeline.Commands);
        }
        catch (ShellSyntaxException error)
        {
            shell.Screen.Write($"bash: {error.Message}\n");
            Status = 2;
            shell.LastStatus = 2;
        }
    }

    private void Launch(ShellCommand[] commands)
    {
        ShellSink sink = shell.Screen;
        FilterSink? last = null;
        for (int i = commands.Length - 1; i >= 0; i--)
        {
            LabShell.Prepared prepared = shell.Prepare(commands[i], sink);
            if (prepared.Failure is { } status)
            {
                sink.End();
                Status = status;
                shell.LastStatus = status;
                Skip();
                return;
            }

            bool isFirst = i == 0;
            if (shell.Start(prepared) is { } process)
            {
                _process = process;
                _afterProcess = prepared.Output;
                _lastFilter = last;
                if (!isFirst || prepared.Input is not null)
                {
                    FeedProcess(commands, i, prepared.Input, new ProcessSink(process));
                }

                return;
            }

            bool isTyped = isFirst && prepared.Input is null && TerminalProcess.IsFor(prepared.Arguments);
            var filter = new FilterSink(shell, prepared.Arguments, (!isFirst || isTyped) && LabShell.WorksByLine(prepared.Arguments), prepared.Output, prepared.Error);
            last ??= filter;
            sink = filter;
            if (isTyped)
            {
                _process = new TerminalProcess(shell.Host, shell.Host.TakePid(LabHost.OtherPid), prepared.Arguments[0], filter);
                (_afterProcess, _lastFilter) = (filter, last);
                shell.Host.Add(_process);
            }
            else if (isFirst)
            {
                filter.Write(prepared.Input ?? "");
                filter.End();
                Status = last.Status;
                shell.LastStatus = Status;
                Skip();
            }
        }
    }

    /// <summary>Commands in front of a program in a pipe run first; what they print is its input.</summary>
    private void FeedProcess(ShellCommand[] commands, int at, string? input, ProcessSink into)
    {
        if (at == 0)
        {
            into.Write(input);
            into.End();
            return;
        }

        ShellSink sink = into;
        for (int i = at - 1; i >= 0; i--)
        {
            LabShell.Prepared prepared = shell.Prepare(commands[i], sink);
            if (prepared.Failure is not null || shell.IsProgram(prepared.Arguments))
            {
                shell.Screen.Write(prepared.Failure is null ? $"bash: {prepared.Arguments[0]}: the lab runs one program in a pipe\n" : "");
                into.End();
                return;
            }

            var filter = new FilterSink(shell, prepared.Arguments, byLine: false, prepared.Output, prepared.Error);
            sink = filter;
            if (i == 0)
            {
                filter.Write(prepared.Input ?? "");
                filter.End();
            }
        }
    }
}

using System.Text;

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

    private StringBuilder? _held;

    /// <summary>Keeps what comes from now on for <see cref="Release"/>.</summary>
    public void Hold() => _held = new StringBuilder();

    /// <summary>Shows what was kept.</summary>
    public void Release()
    {
        string? held = _held?.ToString();
        _held = null;
        Write(held);
    }

    public override void Write(string? value)
    {
        if (_held is not null)
        {
            _held.Append(value);
            return;
        }

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
        if (_line.Length > 0 && _held is null)
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
        byte[] octets = ShellOctets.Write(head);
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

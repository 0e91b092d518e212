namespace Finwait.Lab;

/// <summary>A command that works on its standard input and was given none: it takes what is typed, until Ctrl-D.</summary>
/// <param name="host">The host.</param>
/// <param name="pid">Its number.</param>
/// <param name="command">Its name.</param>
/// <param name="into">What works on the lines.</param>
internal sealed class TerminalProcess(LabHost host, int pid, string command, ShellSink into) : LabProcess(host, pid, command)
{
    private const int MaxInput = 1 << 22;

    private readonly Queue<string> _typed = new();
    private int _length;
    private bool _hasEnded;

    public override bool ReadsInput => !_hasEnded && !HasExited;

    public override bool Type(string line)
    {
        if (_hasEnded || _length + line.Length > MaxInput)
        {
            return false;
        }

        _typed.Enqueue(line);
        _length += line.Length;
        return true;
    }

    public override void EndInput() => _hasEnded = true;

    public override bool Run()
    {
        bool did = false;
        while (!HasExited && _typed.TryDequeue(out string? line))
        {
            did = true;
            _length -= line.Length;
            into.Write(line);
        }

        if (_hasEnded && !HasExited)
        {
            into.End();
            Exit(0);
            did = true;
        }

        return did;
    }

    public override void Interrupt() => Exit(130);

    /// <summary>True if a command line names no file, so that the command reads what is typed.</summary>
    public static bool IsFor(IReadOnlyList<string> arguments)
    {
        int operands = arguments.Skip(1).Count(word => word.Length > 0 && word[0] != '-');
        return arguments.Count > 0 && arguments[0] switch
        {
            "cat" or "sort" or "wc" or "head" or "tail" or "uniq" => operands == 0 && !arguments.Any(word => word.StartsWith("--", StringComparison.Ordinal)),
            "grep" or "egrep" or "fgrep" or "sed" or "awk" => operands == 1 && !arguments.Any(word => word is "-e" or "-f" || word.StartsWith("--", StringComparison.Ordinal)),
            "tee" => true,
            _ => false,
        };
    }
}

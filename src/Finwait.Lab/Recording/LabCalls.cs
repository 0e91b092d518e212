using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>One call that a program made, or the program itself where what it did needs no socket.</summary>
/// <param name="Number">Its number on its host, from 1: what <see cref="Cause.Subject"/> names.</param>
/// <param name="Time">When it was made.</param>
/// <param name="Program">What runs, as typed: <c>nc -v juliet 234</c>; or python3 for the prompt.</param>
/// <param name="Line">The line of Python that made it; empty for other programs.</param>
/// <param name="Name">The call: connect, send, …; empty for the program itself.</param>
/// <param name="IsExit">True if the program has ended, and the kernel closes what it left open.</param>
internal sealed record LabCall(ulong Number, Instant Time, string Program, string Line, string Name, bool IsExit)
{
    /// <summary>What it gave.</summary>
    public Errno Errno { get; set; }

    /// <summary>True for a datagram socket.</summary>
    public bool IsDatagram { get; set; }
}

/// <summary>Who calls the socket layer of a host just now. What the host does in the call carries the call's number. Bounded: the oldest calls are forgotten.</summary>
internal sealed class LabCalls(Host host)
{
    private const int MaxCalls = 20_000;
    private const int LongestText = 200;

    private readonly List<LabCall> _calls = [];
    private readonly Dictionary<object, ulong> _programs = [];
    private ulong _last;
    private ulong _forgotten;
    private object? _caller;
    private Instant _now;

    /// <summary>Number of the newest call; 0 before the first.</summary>
    public ulong Last => _last;

    /// <summary>The call of this number; null if it is forgotten.</summary>
    public LabCall? Find(ulong number) => number > _forgotten && number <= _last ? _calls[(int)(number - _forgotten - 1)] : null;

    /// <summary>From now on this program runs: a process, or a line of the shell. Null: none does.</summary>
    /// <returns>The one that ran before.</returns>
    public object? Enter(Instant now, object? program)
    {
        object? before = _caller;
        (_caller, _now) = (program, now);
        if (host.StepTap is { } tap)
        {
            tap.Call = program is null ? 0 : NumberOf(program);
        }

        return before;
    }

    /// <summary>The program makes a call.</summary>
    /// <param name="now">The time.</param>
    /// <param name="name">The call.</param>
    /// <param name="isDatagram">True for a datagram socket.</param>
    public void Begin(Instant now, string name, bool isDatagram)
    {
        if (host.StepTap is { } tap)
        {
            tap.Call = Add(now, _caller, name);
            _calls[^1].IsDatagram = isDatagram;
        }
    }

    /// <summary>The call has returned.</summary>
    /// <param name="errno">What it gave: one that has to be made again because nothing is there yet is forgotten.</param>
    public Errno End(Errno errno)
    {
        if (errno == Errno.EAGAIN && _calls.Count > 0 && _calls[^1] is { Name: "recv" or "send" or "sendto" or "accept" })
        {
            _calls.RemoveAt(_calls.Count - 1);
            _last--;
        }
        else if (_calls.Count > 0)
        {
            _calls[^1].Errno = errno;
        }

        Enter(_now, _caller);
        return errno;
    }

    /// <summary>A program whose process is gone needs no number any more.</summary>
    public void Forget(object program) => _programs.Remove(program);

    private ulong NumberOf(object program)
    {
        if (!_programs.TryGetValue(program, out ulong number))
        {
            number = Add(_now, program, "");
            _programs.Add(program, number);
        }

        return number;
    }

    private ulong Add(Instant now, object? program, string name)
    {
        if (_calls.Count >= MaxCalls)
        {
            int half = MaxCalls / 2;
            _calls.RemoveRange(0, half);
            _forgotten += (ulong)half;
        }

        LabProcess? process = program as LabProcess ?? (program as ShellJob)?.Newest;
        string text = (program as ShellJob)?.Text ?? process?.Command ?? "";
        _calls.Add(new LabCall(++_last, now, Cut(text), name.Length == 0 ? "" : Cut(process?.CurrentLine ?? ""), name, process is { HasExited: true }));
        return _last;
    }

    private static string Cut(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";
}

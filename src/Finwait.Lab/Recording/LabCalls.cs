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

    /// <summary>Its number among all that is recorded of the run; 0 if nobody counts.</summary>
    public ulong Order { get; init; }

    /// <summary>What it was given, as it would be typed; empty for nothing, or what nobody wrote down.</summary>
    public string Arguments { get; init; } = "";

    /// <summary>Number of the host's last frame before the call: says what came first in one instant.</summary>
    public ulong FramesBefore { get; init; }

    /// <summary>For a call that waited, when it no longer did; never while it still waits. For another, when it was made.</summary>
    public Instant Ended { get; set; } = Time;

    /// <summary>Number of the host's last frame before the end of the wait.</summary>
    public ulong FramesBeforeEnd { get; set; }

    /// <summary>The ends of the socket that it was about; of port 0 where it has none.</summary>
    public SocketAddress Local { get; set; }

    public SocketAddress Peer { get; set; }

    /// <summary>True for a datagram socket.</summary>
    public bool IsDatagram { get; set; }
}

/// <summary>A call of a process that cannot return yet.</summary>
/// <param name="Which">Stays equal as long as it is the same call.</param>
/// <param name="Call">Its name: accept, recv, ….</param>
/// <param name="Socket">The handle of its socket; −1 for none.</param>
internal readonly record struct LabWaiting(object Which, string Call, int Socket);

/// <summary>Who calls the socket layer of a host just now. What the host does in the call carries the call's number. Bounded: the oldest calls are forgotten.</summary>
internal sealed class LabCalls(Host host)
{
    private const int MaxCalls = 20_000;
    private const int LongestText = 200;

    private const int MaxWaits = 20_000;

    private readonly List<LabCall> _calls = [];
    private readonly List<LabCall> _waits = [];
    private readonly Dictionary<LabProcess, (LabWaiting On, LabCall Call)> _waiting = [];
    private readonly Dictionary<object, ulong> _programs = [];
    private ulong _last;
    private ulong _forgotten;
    private object? _caller;
    private Instant _now;
    private int _socket = -1;

    /// <summary>Numbers the calls together with what else is recorded of the run; default null.</summary>
    public RecordOrder? Order { get; set; }

    /// <summary>Calls that were made, oldest first.</summary>
    public IReadOnlyList<LabCall> Made => _calls;

    /// <summary>Calls that waited, as long as they did, oldest first. Where one gave something in the end, that call is among <see cref="Made"/> too. They have no numbers.</summary>
    public IReadOnlyList<LabCall> Waits => _waits;

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
    /// <param name="socket">The handle of its socket; −1 for none.</param>
    /// <param name="arguments">What it is given, as it would be typed.</param>
    public void Begin(Instant now, string name, int socket, string arguments = "")
    {
        _socket = socket;
        if (host.StepTap is { } tap)
        {
            tap.Call = Add(now, _caller, name, arguments);
            SetEnds(_calls[^1], socket);
        }
    }

    private void SetEnds(LabCall call, int socket)
    {
        if (socket < 0 || host.Sockets.GetOption(socket, SocketOption.Type, out int type) != Errno.None)
        {
            return;
        }

        call.IsDatagram = type == (int)SocketType.Datagram;
        call.Local = host.Sockets.GetLocal(socket, out SocketAddress local) == Errno.None ? local : default;
        call.Peer = host.Sockets.GetPeer(socket, out SocketAddress peer) == Errno.None ? peer : default;
    }

    /// <summary>The call has returned.</summary>
    /// <param name="errno">What it gave: one that has to be made again because nothing is there yet is forgotten.</param>
    public Errno End(Errno errno)
    {
        if (errno == Errno.EAGAIN && _calls.Count > 0 && _calls[^1] is { Name: "recv" or "recvfrom" or "send" or "sendto" or "accept" })
        {
            _calls.RemoveAt(_calls.Count - 1);
            _last--;
        }
        else if (_calls.Count > 0)
        {
            _calls[^1].Errno = errno;
            if (_calls[^1] is { Local.Port: 0 } or { Name: "connect" })
            {
                SetEnds(_calls[^1], _socket); // bind() and connect() give the socket its ends
            }
        }

        Enter(_now, _caller);
        return errno;
    }

    /// <summary>Takes note of what a process waits in after it did what it could.</summary>
    /// <param name="now">The time.</param>
    /// <param name="process">The process.</param>
    /// <param name="program">The line that started it.</param>
    public void Watch(Instant now, LabProcess process, string program)
    {
        LabWaiting? on = process.HasExited ? null : process.Waiting;
        if (_waiting.TryGetValue(process, out (LabWaiting On, LabCall Call) before))
        {
            if (on is { } same && same.Equals(before.On))
            {
                return;
            }

            (before.Call.Ended, before.Call.FramesBeforeEnd) = (now, host.LastFrameNumber);
            _waiting.Remove(process);
        }

        if (on is { Socket: >= 0 } begun)
        {
            if (_waits.Count >= MaxWaits)
            {
                _waits.RemoveRange(0, MaxWaits / 2);
            }

            var call = new LabCall(0, now, Cut(program), Cut(process.CurrentLine ?? ""), begun.Call, IsExit: false) { Order = Order?.Next() ?? 0, FramesBefore = host.LastFrameNumber, Ended = Instant.Never };
            SetEnds(call, begun.Socket);
            _waits.Add(call);
            _waiting.Add(process, (begun, call));
        }
    }

    /// <summary>A program whose process is gone needs no number any more.</summary>
    public void Forget(object program) => _programs.Remove(program);

    private ulong NumberOf(object program)
    {
        if (!_programs.TryGetValue(program, out ulong number))
        {
            number = Add(_now, program, "", "");
            _programs.Add(program, number);
        }

        return number;
    }

    private ulong Add(Instant now, object? program, string name, string arguments)
    {
        if (_calls.Count >= MaxCalls)
        {
            int half = MaxCalls / 2;
            _calls.RemoveRange(0, half);
            _forgotten += (ulong)half;
        }

        LabProcess? process = program as LabProcess ?? (program as ShellJob)?.Newest;
        string text = (program as ShellJob)?.Text ?? process?.Command ?? "";
        _calls.Add(new LabCall(++_last, now, Cut(text), name.Length == 0 ? "" : Cut(process?.CurrentLine ?? ""), name, process is { HasExited: true })
        {
            Order = Order?.Next() ?? 0,
            Arguments = arguments,
            FramesBefore = host.LastFrameNumber,
            FramesBeforeEnd = host.LastFrameNumber,
        });
        return _last;
    }

    private static string Cut(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";
}

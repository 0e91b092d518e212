using Finwait.Tcp;

namespace Finwait.Explore;

/// <summary>What an application does with its connection, one call at a time; when it does the next one is what the search chooses.</summary>
public enum CallKind : byte
{
    /// <summary>listen(): passive open.</summary>
    Listen,

    /// <summary>connect(): active open.</summary>
    Connect,

    /// <summary>send() of some octets.</summary>
    Send,

    /// <summary>recv() of at most so many octets; only where the scenario does not read by itself.</summary>
    Receive,

    /// <summary>shutdown(SHUT_WR): our direction ends, the other is read on.</summary>
    Shutdown,

    /// <summary>close(): the application is gone; what still comes is refused.</summary>
    Close,

    /// <summary>close() by an application that has read to the end of the stream first.</summary>
    CloseAtEnd,

    /// <summary>The connection is reset by its own application.</summary>
    Abort,

    /// <summary>The host loses its memory: what comes afterwards finds no connection.</summary>
    Crash,
}

/// <summary>One call of a <see cref="Scenario"/>.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Octets">For send and recv.</param>
public readonly record struct Call(CallKind Kind, int Octets = 0)
{
    /// <summary>As it stands in a script.</summary>
    public override string ToString() => Kind switch
    {
        CallKind.Send or CallKind.Receive => $"{Kind.ToString().ToLowerInvariant()}({Octets})",
        CallKind.CloseAtEnd => "close()",
        _ => $"{Kind.ToString().ToLowerInvariant()}()",
    };
}

/// <summary>A small world to search: the calls of both sides in their order, and how much may go wrong.</summary>
public sealed record Scenario
{
    /// <summary>Its name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>One line that says what it is about.</summary>
    public required string About { get; init; }

    /// <summary>The calls of side A. The first is made before the search begins if <see cref="BothOpenFirst"/> is set.</summary>
    public required IReadOnlyList<Call> CallsOfA { get; init; }

    /// <summary>The calls of side B. The first, listen() or connect(), is made before the search begins: nobody would be there else.</summary>
    public required IReadOnlyList<Call> CallsOfB { get; init; }

    /// <summary>True if A, too, makes its first call before the search begins: the two SYNs cross.</summary>
    public bool BothOpenFirst { get; init; }

    /// <summary>Packets that may be lost. Default 1.</summary>
    public int Losses { get; init; } = 1;

    /// <summary>Packets that may come twice. Default 1.</summary>
    public int Duplicates { get; init; } = 1;

    /// <summary>Packets that may overtake others. Default 1.</summary>
    public int Overtakings { get; init; } = 1;

    /// <summary>Timers of each side that may go off, early and late, before the end is waited for. Default 2.</summary>
    public int Timers { get; init; } = 2;

    /// <summary>True if both applications read at once what can be read. Default true.</summary>
    public bool ReadsAtOnce { get; init; } = true;

    /// <summary>True if the end may be an error: somebody aborts or crashes.</summary>
    public bool MayFail { get; init; }

    /// <summary>Changes the settings of both sides.</summary>
    internal Action<TcpSettings>? Configure { get; init; }

    /// <summary>What is broken on purpose, so that tests can see the judge find it.</summary>
    internal Sabotage Sabotage { get; init; }

    /// <summary>All scenarios of <c>finwait explore</c>.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new()
        {
            Name = "open-close", About = "a client connects, says two octets, both close",
            CallsOfA = [new(CallKind.Connect), new(CallKind.Send, 2), new(CallKind.Close)],
            CallsOfB = [new(CallKind.Listen), new(CallKind.CloseAtEnd)],
        },
        new()
        {
            Name = "talk", About = "both say something before they close",
            CallsOfA = [new(CallKind.Connect), new(CallKind.Send, 1), new(CallKind.Shutdown)],
            CallsOfB = [new(CallKind.Listen), new(CallKind.Send, 1), new(CallKind.Shutdown)],
            Timers = 1,
        },
        new()
        {
            Name = "both-open", About = "both connect to each other, say an octet and close",
            CallsOfA = [new(CallKind.Connect), new(CallKind.Send, 1), new(CallKind.Shutdown)],
            CallsOfB = [new(CallKind.Connect), new(CallKind.Shutdown)],
            BothOpenFirst = true, Timers = 1,
        },
        new()
        {
            Name = "segments", About = "three segments that may overtake each other, with SACK",
            CallsOfA = [new(CallKind.Connect), new(CallKind.Send, 100), new(CallKind.Send, 100), new(CallKind.Send, 100), new(CallKind.Shutdown)],
            CallsOfB = [new(CallKind.Listen), new(CallKind.Shutdown)],
            Duplicates = 0, Timers = 1,
        },
        new()
        {
            Name = "slow-reader", About = "a receiver with a tiny buffer that reads when it likes: closed windows and probes",
            CallsOfA = [new(CallKind.Connect), new(CallKind.Send, 400), new(CallKind.Shutdown)],
            CallsOfB = [new(CallKind.Listen), new(CallKind.Receive, 200), new(CallKind.Receive, 200), new(CallKind.Shutdown)],
            Duplicates = 0, Overtakings = 0, ReadsAtOnce = false,
            Configure = settings => settings.ReceiveBuffer = (256, 512, 512),
        },
        new()
        {
            Name = "abort", About = "one side gives up in the middle",
            CallsOfA = [new(CallKind.Connect), new(CallKind.Send, 1), new(CallKind.Abort)],
            CallsOfB = [new(CallKind.Listen), new(CallKind.Send, 1), new(CallKind.Close)],
            MayFail = true, Timers = 1,
        },
        new()
        {
            Name = "half-open", About = "one side loses its memory; the other finds out",
            CallsOfA = [new(CallKind.Connect), new(CallKind.Send, 1), new(CallKind.Close)],
            CallsOfB = [new(CallKind.Listen), new(CallKind.Crash)],
            MayFail = true,
        },
    ];
}

/// <summary>Ways to break a world on purpose.</summary>
internal enum Sabotage : byte
{
    None,

    /// <summary>No timer but that of TIME-WAIT goes off.</summary>
    NoTimers,

    /// <summary>Text that comes twice is changed the second time and taken for new.</summary>
    WrongText,
}

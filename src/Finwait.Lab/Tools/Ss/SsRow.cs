using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The kinds of sockets a host has, in the order <c>ss</c> prints them.</summary>
public enum SsKind : byte
{
    /// <summary>Raw IP socket: <c>raw</c>.</summary>
    Raw,

    /// <summary>UDP socket: <c>udp</c>.</summary>
    Udp,

    /// <summary>TCP socket: <c>tcp</c>.</summary>
    Tcp,
}

/// <summary>What a TCP row is, besides its state.</summary>
public enum SsRowForm : byte
{
    /// <summary>A whole socket.</summary>
    Full,

    /// <summary>A half-open connection of a listener (SYN-RECV): it has no queues, no TCP information, no inode.</summary>
    Request,

    /// <summary>The remains of a closed connection (TIME-WAIT, or FIN-WAIT-2 after <c>close()</c>): the same holds.</summary>
    TimeWait,
}

/// <summary>A process that has a socket open.</summary>
/// <param name="Command">Name of the program.</param>
/// <param name="ProcessId">Process id.</param>
/// <param name="Descriptor">File descriptor.</param>
/// <param name="User">Name of the user the process runs as.</param>
/// <param name="IsReadable">False if opened for writing only; lsof prints the mode behind the descriptor.</param>
public sealed record SocketUser(string Command, int ProcessId, int Descriptor, string User = "root", bool IsReadable = true);

/// <summary>Memory of a socket as <c>ss -m</c> prints it; octets.</summary>
public sealed record SsMemory
{
    /// <summary>r: allocated for receiving. rb: limit. t: allocated for sending. tb: limit.</summary>
    public long ReceiveAllocated { get; init; }

    public long ReceiveLimit { get; init; }

    public long SendAllocated { get; init; }

    public long SendLimit { get; init; }

    /// <summary>f: reserved, not used. w: queued for sending. o: for options.</summary>
    public long Forward { get; init; }

    public long SendQueued { get; init; }

    public long Options { get; init; }

    /// <summary>bl: packets waiting behind a busy socket, octets. d: packets dropped.</summary>
    public long Backlog { get; init; }

    public long Dropped { get; init; }
}

/// <summary>State of the BBR congestion control, for <c>ss -i</c>.</summary>
/// <param name="Bandwidth">Bits per second.</param>
/// <param name="MinRtt">Shortest round trip seen lately.</param>
/// <param name="PacingGain">Pacing gain; 0 is not printed.</param>
/// <param name="WindowGain">Window gain; 0 is not printed.</param>
public sealed record SsBbr(long Bandwidth, TimeSpan MinRtt, double PacingGain, double WindowGain);

/// <summary>One socket as <c>ss</c> sees it: plain data, no stack behind it.</summary>
public sealed record SsRow
{
    public required SsKind Kind { get; init; }

    /// <summary>TCP: the state. UDP and raw: <see cref="TcpState.Established"/> if connected, else <see cref="TcpState.Closed"/>.</summary>
    public required TcpState State { get; init; }

    public required IpAddress Local { get; init; }

    /// <summary>0 for none.</summary>
    public required ushort LocalPort { get; init; }

    /// <summary>The unspecified address for none.</summary>
    public required IpAddress Peer { get; init; }

    /// <summary>0 for none, printed <c>*</c>.</summary>
    public required ushort PeerPort { get; init; }

    /// <summary>Unread octets (a FIN counts one); of a listener, connections that wait for <c>accept()</c>.</summary>
    public long ReceiveQueue { get; init; }

    /// <summary>Octets not acknowledged (SYN and FIN count one); of a listener, its backlog.</summary>
    public long SendQueue { get; init; }

    /// <summary>Whole socket, request or remains.</summary>
    public SsRowForm Form { get; init; }

    /// <summary>An IPv6 socket that takes IPv4 too; on the unspecified address it is printed <c>*</c>.</summary>
    public bool IsDualStack { get; init; }

    /// <summary>The interface the socket is bound to, or <c>null</c>.</summary>
    public string? Device { get; init; }

    /// <summary>Who has it open; empty for connections not yet accepted, orphans, requests, remains.</summary>
    public IReadOnlyList<SocketUser> Users { get; init; } = [];

    /// <summary>The running timer, if any.</summary>
    public TcpTimerKind Timer { get; init; }

    /// <summary>Time until the timer fires; negative counts as zero.</summary>
    public TimeSpan TimerRemaining { get; init; }

    /// <summary>Retransmissions or unanswered probes.</summary>
    public int TimerCount { get; init; }

    /// <summary>For <c>-i</c>; <c>null</c> prints nothing. Of a listener only congestion control, window and <see cref="TcpInfo.Unacked"/> (its queue) are set.</summary>
    public TcpInfo? Info { get; init; }

    /// <summary>For <c>-i</c>, if that is the congestion control.</summary>
    public SsBbr? Bbr { get; init; }

    /// <summary>For <c>-m</c>; <c>null</c> prints nothing.</summary>
    public SsMemory? Memory { get; init; }

    /// <summary>Number of the socket's file; 0 if it has none.</summary>
    public long Inode { get; init; }

    /// <summary>A number of the socket that no other has, printed in hexadecimal.</summary>
    public ulong Cookie { get; init; }

    /// <summary>Owner's number; 0 (root) is not printed.</summary>
    public int UserId { get; init; }

    /// <summary>No more data comes in, goes out.</summary>
    public bool ReceiveShut { get; init; }

    public bool SendShut { get; init; }

    internal bool IsV6 => Local.IsV6;
}

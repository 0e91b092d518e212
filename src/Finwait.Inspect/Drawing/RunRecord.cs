using Finwait.Capture;

namespace Finwait.Inspect;

/// <summary>A state of the connection diagram (RFC 9293 §3.3.2).</summary>
public enum RunState : byte
{
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}

/// <summary>What moved a connection to its next state.</summary>
public enum RunTrigger : byte
{
    /// <summary><c>listen()</c>: the passive OPEN.</summary>
    PassiveOpen,

    /// <summary><c>connect()</c>: the active OPEN.</summary>
    ActiveOpen,

    /// <summary><c>close()</c>, or the end of the program.</summary>
    Close,

    /// <summary><c>shutdown()</c>: the end of one direction.</summary>
    Shutdown,

    /// <summary>The connection was cut off by its own side: reset, or thrown away.</summary>
    Abort,

    /// <summary>Nothing was heard for too long.</summary>
    GaveUp,

    /// <summary>A SYN came.</summary>
    ReceivedSyn,

    /// <summary>A SYN came that acknowledges ours.</summary>
    ReceivedSynAck,

    /// <summary>Our SYN was acknowledged.</summary>
    ReceivedAckOfSyn,

    /// <summary>A FIN came.</summary>
    ReceivedFin,

    /// <summary>Our FIN was acknowledged.</summary>
    ReceivedAckOfFin,

    /// <summary>A reset came.</summary>
    ReceivedReset,

    /// <summary>A router or the peer's host reported an error.</summary>
    ReceivedError,

    /// <summary>2 MSL have gone by.</summary>
    TimeWaitOver,
}

/// <summary>What became of a packet.</summary>
public enum RunFate : byte
{
    /// <summary>It arrived.</summary>
    Arrived,

    /// <summary>It was still under way at the end.</summary>
    UnderWay,

    /// <summary>Its own host threw it away before it left.</summary>
    NeverLeft,

    /// <summary>It was lost on the way: by a link, or by a router.</summary>
    Lost,

    /// <summary>It arrived and its receiver threw it away.</summary>
    Refused,
}

/// <summary>A host of a run.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its address, for people; may be empty.</param>
/// <param name="IsRouter">True if it only passes packets on: it gets a place in drawings only if it sends packets of its own.</param>
public sealed record RunHost(string Name, string Address, bool IsRouter = false);

/// <summary>One packet on its way from one host to another, over all links between them.</summary>
public sealed record RunPacket
{
    /// <summary>Index of the host that sent it.</summary>
    public required int From { get; init; }

    /// <summary>Index of the host it went to; the same as <see cref="From"/> on a loopback interface.</summary>
    public required int To { get; init; }

    /// <summary>When it left, since the start of the run.</summary>
    public required TimeSpan Sent { get; init; }

    /// <summary>When it arrived, or was lost; null while it is under way.</summary>
    public TimeSpan? Ended { get; init; }

    /// <summary>What became of it.</summary>
    public RunFate Fate { get; init; }

    /// <summary>Where it was thrown away: "router", "juliet", "link router–juliet". Empty if it was not.</summary>
    public string Where { get; init; } = "";

    /// <summary>Why: "iptables INPUT", "lost on the link".</summary>
    public string Why { get; init; } = "";

    /// <summary>How much of the way it went, 0 to 1, for a mark where it was lost.</summary>
    public double Way { get; init; } = 1;

    /// <summary>True for a second arrival that a link made of one packet.</summary>
    public bool IsCopy { get; init; }

    /// <summary>When it left in the order in which the run was recorded: what came before has a lower number, be it a packet, a call, a line or a state change of any host. 0 if nobody counted.</summary>
    public ulong SentOrder { get; init; }

    /// <summary>The same for its end; of a packet that was lost, when it left.</summary>
    public ulong EndedOrder { get; init; }

    /// <summary>The frame's number in the sender's own count of frames; 0 if there is none.</summary>
    public ulong SentFrame { get; init; }

    /// <summary>The frame's number in the receiver's own count; 0 if it did not arrive.</summary>
    public ulong EndedFrame { get; init; }

    /// <summary>The interface of the sender that it left by; empty if it never left, or nobody knows.</summary>
    public string Interface { get; init; } = "";

    /// <summary>Why it was sent, in a sentence; empty if nobody knows.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The call in which it was sent, by its place in <see cref="RunRecord.Calls"/>, from 1; 0 if no call sent it, or nobody knows.</summary>
    public int Call { get; init; }

    /// <summary>The packet that it answers, or that made it possible, by its place in <see cref="RunRecord.Packets"/>, from 1; 0 if there is none, or nobody knows.</summary>
    public int CausedBy { get; init; }

    /// <summary>Why its sender did not take the packet that it answers, by the stack's name for it: <c>TcpNoListener</c>, <c>UdpNoPort</c>, <c>FilterInput</c>. Empty if it did, or nobody knows.</summary>
    public string Refusal { get; init; } = "";

    /// <summary>Where it stands in the captures: "romeo.pcap 3, juliet.pcap 3".</summary>
    public string Captured { get; init; } = "";

    /// <summary>What the first octet of <see cref="Octets"/> belongs to.</summary>
    public LinkType LinkType { get; init; } = LinkType.Ethernet;

    /// <summary>The frame as its sender sent it.</summary>
    public required byte[] Octets { get; init; }
}

/// <summary>A state change of one end of a connection, or of a listener.</summary>
/// <param name="Time">When, since the start of the run.</param>
/// <param name="Host">Index of the host.</param>
/// <param name="Local">The end's own address and port.</param>
/// <param name="Peer">The other end; null for a listener.</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Trigger">What moved it.</param>
/// <param name="Frame">For a trigger that came in a packet, the frame's number in the host's own count; else 0.</param>
public sealed record RunChange(TimeSpan Time, int Host, RunEnd Local, RunEnd? Peer, RunState From, RunState To, RunTrigger Trigger, ulong Frame)
{
    /// <summary>Its number in the order in which the run was recorded, as <see cref="RunPacket.SentOrder"/>; 0 if nobody counted.</summary>
    public ulong Order { get; init; }

    /// <summary>Tells sockets of one host apart that had the same ends one after the other; 0 if nobody counted.</summary>
    public int Socket { get; init; }
}

/// <summary>One end of a connection.</summary>
/// <param name="Address">The address as people write it.</param>
/// <param name="Port">The port.</param>
public readonly record struct RunEnd(string Address, int Port)
{
    /// <summary>ADDRESS:PORT, IPv6 in brackets.</summary>
    public override string ToString() => Address.Contains(':', StringComparison.Ordinal) ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"[{Address}]:{Port}") : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Address}:{Port}");
}

/// <summary>One line of a transcript.</summary>
/// <param name="Time">When.</param>
/// <param name="Host">Index of the host it belongs to; −1 for the lab's own.</param>
/// <param name="Text">The whole line as it stands in the transcript.</param>
/// <param name="Call">For a line that was typed for a host: the text behind its prompt. Else empty.</param>
public sealed record RunLine(TimeSpan Time, int Host, string Text, string Call)
{
    /// <summary>Its number in the order in which the run was recorded, as <see cref="RunPacket.SentOrder"/>; 0 if nobody counted.</summary>
    public ulong Order { get; init; }
}

/// <summary>A call of the socket layer that a program made, or that it waited in.</summary>
public sealed record RunCall
{
    /// <summary>Index of the host.</summary>
    public required int Host { get; init; }

    /// <summary>When it was made, since the start of the run.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>The call: socket, bind, listen, accept, connect, send, sendto, recv, recvfrom, shutdown, close, setsockopt; exit for the end of a program, after which the kernel closes its sockets; empty for a program that sends without a socket, as ping does.</summary>
    public required string Name { get; init; }

    /// <summary>Who made it: <c>python3 server.py</c>.</summary>
    public string Program { get; init; } = "";

    /// <summary>The line of Python that made it: as it was typed, or in a program <c>server.py:12: sck.listen(1)</c>. Empty for other programs.</summary>
    public string Line { get; init; } = "";

    /// <summary>What it was given, as it would be typed: <c>('10.10.2.100', 4000)</c>; empty for nothing, or what nobody knows.</summary>
    public string Arguments { get; init; } = "";

    /// <summary>Its number in the order in which the run was recorded, as <see cref="RunPacket.SentOrder"/>; 0 if nobody counted.</summary>
    public ulong Order { get; init; }

    /// <summary>True for the time that a call waited. What it gave in the end, if it gave anything, is a call of its own.</summary>
    public bool IsWait { get; init; }

    /// <summary>When a wait ended; null if it goes on at the end of the run. For a call that did not wait the same as <see cref="Time"/>.</summary>
    public TimeSpan? Ended { get; init; }

    /// <summary>Numbers of the host's last frames before the call and before its end: say what came first in one instant.</summary>
    public ulong FramesBefore { get; init; }

    /// <summary>See <see cref="FramesBefore"/>.</summary>
    public ulong FramesBeforeEnd { get; init; }

    /// <summary>The socket's own end; of port 0 while it has none.</summary>
    public RunEnd Local { get; init; }

    /// <summary>The other end; of port 0 without one.</summary>
    public RunEnd Peer { get; init; }

    /// <summary>True for a datagram socket.</summary>
    public bool IsDatagram { get; init; }

    /// <summary>The error that it gave, by its name in C; empty for none.</summary>
    public string Error { get; init; } = "";
}

/// <summary>What a sender's windows were at a moment, as TCP_INFO tells.</summary>
/// <param name="Time">When.</param>
/// <param name="Host">Index of the host.</param>
/// <param name="Local">The sender's end.</param>
/// <param name="Peer">The other end.</param>
/// <param name="CongestionWindow">cwnd, octets.</param>
/// <param name="SlowStartThreshold">ssthresh, octets; −1 while never set.</param>
public sealed record RunSample(TimeSpan Time, int Host, RunEnd Local, RunEnd Peer, long CongestionWindow, long SlowStartThreshold);

/// <summary>Everything that drawings show of a run: recorded by a lab, or read from captures.</summary>
public sealed record RunRecord
{
    /// <summary>What it is, in a line.</summary>
    public string Title { get; init; } = "";

    /// <summary>The hosts, from left to right.</summary>
    public required IReadOnlyList<RunHost> Hosts { get; init; }

    /// <summary>The packets in the order in which they were sent. A packet's number in drawings is its place here, from 1.</summary>
    public IReadOnlyList<RunPacket> Packets { get; init; } = [];

    /// <summary>State changes in the order in which they happened.</summary>
    public IReadOnlyList<RunChange> Changes { get; init; } = [];

    /// <summary>The transcript.</summary>
    public IReadOnlyList<RunLine> Lines { get; init; } = [];

    /// <summary>The calls of programs, host by host in the order in which they were made, then the waits.</summary>
    public IReadOnlyList<RunCall> Calls { get; init; } = [];

    /// <summary>Congestion windows in the order of time.</summary>
    public IReadOnlyList<RunSample> Samples { get; init; } = [];

    /// <summary>True to show sequence numbers as they stand in the packets; false to count each direction from its start.</summary>
    public bool HasRealNumbers { get; init; }

    /// <summary>When the run ended.</summary>
    public TimeSpan End { get; init; }

    /// <summary>What is missing from the record, one sentence each, to be printed below every drawing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

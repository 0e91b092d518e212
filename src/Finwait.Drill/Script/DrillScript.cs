namespace Finwait.Drill;

/// <summary>How the time of an event is meant.</summary>
internal enum DrillTimeKind
{
    /// <summary>Since the script began.</summary>
    Absolute,

    /// <summary><c>+T</c>: after the event before.</summary>
    Relative,

    /// <summary><c>*</c>: whenever it comes.</summary>
    Any,

    /// <summary><c>A~B</c>.</summary>
    AbsoluteRange,

    /// <summary><c>+A~+B</c>.</summary>
    RelativeRange,
}

/// <summary>One line of a script: when, and what.</summary>
internal sealed class DrillEvent
{
    public int Line { get; init; }

    public DrillTimeKind TimeKind { get; init; }

    /// <summary>Microseconds.</summary>
    public long Time { get; init; }

    /// <summary>End of a range, microseconds.</summary>
    public long TimeEnd { get; init; }

    /// <summary>End of a blocking call, microseconds, or −1.</summary>
    public long CallEnd { get; init; } = -1;

    public required DrillAction Action { get; init; }
}

/// <summary>A script as read.</summary>
internal sealed class DrillScript
{
    /// <summary>Lines <c>--name=value</c>, with their line.</summary>
    public List<(int Line, string Name, string Value)> Options { get; } = [];

    /// <summary>Commands before the first event.</summary>
    public List<(int Line, string Command)> Init { get; } = [];

    public List<DrillEvent> Events { get; } = [];
}

internal abstract class DrillAction;

/// <summary>A shell command.</summary>
internal sealed class CommandAction(string command) : DrillAction
{
    public string Command { get; } = command;
}

/// <summary>A block of Python.</summary>
internal sealed class CodeAction(string code, int line) : DrillAction
{
    public string Code { get; } = code;

    public int Line { get; } = line;
}

/// <summary>A system call with what it must return.</summary>
internal sealed class CallAction : DrillAction
{
    public required string Name { get; init; }

    public required IReadOnlyList<DrillExpression> Arguments { get; init; }

    public required DrillExpression Result { get; init; }

    /// <summary>The error's name, or null.</summary>
    public string? Errno { get; init; }
}

/// <summary>A packet that the script injects or expects.</summary>
internal sealed class PacketAction : DrillAction
{
    public bool IsInbound { get; init; }

    public IpSpec Ip { get; init; } = new();

    /// <summary>Ports as given, or 0 and 0.</summary>
    public (int Source, int Destination) Ports { get; init; }

    public TcpSpec? Tcp { get; init; }

    public UdpSpec? Udp { get; init; }

    public IcmpSpec? Icmp { get; init; }
}

/// <summary>What stands in brackets before the flags: fields of the IP header; null is not said.</summary>
internal sealed class IpSpec
{
    /// <summary>The two ECN bits.</summary>
    public int? Ecn { get; set; }

    /// <summary><c>ect01</c>: either of the two.</summary>
    public bool IsEitherEct { get; set; }

    /// <summary>All eight bits of the traffic class.</summary>
    public int? TrafficClass { get; set; }

    public int? FlowLabel { get; set; }

    public int? TimeToLive { get; set; }

    /// <summary>What the script says of the IP header, as it is written; with a live packet the same fields of it.</summary>
    public string Show(LivePacket? live = null)
    {
        int? ecn = live is null ? Ecn : live.TrafficClass & 3;
        string text = Ecn is null && !IsEitherEct ? "" : live is null && IsEitherEct ? "[ect01] " : ecn switch { 0 => "[noecn] ", 1 => "[ect1] ", 2 => "[ect0] ", _ => "[ce] " };
        Add("tos 0x", TrafficClass, live?.TrafficClass, "x");
        Add("flowlabel 0x", FlowLabel, live?.FlowLabel, "x");
        Add("ttl ", TimeToLive, live?.TimeToLive, "d");
        return text;

        void Add(string name, int? wanted, int? actual, string format) =>
            text += wanted is { } value ? $"({name}{(actual ?? value).ToString(format, System.Globalization.CultureInfo.InvariantCulture)}) " : "";
    }
}

internal sealed class TcpSpec
{
    public Wire.TcpFlags Flags { get; init; }

    /// <summary>The flags as written.</summary>
    public string FlagText { get; init; } = "";

    /// <summary>The ACE field is given as a number; AE, CWR and ECE are in <see cref="Flags"/>.</summary>
    public uint Seq { get; init; }

    public int Length { get; init; }

    /// <summary>Null if not said.</summary>
    public uint? Ack { get; init; }

    public int? Window { get; init; }

    public int UrgentPointer { get; init; }

    /// <summary>Null is <c>&lt;...&gt;</c>: any.</summary>
    public IReadOnlyList<TcpOptionSpec>? Options { get; init; } = [];
}

internal sealed class UdpSpec
{
    public int Length { get; init; }
}

internal sealed class IcmpSpec
{
    /// <summary>As written: <c>unreachable frag_needed</c>.</summary>
    public string Text { get; init; } = "";

    public bool IsV6 { get; init; }

    public byte Type { get; init; }

    public byte Code { get; init; }

    public uint? Mtu { get; init; }

    /// <summary>The quoted packet: its first sequence number and length, or UDP's length.</summary>
    public bool QuotesUdp { get; init; }

    public uint QuotedSeq { get; init; }

    public int QuotedLength { get; init; }
}

internal enum TcpOptionSpecKind
{
    EndOfList,
    NoOperation,
    Mss,
    WindowScale,
    SackPermitted,
    Sack,
    Timestamps,
    Md5,
    FastOpen,
    FastOpenExperiment,
    AccurateEcn,
    Other,
}

internal sealed class TcpOptionSpec
{
    public TcpOptionSpecKind Kind { get; init; }

    /// <summary>MSS or shift; TSval.</summary>
    public uint Value { get; init; }

    /// <summary>TSecr.</summary>
    public uint Echo { get; init; }

    public IReadOnlyList<(uint Left, uint Right)> Blocks { get; init; } = [];

    /// <summary>Cookie, digest, or the bytes behind kind and length.</summary>
    public byte[] Data { get; init; } = [];

    /// <summary>Kind number of <see cref="TcpOptionSpecKind.Other"/> and of AccECN (172 or 174).</summary>
    public byte Number { get; init; }
}

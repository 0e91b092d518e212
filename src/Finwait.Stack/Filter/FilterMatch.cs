using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>An address with a mask, as in <c>-s 10.10.1.0/24</c> or <c>! -s 10.0.0.1/255.0.0.255</c>.</summary>
/// <param name="Address">The address; bits outside the mask must be zero to match.</param>
/// <param name="Mask">An address of the same version; need not be contiguous.</param>
/// <param name="IsInverted">True for <c>!</c>.</param>
public readonly record struct AddressMatch(IpAddress Address, IpAddress Mask, bool IsInverted = false)
{
    /// <summary>All addresses that share <paramref name="prefixLength"/> bits with <paramref name="address"/>; other bits are cleared.</summary>
    public static AddressMatch FromPrefix(IpAddress address, int prefixLength, bool isInverted = false)
    {
        IpAddress mask = address.IsV4
            ? IpAddress.FromV4(prefixLength <= 0 ? 0 : 0xFFFF_FFFF << (32 - prefixLength))
            : IpAddress.FromV6(HighBits(prefixLength), HighBits(prefixLength - 64));
        return new(And(address, mask), mask, isInverted);
    }

    /// <summary>The prefix length if the mask is contiguous, else -1.</summary>
    public int PrefixLength
    {
        get
        {
            if (Mask.IsV4)
            {
                int ones = System.Numerics.BitOperations.LeadingZeroCount(~Mask.V4);
                return Mask.V4 == (ones == 0 ? 0 : 0xFFFF_FFFF << (32 - ones)) ? ones : -1;
            }

            int high = System.Numerics.BitOperations.LeadingZeroCount(~Mask.High);
            int low = System.Numerics.BitOperations.LeadingZeroCount(~Mask.Low);
            int length = high == 64 ? 64 + low : high;
            return Mask.High == HighBits(length) && Mask.Low == HighBits(length - 64) ? length : -1;
        }
    }

    internal bool Matches(IpAddress address) => (And(address, Mask) == Address) != IsInverted;

    private static IpAddress And(IpAddress a, IpAddress mask) =>
        a.IsV4 ? IpAddress.FromV4(a.V4 & mask.V4) : IpAddress.FromV6(a.High & mask.High, a.Low & mask.Low);

    private static ulong HighBits(int count) => count <= 0 ? 0 : count >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - count);
}

/// <summary>A range of ports, as in <c>--dport 4000</c> or <c>! --sport 1024:65535</c>.</summary>
/// <param name="First">First port of the range.</param>
/// <param name="Last">Last port of the range; equal to <paramref name="First"/> for one port.</param>
/// <param name="IsInverted">True for <c>!</c>.</param>
public readonly record struct PortMatch(ushort First, ushort Last, bool IsInverted = false)
{
    internal bool Matches(ushort port) => (port >= First && port <= Last) != IsInverted;
}

/// <summary>TCP flags, as in <c>--tcp-flags SYN,ACK SYN</c>: of the flags in <paramref name="Mask"/> exactly those in <paramref name="Set"/> are set.</summary>
/// <param name="Mask">The flags looked at.</param>
/// <param name="Set">Those of them that must be set.</param>
/// <param name="IsInverted">True for <c>!</c>.</param>
public readonly record struct TcpFlagsMatch(TcpFlags Mask, TcpFlags Set, bool IsInverted = false)
{
    /// <summary><c>--syn</c>: FIN,SYN,RST,ACK SYN.</summary>
    public static TcpFlagsMatch Syn => new(TcpFlags.Fin | TcpFlags.Syn | TcpFlags.Rst | TcpFlags.Ack, TcpFlags.Syn);

    internal bool Matches(TcpFlags flags) => ((flags & Mask) == Set) != IsInverted;
}

/// <summary>An ICMP type and a range of codes, as in <c>--icmp-type 3/1</c>.</summary>
/// <param name="Type">The type; 255 matches any.</param>
/// <param name="FirstCode">First code of the range.</param>
/// <param name="LastCode">Last code of the range; 255 with 0 as the first for all codes.</param>
/// <param name="IsInverted">True for <c>!</c>.</param>
public readonly record struct IcmpTypeMatch(byte Type, byte FirstCode = 0, byte LastCode = 255, bool IsInverted = false)
{
    internal bool Matches(byte type, byte code) => (Type == 255 || (type == Type && code >= FirstCode && code <= LastCode)) != IsInverted;
}

/// <summary>An interface name, as in <c>-i eth1</c>, <c>! -o lo</c> or <c>-i eth+</c> (every name that begins with eth).</summary>
/// <param name="Name">The name, with a <c>+</c> behind a beginning.</param>
/// <param name="IsInverted">True for <c>!</c>.</param>
public readonly record struct InterfaceMatch(string Name, bool IsInverted = false)
{
    internal bool Matches(string? name)
    {
        bool matches = name is not null && (Name.EndsWith('+') ? name.AsSpan().StartsWith(Name.AsSpan(0, Name.Length - 1), StringComparison.Ordinal) : name == Name);
        return matches != IsInverted;
    }
}

/// <summary>Every n-th packet or a random share, as in <c>-m statistic --mode nth --every 3 --packet 0</c> or <c>--mode random --probability 0.1</c>.</summary>
/// <param name="Every">n of <c>nth</c>, at least 1; 0 for <c>random</c>.</param>
/// <param name="Packet">The first packet that matches, counted from 0; below <paramref name="Every"/>.</param>
/// <param name="Probability">The share of <c>random</c> in units of 2^-31, as the kernel keeps it.</param>
/// <param name="IsInverted">True for <c>!</c>.</param>
public readonly record struct StatisticMatch(uint Every, uint Packet, uint Probability, bool IsInverted = false);

/// <summary>At most so many packets in a time, as in <c>-m limit --limit 5/second --limit-burst 10</c>.</summary>
/// <param name="Interval">Time between two matches once the burst is used up.</param>
/// <param name="Burst">Matches at first, and after a quiet time.</param>
public readonly record struct LimitMatch(TimeSpan Interval, int Burst);

/// <summary>A range of packet lengths, as in <c>-m length --length 100:1500</c>; octets of the IP packet.</summary>
/// <param name="First">Shortest.</param>
/// <param name="Last">Longest.</param>
/// <param name="IsInverted">True for <c>!</c>.</param>
public readonly record struct LengthMatch(ushort First, ushort Last, bool IsInverted = false);

/// <summary>What a rule looks at. What is null is not looked at; two equal values are the same specification (for <c>iptables -D</c>).</summary>
public sealed record FilterMatch
{
    /// <summary>Matches every packet.</summary>
    public static FilterMatch Any { get; } = new();

    /// <summary><c>-s</c>.</summary>
    public AddressMatch? Source { get; init; }

    /// <summary><c>-d</c>.</summary>
    public AddressMatch? Destination { get; init; }

    /// <summary><c>-p</c>: the protocol number; null, or 0, for all.</summary>
    public byte? Protocol { get; init; }

    /// <summary>True for <c>! -p</c>.</summary>
    public bool IsProtocolInverted { get; init; }

    /// <summary><c>-i</c>; in OUTPUT no packet has an inbound interface.</summary>
    public InterfaceMatch? In { get; init; }

    /// <summary><c>-o</c>; in INPUT no packet has an outbound interface.</summary>
    public InterfaceMatch? Out { get; init; }

    /// <summary><c>-f</c> (true: only second and further fragments) or <c>! -f</c> (false). Packets for this host are put together before INPUT.</summary>
    public bool? IsFragment { get; init; }

    /// <summary><c>--sport</c> of TCP and UDP.</summary>
    public PortMatch? SourcePorts { get; init; }

    /// <summary><c>--dport</c> of TCP and UDP.</summary>
    public PortMatch? DestinationPorts { get; init; }

    /// <summary><c>--tcp-flags</c> and <c>--syn</c>.</summary>
    public TcpFlagsMatch? TcpFlags { get; init; }

    /// <summary><c>--icmp-type</c> and <c>--icmpv6-type</c>.</summary>
    public IcmpTypeMatch? IcmpType { get; init; }

    /// <summary><c>-m statistic</c>.</summary>
    public StatisticMatch? Statistic { get; init; }

    /// <summary><c>-m limit</c>.</summary>
    public LimitMatch? Limit { get; init; }

    /// <summary><c>-m length</c>.</summary>
    public LengthMatch? Length { get; init; }

    /// <summary><c>-m conntrack --ctstate</c> and <c>-m state --state</c>.</summary>
    public ConnectionStateMatch? State { get; init; }

    /// <summary><c>-m comment --comment</c>: says something and matches everything.</summary>
    public string? Comment { get; init; }

    /// <summary>True if <c>-m tcp</c> (or udp, icmp) was written although nothing of it is looked at; only for printing.</summary>
    public bool LoadsProtocolMatch { get; init; }
}

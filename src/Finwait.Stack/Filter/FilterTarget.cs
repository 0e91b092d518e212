namespace Finwait.Stack;

/// <summary>What a rule does with a packet that matches.</summary>
public enum FilterTargetKind : byte
{
    /// <summary>No <c>-j</c>: the packet is counted and goes on to the next rule.</summary>
    None,

    /// <summary>The packet may pass.</summary>
    Accept,

    /// <summary>The packet is thrown away without a word.</summary>
    Drop,

    /// <summary>The packet is thrown away and its sender told.</summary>
    Reject,

    /// <summary>Back to the chain that jumped here; at the end of a built-in chain, its policy.</summary>
    Return,

    /// <summary>Into a user chain; at its end the next rule here.</summary>
    Jump,

    /// <summary>Into a user chain (<c>-g</c>); its end counts as the end of this chain too.</summary>
    Goto,

    /// <summary>A line in the kernel log; the packet goes on to the next rule.</summary>
    Log,
}

/// <summary>What <c>REJECT</c> tells the sender (<c>--reject-with</c>). IPv6 uses the ICMPv6 message that says the same.</summary>
public enum RejectWith : byte
{
    /// <summary>icmp-port-unreachable (3/3; ICMPv6 1/4): the default.</summary>
    PortUnreachable,

    /// <summary>icmp-net-unreachable (3/0; ICMPv6 1/0, no route).</summary>
    NetUnreachable,

    /// <summary>icmp-host-unreachable (3/1; ICMPv6 1/3).</summary>
    HostUnreachable,

    /// <summary>icmp-proto-unreachable (3/2).</summary>
    ProtocolUnreachable,

    /// <summary>icmp-net-prohibited (3/9).</summary>
    NetProhibited,

    /// <summary>icmp-host-prohibited (3/10).</summary>
    HostProhibited,

    /// <summary>icmp-admin-prohibited (3/13; ICMPv6 1/1).</summary>
    AdminProhibited,

    /// <summary>tcp-reset: only in rules for TCP.</summary>
    TcpReset,
}

/// <summary>What <c>-j LOG</c> adds to its line.</summary>
[Flags]
public enum LogFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>--log-tcp-sequence</c>.</summary>
    TcpSequence = 1,

    /// <summary><c>--log-tcp-options</c>.</summary>
    TcpOptions = 2,

    /// <summary><c>--log-ip-options</c>.</summary>
    IpOptions = 4,

    /// <summary><c>--log-uid</c>: who owns the socket.</summary>
    User = 8,

    /// <summary><c>--log-macdecode</c>.</summary>
    LinkAddresses = 32,
}

/// <summary>The target of a rule with its options. Equal values are the same target.</summary>
/// <param name="Kind">What is done.</param>
public sealed record FilterTarget(FilterTargetKind Kind)
{
    /// <summary>No target.</summary>
    public static FilterTarget None { get; } = new(FilterTargetKind.None);

    /// <summary><c>-j ACCEPT</c>.</summary>
    public static FilterTarget Accept { get; } = new(FilterTargetKind.Accept);

    /// <summary><c>-j DROP</c>.</summary>
    public static FilterTarget Drop { get; } = new(FilterTargetKind.Drop);

    /// <summary><c>-j RETURN</c>.</summary>
    public static FilterTarget Return { get; } = new(FilterTargetKind.Return);

    /// <summary>The user chain of <see cref="FilterTargetKind.Jump"/> and <see cref="FilterTargetKind.Goto"/>.</summary>
    public string? Chain { get; init; }

    /// <summary>What <see cref="FilterTargetKind.Reject"/> answers.</summary>
    public RejectWith RejectWith { get; init; }

    /// <summary><c>--log-prefix</c>, at most 29 characters.</summary>
    public string LogPrefix { get; init; } = "";

    /// <summary><c>--log-level</c>, 0–7. Default 4, warning.</summary>
    public byte LogLevel { get; init; } = 4;

    /// <summary><c>--log-tcp-sequence</c> and its like.</summary>
    public LogFlags LogFlags { get; init; }

    /// <summary><c>-j REJECT --reject-with</c> <paramref name="with"/>.</summary>
    public static FilterTarget Reject(RejectWith with = RejectWith.PortUnreachable) => new(FilterTargetKind.Reject) { RejectWith = with };

    /// <summary><c>-j</c> <paramref name="chain"/>.</summary>
    public static FilterTarget JumpTo(string chain) => new(FilterTargetKind.Jump) { Chain = chain };

    /// <summary><c>-j LOG --log-prefix</c> <paramref name="prefix"/>.</summary>
    public static FilterTarget Log(string prefix = "") => new(FilterTargetKind.Log) { LogPrefix = prefix };
}

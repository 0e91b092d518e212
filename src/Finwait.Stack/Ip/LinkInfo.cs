namespace Finwait.Stack;

/// <summary>How a packet came in: what the link layer tells the network layer.</summary>
internal readonly ref struct LinkInfo
{
    /// <summary>Where it came in.</summary>
    public required Interface On { get; init; }

    /// <summary>The frame's number in the host's count.</summary>
    public required ulong Number { get; init; }

    /// <summary>True if the frame was addressed to a group (RFC 1122 §3.2.2: never answer it with an error).</summary>
    public bool IsLinkGroup { get; init; }

    /// <summary>True if the host sent it to itself: its source may then be one of our addresses.</summary>
    public bool IsFromHost { get; init; }

    /// <summary>The Ethernet header, for the log of the packet filter; may be empty.</summary>
    public ReadOnlySpan<byte> Header { get; init; }
}

namespace Finwait.Wire;

/// <summary>Kinds of TCP options (IANA "TCP Option Kind Numbers").</summary>
public static class TcpOptionKind
{
    /// <summary>One octet: nothing but padding follows (RFC 9293 §3.1).</summary>
    public const byte EndOfOptionList = 0;

    /// <summary>One octet: nothing (RFC 9293 §3.1).</summary>
    public const byte NoOperation = 1;

    /// <summary>Length 4 (RFC 9293 §3.7.1).</summary>
    public const byte MaximumSegmentSize = 2;

    /// <summary>Length 3 (RFC 7323 §2.2).</summary>
    public const byte WindowScale = 3;

    /// <summary>Length 2 (RFC 2018 §2).</summary>
    public const byte SackPermitted = 4;

    /// <summary>Length 2 and 8 for each block (RFC 2018 §3).</summary>
    public const byte Sack = 5;

    /// <summary>Length 10 (RFC 7323 §3.2).</summary>
    public const byte Timestamps = 8;
}

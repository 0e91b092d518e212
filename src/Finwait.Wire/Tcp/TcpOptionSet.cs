using System.Runtime.CompilerServices;

namespace Finwait.Wire;

/// <summary>Which members of a <see cref="TcpOptionSet"/> hold a value.</summary>
[Flags]
public enum TcpOptionPresence : ushort
{
    /// <summary>No option.</summary>
    None = 0,

    /// <summary>Kind 2, maximum segment size (RFC 9293 §3.7.1).</summary>
    Mss = 1,

    /// <summary>Kind 3, window scale (RFC 7323 §2).</summary>
    WindowScale = 2,

    /// <summary>Kind 4, SACK permitted (RFC 2018 §2).</summary>
    SackPermitted = 4,

    /// <summary>Kind 8, timestamps (RFC 7323 §3).</summary>
    Timestamps = 8,

    /// <summary>Kind 5, at least one SACK block (RFC 2018 §3).</summary>
    Sack = 16,

    /// <summary>Kind 172 or 174, AccECN counters (RFC 9768 §3.2.3).</summary>
    AccurateEcn = 32,

    /// <summary>Kind 34 or 254 with its experiment's number, Fast Open (RFC 7413 §2); only in segments with SYN, and never beside SACK blocks.</summary>
    FastOpen = 64,

    /// <summary>The option bytes broke off: a length of 0 or 1, or one beyond the header. What stood before is valid.</summary>
    Malformed = 0x8000,
}

/// <summary>One SACK block: octets [Left, Right) were received (RFC 2018 §3).</summary>
/// <param name="Left">First octet of the block.</param>
/// <param name="Right">The octet behind the last one of the block.</param>
public readonly record struct SackBlock(SeqNum Left, SeqNum Right);

/// <summary>Room for the four SACK blocks that fit into 40 octets of options.</summary>
[InlineArray(Capacity)]
public struct SackBlockList
{
    /// <summary>Most blocks an option can hold.</summary>
    public const int Capacity = 4;

    private SackBlock _first;
}

/// <summary>The TCP options an endpoint acts on, by value: what a parser found or what a writer is to send.</summary>
/// <remarks>Order and padding on the wire belong to the writer (<see cref="TcpOptionLayout"/>), not to this set.</remarks>
public struct TcpOptionSet
{
    /// <summary>Which of the members below are meaningful.</summary>
    public TcpOptionPresence Present;

    /// <summary>Maximum segment size, octets.</summary>
    public ushort Mss;

    /// <summary>Window scale shift as on the wire (0–255; RFC 7323 §2.3 wants at most 14).</summary>
    public byte WindowScale;

    /// <summary>Number of valid entries in <see cref="Sack"/>, 0–4.</summary>
    public byte SackCount;

    /// <summary>The kind of the AccECN option, which is the order of its counters: 172 ECT(0), CE, ECT(1); 174 ECT(1), CE, ECT(0).</summary>
    public byte EcnOrder;

    /// <summary>How many counters the AccECN option holds, from the first of its order on, 0–3; those left out are 0 here.</summary>
    public byte EcnCount;

    /// <summary>Octets received with ECT(0), low 24 bits.</summary>
    public uint Ee0b;

    /// <summary>Octets received with CE, low 24 bits.</summary>
    public uint Eceb;

    /// <summary>Octets received with ECT(1), low 24 bits.</summary>
    public uint Ee1b;

    /// <summary>TSval.</summary>
    public uint TsVal;

    /// <summary>TSecr.</summary>
    public uint TsEcr;

    /// <summary>SACK blocks, the first being the most recent (RFC 2018 §4).</summary>
    public SackBlockList Sack;

    /// <summary>The Fast Open cookie (RFC 7413 §2); meaningful with <see cref="TcpOptionPresence.FastOpen"/>. Setting it makes the option present.</summary>
    /// <remarks>It stands in the room of <see cref="Sack"/>: a SYN, the only segment that carries one, has no blocks.</remarks>
    public FastOpenCookie FastOpen
    {
        readonly get => FastOpenCookie.From(Sack);
        set
        {
            value.Into(ref Sack);
            SackCount = 0;
            Present = (Present & ~TcpOptionPresence.Sack) | TcpOptionPresence.FastOpen;
        }
    }

    /// <summary>True if all of <paramref name="options"/> are present.</summary>
    public readonly bool Has(TcpOptionPresence options) => (Present & options) == options;
}

/// <summary>The order in which a stack writes its options; peers never care, people and fingerprinting tools do.</summary>
public enum TcpOptionLayout : byte
{
    /// <summary>SYN: mss, sackOK, TS, nop, wscale (without TS: mss, nop, nop, sackOK, nop, wscale); later nop, nop, TS, nop, nop, sack.</summary>
    Linux,

    /// <summary>SYN: mss, nop, wscale, nop, nop, TS, sackOK, eol; later as Linux.</summary>
    MacOs,

    /// <summary>SYN: mss, nop, wscale, sackOK, TS (without TS: …, sackOK, eol); later as Linux.</summary>
    FreeBsd,
}

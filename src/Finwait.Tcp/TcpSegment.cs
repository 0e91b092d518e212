using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>The ECN field of the IP header (RFC 3168 §5).</summary>
public enum EcnCodepoint : byte
{
    /// <summary>00: the sender does not take part.</summary>
    NotEct = 0,

    /// <summary>01.</summary>
    Ect1 = 1,

    /// <summary>10.</summary>
    Ect0 = 2,

    /// <summary>11: a router marked congestion.</summary>
    Ce = 3,
}

/// <summary>One validated inbound segment: checksum and lengths are right, options are parsed.</summary>
/// <remarks>Lives only for the call that handles it: the payload is the receive buffer of the link.</remarks>
public ref struct TcpSegment
{
    /// <summary>SEG.SEQ.</summary>
    public SeqNum Seq;

    /// <summary>SEG.ACK; meaningful only with the ACK flag.</summary>
    public SeqNum Ack;

    /// <summary>Control bits.</summary>
    public TcpFlags Flags;

    /// <summary>The window field as sent, before scaling.</summary>
    public ushort RawWindow;

    /// <summary>SEG.UP as sent: an offset from SEG.SEQ; meaningful only with the URG flag.</summary>
    public ushort UrgentPointer;

    /// <summary>ECN field of the IP packet that carried the segment.</summary>
    public EcnCodepoint Ecn;

    /// <summary>The options found, by value.</summary>
    public TcpOptionSet Options;

    /// <summary>The text of the segment.</summary>
    public ReadOnlySpan<byte> Payload;

    /// <summary>The packet's number in the host's count of packets, for causes; 0 if nobody counts.</summary>
    public ulong PacketNumber;

    /// <summary>SEG.LEN: text plus one for SYN and one for FIN.</summary>
    public readonly int SequenceLength => Payload.Length + ((Flags & TcpFlags.Syn) != 0 ? 1 : 0) + ((Flags & TcpFlags.Fin) != 0 ? 1 : 0);

    /// <summary>True if all of <paramref name="flags"/> are set.</summary>
    public readonly bool Has(TcpFlags flags) => (Flags & flags) == flags;
}

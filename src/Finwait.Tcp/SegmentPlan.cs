using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>What to send: the engine's decision about one segment, before any byte is written.</summary>
/// <remarks>
/// Produced by <see cref="TcpConnection.PollTransmit"/>. The caller writes the header from it (with the ports, which the engine does not
/// know) and fetches the text with <see cref="TcpConnection.CopyPayload"/> before the next command or input.
/// </remarks>
public struct SegmentPlan
{
    /// <summary>SEG.SEQ.</summary>
    public SeqNum Seq;

    /// <summary>SEG.ACK; 0 without the ACK flag.</summary>
    public SeqNum Ack;

    /// <summary>Control bits.</summary>
    public TcpFlags Flags;

    /// <summary>The window field as it goes on the wire, already scaled.</summary>
    public ushort RawWindow;

    /// <summary>Urgent pointer field; meaningful with the URG flag.</summary>
    public ushort UrgentPointer;

    /// <summary>ECN codepoint the IP header is to carry.</summary>
    public EcnCodepoint Ecn;

    /// <summary>Options to write.</summary>
    public TcpOptionSet Options;

    /// <summary>Where the text begins in the stream of sent octets (0 is the first octet behind the SYN).</summary>
    public long PayloadOffset;

    /// <summary>Octets of text; may be a multiple of <see cref="SegmentSize"/> when the link offloads segmentation.</summary>
    public int PayloadLength;

    /// <summary>Largest text of one packet on the wire, octets.</summary>
    public int SegmentSize;

    /// <summary>Why the segment is sent.</summary>
    public Cause Cause;
}

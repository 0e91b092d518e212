using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>The send sequence variables (RFC 9293 §3.3.1) and their only writer.</summary>
/// <remarks>Stream offsets count octets of text without wrap: offset 0 is the octet behind our SYN.</remarks>
internal struct SendWindow
{
    /// <summary>ISS.</summary>
    public SeqNum Iss;

    /// <summary>SND.UNA.</summary>
    public SeqNum Una;

    /// <summary>SND.NXT.</summary>
    public SeqNum Nxt;

    /// <summary>SND.WL1.</summary>
    public SeqNum Wl1;

    /// <summary>SND.WL2.</summary>
    public SeqNum Wl2;

    /// <summary>SND.WND, octets, scaled.</summary>
    public uint Wnd;

    /// <summary>Largest SND.WND ever seen (MAX.SND.WND of RFC 5961 §5.2).</summary>
    public uint MaxWnd;

    /// <summary>Shift of the peer's window field (Snd.Wind.Shift, RFC 7323 §2.3).</summary>
    public byte Shift;

    /// <summary>Stream offset of SND.UNA; −1 while our SYN is unacknowledged. Our FIN counts one octet.</summary>
    public long UnaOffset;

    /// <summary>Stream offset of SND.NXT; −1 before the SYN, 0 after it. Our FIN counts one octet.</summary>
    public long NxtOffset;

    /// <summary>Right edge of what the peer lets us send.</summary>
    public readonly SeqNum RightEdge => Una + Wnd;

    /// <summary>Octets that may still be sent; negative after the peer shrank the window (MUST-34).</summary>
    public readonly int Usable => RightEdge - Nxt;

    /// <summary>Octets sent and not acknowledged (FlightSize).</summary>
    public readonly int Flight => Nxt - Una;

    /// <summary>Begins before the SYN at <paramref name="iss"/>.</summary>
    public void Start(SeqNum iss)
    {
        this = default;
        Iss = iss;
        Una = iss;
        Nxt = iss;
        UnaOffset = -1;
        NxtOffset = -1;
    }

    /// <summary>The sequence number of a stream offset.</summary>
    public readonly SeqNum SeqOf(long offset) => Iss + unchecked((uint)(offset + 1));

    /// <summary>The stream offset of a sequence number near SND.UNA.</summary>
    public readonly long OffsetOf(SeqNum seq) => UnaOffset + (seq - Una);

    /// <summary>Moves SND.NXT over octets that go out for the first time.</summary>
    public void Advance(int octets)
    {
        Nxt += octets;
        NxtOffset += octets;
    }

    /// <summary>Moves SND.UNA to an acceptable acknowledgment; returns how far.</summary>
    public int Acknowledge(SeqNum ack)
    {
        int octets = ack - Una;
        Una = ack;
        UnaOffset += octets;
        return octets;
    }

    /// <summary>RFC 5961 §5.2: SND.UNA − MAX.SND.WND ≤ SEG.ACK ≤ SND.NXT.</summary>
    public readonly bool IsAckPlausible(SeqNum ack) => ack <= Nxt && ack - Una >= -(long)MaxWnd;

    /// <summary>Takes the window of an acceptable segment when it is newer (RFC 9293 §3.10.7.4, fifth check). True if SND.WND changed.</summary>
    /// <remarks>
    /// Beyond the letter, a segment whose acknowledgment is new brings a new window even with an old sequence number, as in Linux: a probe
    /// (SND.UNA − 1) may be the first to tell, and SND.UNA + SND.WND with the old window would lie beyond what the peer offers.
    /// </remarks>
    public bool Update(in TcpSegment segment) =>
        (segment.Ack > Una || Wl1 < segment.Seq || (Wl1 == segment.Seq && Wl2 <= segment.Ack)) && Set(segment, (uint)segment.RawWindow << Shift);

    /// <summary>Takes the window of a SYN: never scaled (RFC 7323 §2.2).</summary>
    public bool SetFromSyn(in TcpSegment segment) => Set(segment, segment.RawWindow);

    /// <summary>Takes the window of the segment that ends the handshake whatever WL1 and WL2 say: a SYN without ACK left no number to compare with.</summary>
    public void SetFromHandshake(in TcpSegment segment) => Set(segment, segment.Has(TcpFlags.Syn) ? segment.RawWindow : (uint)segment.RawWindow << Shift);

    private bool Set(in TcpSegment segment, uint window)
    {
        bool changed = window != Wnd;
        Wnd = window;
        Wl1 = segment.Has(TcpFlags.Syn) ? segment.Seq : SeqNum.Later(Wl1, segment.Seq);
        Wl2 = segment.Ack;
        MaxWnd = Math.Max(MaxWnd, window);
        return changed;
    }
}

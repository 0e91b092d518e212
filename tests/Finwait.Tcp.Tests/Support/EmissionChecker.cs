using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>What must hold for every segment the engine ever emits, whatever the test is about.</summary>
internal sealed class EmissionChecker(int mtu, int ipHeaderLength)
{
    private SeqNum? _rightEdge;
    private SeqNum? _peersEdge;
    private SeqNum? _highest;
    private int _peersShift;

    private ushort? _firstWindow;
    private bool _ownScales;
    private int _ownShift;

    /// <summary>The peer offered scaling too.</summary>
    private bool _peerScales;

    /// <summary>net.ipv4.tcp_shrink_window is set: the right edge may move left.</summary>
    public bool MayShrink { get; init; }

    /// <summary>A segment goes to the engine: it may open the window in which the engine sends.</summary>
    public void OnInjected(in TcpSegment segment)
    {
        if (segment.Has(TcpFlags.Syn))
        {
            _peerScales = segment.Options.Has(TcpOptionPresence.WindowScale);
            _peersShift = _peerScales ? Math.Min((int)segment.Options.WindowScale, 14) : 0;
        }

        if (segment.Has(TcpFlags.Ack) && !segment.Has(TcpFlags.Rst))
        {
            int shift = segment.Has(TcpFlags.Syn) || !_ownScales ? 0 : _peersShift;
            SeqNum edge = segment.Ack + ((uint)segment.RawWindow << shift);
            _peersEdge = _peersEdge is { } known ? SeqNum.Later(known, edge) : edge;
        }
        else if (segment.Has(TcpFlags.Syn) && _peersEdge is null)
        {
            _firstWindow = segment.RawWindow;
        }
    }

    /// <summary>Checks one segment.</summary>
    public void OnEmitted(in SegmentPlan plan, int optionLength)
    {
        bool syn = (plan.Flags & TcpFlags.Syn) != 0;
        bool rst = (plan.Flags & TcpFlags.Rst) != 0;
        bool ack = (plan.Flags & TcpFlags.Ack) != 0;
        Assert.True(optionLength is >= 0 and <= 40, "options take at most 40 octets");
        Assert.True(!rst || plan.PayloadLength == 0, "a reset carries no text");
        Assert.True(syn || !plan.Options.Has(TcpOptionPresence.Mss), "MSS only on SYN (MUST-65)");
        Assert.True(syn || !plan.Options.Has(TcpOptionPresence.WindowScale), "window scale only on SYN (X-7323-1)");
        Assert.True(syn || !plan.Options.Has(TcpOptionPresence.SackPermitted), "SACK-permitted only on SYN (X-2018-1)");
        Assert.True(plan.PayloadLength <= plan.SegmentSize || plan.PayloadLength == 0, "text longer than the segment size");
        Assert.True(ipHeaderLength + 20 + optionLength + plan.PayloadLength <= mtu || plan.PayloadLength == 0, "longer than the MTU (MUST-16)");
        Assert.True(ack || plan.Ack.Value == 0, "an acknowledgment number without ACK");
        if (syn)
        {
            _ownScales = plan.Options.Has(TcpOptionPresence.WindowScale);
            _ownShift = _ownScales ? plan.Options.WindowScale : 0;
        }

        if (rst)
        {
            return;
        }

        CheckRightEdge(plan, syn, ack);
        CheckPeersWindow(plan, syn);
    }

    /// <summary>SHLD-14: RCV.NXT + RCV.WND never moves left.</summary>
    private void CheckRightEdge(in SegmentPlan plan, bool syn, bool ack)
    {
        if (!ack || MayShrink)
        {
            return;
        }

        int shift = syn || !_peerScales ? 0 : _ownShift;
        SeqNum edge = plan.Ack + ((uint)plan.RawWindow << shift);
        Assert.True(_rightEdge is not { } known || edge >= known, $"the right edge moved left by {(_rightEdge is { } was ? was - edge : 0)} (SHLD-14)");
        _rightEdge = edge;
    }

    /// <summary>X-7323-6: what goes out for the first time lies in a window the peer announced at some time.</summary>
    private void CheckPeersWindow(in SegmentPlan plan, bool syn)
    {
        if (syn)
        {
            _highest = SeqNum.Later(_highest ?? plan.Seq, plan.Seq + 1);
            _peersEdge ??= _firstWindow is { } window ? plan.Seq + 1 + (uint)window : null;
            return;
        }

        int length = plan.PayloadLength + ((plan.Flags & TcpFlags.Fin) != 0 ? 1 : 0);
        SeqNum end = plan.Seq + length;
        if (length > 0 && _highest is { } highest && end > highest)
        {
            Assert.True(_peersEdge is { } edge && end <= edge, $"sent {(_peersEdge is { } last ? end - last : 0)} beyond every window the peer announced (X-7323-6)");
            _highest = end;
        }
    }
}

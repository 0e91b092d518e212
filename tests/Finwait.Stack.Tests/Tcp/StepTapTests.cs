using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>What a host records for who asks why: the cause of each packet, what connections decided, and which rule dropped a packet.</summary>
public class StepTapTests
{
    private static TcpRig Established(bool watches, out uint iss)
    {
        TcpRig rig = new();
        int listener = rig.Host.Stream();
        rig.Sockets.Bind(listener, new(TcpRig.Us, 80));
        rig.Sockets.Listen(listener, 5);
        rig.Link.Tap = new CaptureTap();
        if (watches)
        {
            rig.Host.StepTap = new StepTap();
            rig.Host.DropTap = new DropTap();
        }

        iss = rig.HandshakeFromPeer(1000);
        while (rig.Link.Tap.TryTake(out _))
        {
        }

        return rig;
    }

    private static CapturedFrame Sent(TcpRig rig, out ulong received)
    {
        received = 0;
        CapturedFrame sent = default;
        while (rig.Link.Tap!.TryTake(out CapturedFrame frame))
        {
            (received, sent) = frame.Direction == CaptureDirection.Inbound ? (frame.Number, sent) : (received, frame);
        }

        return sent;
    }

    private static TcpStep[] Steps(TcpRig rig)
    {
        List<TcpStep> steps = [];
        while (rig.Host.StepTap!.TryTake(out TcpStep step))
        {
            steps.Add(step);
        }

        return [.. steps];
    }

    // The segment lies right of the window.
    [Fact]
    public void SegmentOutsideTheWindow_Watched_StepNamesTheCheckAndTheAnswerNamesTheStep()
    {
        TcpRig rig = Established(watches: true, out uint iss);
        Steps(rig);

        rig.Say(TcpFlags.Ack, 1001 + 10_000_000, iss + 1, "text");

        CapturedFrame answer = Sent(rig, out ulong received);
        Assert.Equal((CauseKind.Packet, Rule.NotInWindow, received), (answer.Cause.Kind, answer.Cause.Rule, answer.Cause.Subject));
        TcpStep[] steps = Steps(rig);
        TcpStep refused = Assert.Single(steps, step => step.Kind == TcpStepKind.Refused);
        Assert.Equal((SegmentCheck.Sequence, received), (refused.Check, refused.Cause.Subject));
        Assert.Equal((new SeqNum(1000), new SeqNum(1001), new SeqNum(iss)), (refused.Values.Irs, refused.Values.RcvNxt, refused.Values.Iss));
        Assert.Equal(answer.Cause.Step, Assert.Single(steps, step => step.Kind == TcpStepKind.Sent).Number);
    }

    [Fact]
    public void RetransmissionTimeout_Watched_CauseNamesTheStepInWhichTheTimerFiredWithItsRto()
    {
        TcpRig rig = new();
        rig.Host.StepTap = new StepTap { Call = 7 };
        rig.Link.Tap = new CaptureTap();
        int socket = rig.Host.Stream();
        rig.Sockets.Connect(rig.Now, socket, new(TcpRig.Peer, 80));
        rig.Take();
        Assert.Equal((CauseKind.Call, Rule.Open, 7ul), (Sent(rig, out _).Cause is var open ? open.Kind : default, open.Rule, open.Subject));
        rig.Host.StepTap.Call = 0;
        Instant first = rig.Now;

        rig.Run(1.5);

        Cause again = Sent(rig, out _).Cause;
        Assert.Equal((CauseKind.RetransmissionTimeout, Rule.Retransmit), (again.Kind, again.Rule));
        TcpStep fired = Assert.Single(Steps(rig), step => step.Kind == TcpStepKind.Fired);
        Assert.Equal((ulong)fired.Number, again.Subject);
        Assert.Equal((TimeSpan.FromSeconds(1), first, 0), (fired.Values.Rto, fired.Values.OldestSentAt, fired.Values.Backoff));
    }

    [Fact]
    public void NobodyWatches_Segment_CarriesNoStep()
    {
        TcpRig rig = Established(watches: false, out uint iss);

        rig.Say(TcpFlags.Ack, 1001 + 10_000_000, iss + 1, "text");

        Assert.Equal((CauseKind.Packet, 0u), (Sent(rig, out _).Cause is var cause ? cause.Kind : default, cause.Step));
    }

    [Fact]
    public void StepTap_Full_CountsWhatFoundNoRoom()
    {
        TcpRig rig = Established(watches: false, out uint iss);
        rig.Host.StepTap = new StepTap(capacity: 1);

        rig.Say(TcpFlags.Ack, 1001 + 10_000_000, iss + 1, "text");

        Assert.Equal((1, 1L), (rig.Host.StepTap.Count, rig.Host.StepTap.Dropped));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StepTap(0));
    }

    [Fact]
    public void PortUnreachable_Watched_IsCausedByTheDatagram()
    {
        TcpRig rig = Established(watches: true, out _);
        byte[] packet = new byte[28 + 4];
        Ipv4Writer.Write(packet, TcpRig.Peer, TcpRig.Us, IpProtocol.Udp, 12, 64, 0, 1, false);
        (packet[21], packet[23], packet[25]) = (9, 9, 12); // ports 9, length 12, no checksum

        rig.Receive(packet);

        CapturedFrame answer = Sent(rig, out ulong received);
        Assert.Equal(IpProtocol.Icmp, answer.Bytes[9]);
        Assert.Equal((CauseKind.Packet, received), (answer.Cause.Kind, answer.Cause.Subject));
    }

    [Theory]
    [InlineData(false, "INPUT", 2)]
    [InlineData(true, "INPUT", 0)]
    public void PacketFilter_DropsAPacket_RecordNamesChainAndRule(bool byPolicy, string chain, int number)
    {
        TcpRig rig = Established(watches: true, out uint iss);
        PacketFilter filter = rig.Host.Filter;
        filter.Append("INPUT", new FilterMatch { Protocol = IpProtocol.Udp }, new FilterTarget(FilterTargetKind.Accept));
        if (byPolicy)
        {
            filter.SetPolicy("INPUT", isDrop: true);
        }
        else
        {
            filter.Append("INPUT", new FilterMatch { Protocol = IpProtocol.Tcp }, new FilterTarget(FilterTargetKind.Drop));
        }

        rig.Say(TcpFlags.Ack, 1001, iss + 1, "text");

        Assert.True(rig.Host.DropTap!.TryTake(out DropRecord drop));
        Assert.Equal((DropReason.FilterInput, chain, number), (drop.Reason, drop.Filter!.Chain, drop.Filter.Number));
        Assert.Equal(byPolicy ? null : filter.Input.Rules[1], drop.Filter.Rule);
    }
}

namespace Finwait.Tcp.Tests;

/// <summary>Sixth check of RFC 9293 §3.10.7.4: URG, in the meaning of RFC 6093; and urgent data that we send.</summary>
public sealed class UrgentCheckTests
{
    // SM-URG-1, MUST-30, MUST-32, MUST-33: once per advance, none for repeats.
    [Theory, OnEveryWire(In = "ES F1 F2")]
    public void UrgentPointer_WhenItAppearsOrAdvances_NotifiesOnce(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        int ack = state == "F2" ? 2 : 1;
        peer.In($"[.U] 1:11 ack {ack} urg 20");
        Assert.Equal("Readable Urgent", peer.TakeEvents());
        peer.In($"[.U] 11:16 ack {ack} urg 10");                // the same mark
        Assert.Equal("Readable", peer.TakeEvents());
        peer.In($"[.U] 16:18 ack {ack} urg 4");                 // behind the mark
        Assert.Equal("Readable", peer.TakeEvents());
        peer.In($"[.U] 18:19 ack {ack} urg 30");                // ahead again
        Assert.Equal("Readable Urgent", peer.TakeEvents());
        Assert.Equal(47, peer.Tcp.UrgentAhead);
    }

    // SM-URG-2
    [Theory, OnEveryWire(In = "CW CG LA TW")]
    public void UrgentPointer_AfterThePeersFin_IsIgnored(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.In($"[.U] 2 ack {peer.Variables.SndNxt} urg 5");
        Assert.DoesNotContain("Urgent", peer.TakeEvents(), StringComparison.Ordinal);
        Assert.Null(peer.Tcp.UrgentAhead);
    }

    // SM-URG-3, BUG-23, X-6093-1: whatever the pointer says, no octet is skipped, lost or invented.
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(10, true)]
    [InlineData(11, true)]
    [InlineData(65535, true)]
    public void UrgentPointer_OfAnyValue_LeavesTheStreamComplete(int pointer, bool notifies)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
            peer.In($"[P.U] 1:11 ack 1 urg {pointer}");
            Assert.Equal(notifies, peer.TakeEvents().Contains("Urgent", StringComparison.Ordinal));
            Assert.Equal(notifies ? pointer : null, peer.Tcp.UrgentAhead);
            peer.In("[P.] 11:21 ack 1");
            Assert.Equal(20, peer.ReadAll());
        }
    }

    // SM-URG-3, X-6093-1: behind what the user has read it is nothing.
    [Theory, OnEveryWire]
    public void UrgentPointer_BehindWhatWasRead_IsIgnored(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 1:11 ack 1");
        peer.ReadAll();
        peer.TakeEvents();
        peer.In("[P.U] 5:21 ack 1 urg 2");
        Assert.Equal("Readable", peer.TakeEvents());
        Assert.Null(peer.Tcp.UrgentAhead);
        Assert.Equal(10, peer.ReadAll());
    }

    // SM-URG-3, X-6093-1: a pointer of 0 means nothing, also while older octets are unread.
    [Theory, OnEveryWire]
    public void UrgentPointerZero_WithUnreadText_IsIgnored(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 1:11 ack 1");
        peer.TakeEvents();
        peer.In("[P.U] 11:21 ack 1 urg 0");
        Assert.Equal("Readable", peer.TakeEvents());
        Assert.Null(peer.Tcp.UrgentAhead);
        Assert.Equal(20, peer.ReadAll());
    }

    // SM-URG-1: with a hole before the urgent octet the notice comes at once, the octets when the hole is filled.
    [Theory, OnEveryWire]
    public void UrgentPointer_OfOutOfOrderText_NotifiesAtOnce(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.U] 11:21 ack 1 urg 10");
        Assert.Equal("Urgent", peer.TakeEvents());
        Assert.Equal(20, peer.Tcp.UrgentAhead);
        peer.In("[P.] 1:11 ack 1");
        Assert.Equal(20, peer.ReadAll());
        Assert.Null(peer.Tcp.UrgentAhead);
    }

    // MUST-31, MUST-62: any length; each segment before the mark repeats where it is, at most 65535 ahead.
    [Theory, OnEveryWire]
    public void SendUrgent_70000Octets_EachSegmentPointsAtTheEnd(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,ws 4");
        peer.Tcp.SendBufferSize = 100_000;
        string sent = peer.Send(70_000, urgent: true);
        int acked = 1;
        while (acked < 70_001)
        {
            acked = peer.Emitted.Max(plan => plan.Seq - peer.Iss + plan.PayloadLength);
            sent += "\n" + peer.In($"[.] 1 ack {acked}");
        }

        var text = peer.Emitted.Where(plan => plan.PayloadLength > 0).ToList();
        Assert.Equal(70, text.Count);
        Assert.All(text, plan => Assert.Equal(Math.Min(65535, 70_000 - (int)plan.PayloadOffset), plan.UrgentPointer));
        Assert.All(text, plan => Assert.True((plan.Flags & Finwait.Wire.TcpFlags.Urg) != 0));
        Assert.Equal("[P.] 70001:70011 ack 1", peer.Send(10));  // what follows is not urgent
    }

    // MUST-62: one octet.
    [Theory, OnEveryWire]
    public void SendUrgent_OneOctetBehindOthers_PointsBehindIt(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Tcp.Send(peer.Now, Pattern.Slice(0, 9));
        Assert.Equal(1, peer.Tcp.Send(peer.Now, Pattern.Slice(9, 1), urgent: true));
        Assert.Equal("[P.U] 1:11 ack 1 urg 10", peer.Sent());
        Assert.Contains("[P.U] 1:11 ack 1 urg 10", peer.Run(1), StringComparison.Ordinal);    // and so does its retransmission
    }
}

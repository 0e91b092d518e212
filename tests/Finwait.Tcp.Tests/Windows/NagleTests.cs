namespace Finwait.Tcp.Tests;

/// <summary>Nagle's rule in Minshall's form (RFC 9293 §3.7.4).</summary>
public sealed class NagleTests
{
    // SHLD-7, MAY-16: small writes wait while a small segment is unacknowledged, and leave together.
    [Theory, OnEveryWire]
    public void SmallWrites_WhileOneIsInFlight_WaitAndLeaveTogether(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("[P.] 1:11 ack 1", peer.Send(10));
        Assert.Equal("", peer.Send(10));
        Assert.Equal("", peer.Send(10));
        Assert.Equal("[P.] 11:31 ack 1", peer.In("[.] 1 ack 11"));
    }

    // SHLD-7: as soon as a full segment has gathered it goes.
    [Theory, OnEveryWire]
    public void SmallWrites_ThatFillASegment_DoNotWait(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(10);
        Assert.Equal("", peer.Send(999));
        Assert.Equal("[.] 11:1011 ack 1", peer.Send(2));
        Assert.Equal("[P.] 1011:1012 ack 1", peer.In("[.] 1 ack 11"));
    }

    // X-NAGLE-1: only a small segment holds back another: no stall in write-write-read.
    [Theory, OnEveryWire]
    public void SmallTail_BehindFullSegments_IsNotHeld(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("[.] 1:1001 ack 1\n[.] 1001:2001 ack 1\n[P.] 2001:2501 ack 1", peer.Send(2500));
        Assert.Equal("", peer.Send(10));
        Assert.Equal("", peer.In("[.] 1 ack 2001"));            // the small one is still out
        Assert.Equal("[P.] 2501:2511 ack 1", peer.In("[.] 1 ack 2501"));
    }

    // MUST-17
    [Theory, OnEveryWire]
    public void NoDelay_SmallWritesLeaveAtOnce(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Tcp.NoDelay = true;
        Assert.Equal("[P.] 1:11 ack 1", peer.Send(10));
        Assert.Equal("[P.] 11:21 ack 1", peer.Send(10));
        Assert.Equal("[P.] 21:31 ack 1", peer.Send(10));
    }

    // MUST-17: switched on in between, it releases what is held; switched off again it holds.
    [Theory, OnEveryWire]
    public void NoDelay_SwitchedOn_ReleasesWhatIsHeld(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(10);
        Assert.Equal("", peer.Send(10));
        peer.Tcp.NoDelay = true;
        Assert.Equal("[P.] 11:21 ack 1", peer.Sent());
        peer.Tcp.NoDelay = false;
        Assert.Equal("", peer.Send(10));
    }

    // X-NAGLE-1: a segment with FIN is not held.
    [Theory, OnEveryWire]
    public void LastSegmentWithFin_IsNotHeld(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(10);
        peer.Send(10);
        Assert.Equal("[FP.] 11:21 ack 1", peer.Shutdown());
    }
}

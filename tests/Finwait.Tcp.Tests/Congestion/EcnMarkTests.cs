namespace Finwait.Tcp.Tests;

/// <summary>What goes out ECN-capable, what a mark leads to on both sides (RFC 3168 §6.1.2 to §6.1.6).</summary>
public sealed class EcnMarkTests
{
    private static ScriptedPeer Classic(string wire, string controller = "reno", string options = "mss 1000,sackOK")
    {
        TcpSettings settings = new() { Ecn = 1, CongestionControl = controller, SendBuffer = (4096, 1 << 20, 1 << 20) };
        ScriptedPeer peer = new(wire, settings);
        peer.Open();
        peer.In($"[S.E] 0 ack 1 <{options}>");
        Assert.Equal(TcpState.Established, peer.State);
        return peer;
    }

    private static TcpInfo Info(ScriptedPeer peer) => peer.Tcp.GetInfo(peer.Now);

    // X-3168-5: new text is ECT(0); acknowledgments, retransmissions, FIN and probes are not.
    [Theory, OnEveryWire]
    public void OnlyNewText_IsEcnCapable(string wire)
    {
        ScriptedPeer peer = Classic(wire);
        Assert.Equal("[P.] 1:501 ack 1 ect0", peer.Send(500));
        Assert.DoesNotContain("ect0", peer.In("[P.] 1:1001 ack 1"), StringComparison.Ordinal);
        Assert.EndsWith("[P.] 1:501 ack 1001", peer.Run(0.5), StringComparison.Ordinal);
        peer.In("[.] 1001 ack 501");
        Assert.Equal("[F.] 501 ack 1001", peer.Shutdown());
    }

    // X-3168-5: nor is a zero-window probe.
    [Theory, OnEveryWire]
    public void WindowProbe_IsNotEcnCapable(string wire)
    {
        ScriptedPeer peer = Classic(wire);
        peer.Send(1000);
        peer.In("[.] 1 ack 1001 win 0");
        Assert.Equal("", peer.Send(1000));
        Assert.EndsWith(" [.] 1000 ack 1", peer.Run(0.3), StringComparison.Ordinal);
    }

    // X-3168-4: ECE from the first mark on every acknowledgment until CWR; a mark together with CWR begins anew.
    [Theory, OnEveryWire]
    public void Mark_IsEchoedUntilCwr(string wire)
    {
        ScriptedPeer peer = Classic(wire);
        Assert.Equal("[.] 1 ack 1001", peer.In("[.] 1:1001 ack 1 ect0"));
        Assert.Equal("[.E] 1 ack 2001", peer.In("[.] 1001:2001 ack 1 ce"));
        Assert.Equal("[.E] 1 ack 3001", peer.In("[.] 2001:3001 ack 1 ect0"));
        Assert.Equal("[P.E] 1:101 ack 3001 ect0", peer.Send(100));
        Assert.Equal("[.] 101 ack 4001", peer.In("[.W] 3001:4001 ack 101 ect0"));
        string calm = peer.In("[.] 4001:5001 ack 101 ect0") + peer.Run(0.3);
        Assert.EndsWith("[.] 101 ack 5001", calm, StringComparison.Ordinal);
        Assert.Equal("[.E] 101 ack 6001", peer.In("[.W] 5001:6001 ack 101 ce"));
        Assert.True(Info(peer).EcnSeen);
    }

    // X-3168-5: a mark on what is not in the window, or on a bare acknowledgment, means nothing.
    [Theory, OnEveryWire]
    public void Mark_OutsideTheWindow_IsIgnored(string wire)
    {
        ScriptedPeer peer = Classic(wire);
        peer.In("[.] 1:1001 ack 1 ect0");
        Assert.Equal("[.] 1 ack 1001", peer.In("[.] 1:1001 ack 1 ce").Split(" <")[0]);
        Assert.Equal("[.] 1 ack 1001", peer.In("[.] 9000001:9001001 ack 1 ce"));
        Assert.Equal("", peer.In("[.] 1001 ack 1 ce"));
        Assert.Equal("[.] 1 ack 2001", peer.In("[.] 1001:2001 ack 1 ect0"));
    }

    // X-3168-4: a mark is acknowledged without delay, and so is the segment with CWR: the sender's window may be one segment.
    [Theory, OnEveryWire]
    public void Mark_IsNotDelayed(string wire)
    {
        ScriptedPeer peer = Classic(wire);
        for (int i = 0; i < 40; i++)
        {
            peer.In($"[.] {1 + (i * 100)}:{101 + (i * 100)} ack 1 ect0");
        }

        peer.Run(0.1);
        Assert.Equal("", peer.In("[.] 4001:4101 ack 1 ect0"));
        Assert.Equal("[.E] 1 ack 4201", peer.In("[.] 4101:4201 ack 1 ce"));
        peer.Run(0.1);
        Assert.Equal("[.] 1 ack 4301", peer.In("[.W] 4201:4301 ack 1 ect0"));
    }

    // X-3168-3: ECE: half the window (Reno), once per round trip however many say so; nothing is sent again; CWR on the first new text.
    [Theory, OnEveryWire]
    public void Echo_ReducesOncePerRoundTripAndIsAnsweredByCwr(string wire)
    {
        ScriptedPeer peer = Classic(wire);
        peer.Send(100_000);
        for (int ack = 1001; ack <= 10_001; ack += 1000)
        {
            peer.In($"[.] 1 ack {ack}");
        }

        int window = Info(peer).CongestionWindow;
        Assert.Equal(20, window);
        List<string> sent = [];
        int end = peer.Variables.SndNxt;
        for (int ack = 11_001; ack <= end; ack += 1000)
        {
            sent.AddRange(peer.In($"[.E] 1 ack {ack}").Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Equal(9, Info(peer).SlowStartThreshold);     // of the 19 still out when the first told of it
        }

        Assert.Equal(0, Info(peer).RetransmittedTotal);
        Assert.StartsWith("[.W] ", sent[0], StringComparison.Ordinal);
        Assert.All(sent.Skip(1), line => Assert.StartsWith("[.] ", line, StringComparison.Ordinal));
        Assert.InRange(sent.Count, 9, 11);               // proportional: one for each two acknowledged
        peer.In($"[.] 1 ack {end + 1000}");
        Assert.InRange(Info(peer).CongestionWindow, 9, 10);

        // The next round trip may tell of congestion again.
        peer.In($"[.E] 1 ack {end + 2000}");
        Assert.Equal(4, Info(peer).SlowStartThreshold);
    }

    // X-3168-3: a report that acknowledges nothing new counts as well.
    [Theory, OnEveryWire]
    public void Echo_OnAnAcknowledgmentThatDoesNotMoveOn_Reduces(string wire)
    {
        ScriptedPeer peer = Classic(wire);
        peer.Send(10_000);
        peer.In("[.E] 1 ack 1");
        Assert.Equal(5, Info(peer).SlowStartThreshold);
    }

    // X-3168-3: without ECN in the agreement the bit means nothing.
    [Theory, OnEveryWire]
    public void Echo_WithoutAgreement_MeansNothing(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK", new TcpSettings { Ecn = 2 });
        peer.Send(10_000);
        peer.In("[.E] 1 ack 1001");
        Assert.Equal(int.MaxValue, Info(peer).SlowStartThreshold);
    }

    // X-3168-3: a loss reduces once too, and CWR tells of it.
    [Theory, OnEveryWire]
    public void Loss_IsToldByCwrToo(string wire)
    {
        ScriptedPeer peer = Classic(wire);
        peer.Send(40_000);
        string sent = "";
        for (int end = 2001; end <= 10_001; end += 1000)
        {
            sent += peer.In($"[.E] 1 ack 1 <sack 1001:{end}>") + "\n";
        }

        string[] lines = sent.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("[.] 1:1001 ack 1", lines);
        Assert.Single(lines, line => line.StartsWith("[.W]", StringComparison.Ordinal) && line.EndsWith(" ect0", StringComparison.Ordinal));
        Assert.Equal(5, Info(peer).SlowStartThreshold);
    }

    // SHLD-8: two hosts, and a path that marks where it would lose: the flow slows down and nothing is lost or sent twice.
    [Theory]
    [OnEveryWire(1, "cubic")]
    [OnEveryWire(1, "reno")]
    [OnEveryWire(3, "cubic")]
    [OnEveryWire(3, "reno")]
    public void MarkingPath_SlowsTheFlowWithoutLoss(string wire, int mode, string controller)
    {
        TcpSettings a = new() { Ecn = mode, CongestionControl = controller, SendBuffer = (4096, 1 << 20, 1 << 20) };
        int text = 0;
        TwoHostLab lab = new(a: a, b: new TcpSettings { Ecn = mode }, wire: wire)
        {
            Quiet = true,
            Marks = (from, plan) => from.Name == "A" && plan.PayloadLength > 0 && ++text % 100 == 0,
        };
        lab.Connect();
        lab.B.ReadsAtOnce = true;
        List<int> windows = [];
        for (int i = 0; i < 400; i++)
        {
            lab.A.SendPattern(lab.A.Tcp.SendRoom);
            lab.RunFor(TimeSpan.FromMilliseconds(20));
            windows.Add(lab.A.Tcp.GetInfo(lab.Now).CongestionWindow);
        }

        TcpInfo info = lab.A.Tcp.GetInfo(lab.Now);
        Assert.Equal(0, info.RetransmittedTotal);
        Assert.True(lab.B.BytesRead > 1_000_000);

        // RFC 5681 and 9438: with one mark in a hundred segments the mean window is about sqrt(3/2)/sqrt(p) = 12 segments: within a factor of two, far below what it would be without.
        Assert.InRange(windows.Skip(100).Average(), 6, 25);
    }
}

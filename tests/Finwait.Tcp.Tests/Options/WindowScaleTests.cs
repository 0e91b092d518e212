namespace Finwait.Tcp.Tests;

/// <summary>Window scaling (RFC 7323 §2).</summary>
public sealed class WindowScaleTests
{
    // X-7323-1: only on SYN, and in a SYN-ACK only in answer to one.
    [Theory, OnEveryWire]
    public void WindowScale_IsOfferedOnSynAndAnsweredOnlyWhenOffered(string wire)
    {
        ScriptedPeer opener = new(wire) { ShowOptions = true };
        Assert.Contains("ws 7", opener.Open(), StringComparison.Ordinal);
        ScriptedPeer answering = new(wire) { ShowOptions = true };
        answering.Listen();
        Assert.Contains("ws 7", answering.In("[S] 0 <mss 1000,ws 0>"), StringComparison.Ordinal);
        ScriptedPeer plain = new(wire) { ShowOptions = true };
        plain.Listen();
        Assert.DoesNotContain("ws", plain.In("[S] 0 <mss 1000>"), StringComparison.Ordinal);
        ScriptedPeer off = new(wire, new TcpSettings { WindowScaling = false }) { ShowOptions = true };
        off.Listen();
        Assert.DoesNotContain("ws", off.In("[S] 0 <mss 1000,ws 3>"), StringComparison.Ordinal);
    }

    // X-7323-1, BUG-15: offered by us and not answered: neither side scales.
    [Theory, OnEveryWire]
    public void WindowScale_NotAnswered_NeitherSideScales(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000", new TcpSettings { InitialWindow = 100 });
        peer.Window = 2000;
        peer.In("[.] 1 ack 1");
        peer.Send(10_000);
        Assert.Equal(2001, peer.Variables.SndNxt);
        peer.In("[P.] 1:1001 ack 2001");
        Assert.InRange(peer.Emitted[^1].RawWindow, 60_000, 65_535);
        Assert.Equal((0, 0), (peer.Tcp.GetInfo(peer.Now).SendWindowScale, peer.Tcp.GetInfo(peer.Now).ReceiveWindowScale));
    }

    // X-7323-1: the option on a segment without SYN is ignored.
    [Theory, OnEveryWire]
    public void WindowScale_OnASegmentWithoutSyn_IsIgnored(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,ws 1", new TcpSettings { InitialWindow = 100 });
        peer.In("[.] 1 ack 1 win 1000 <ws 9>");
        Assert.Equal(2000, peer.Tcp.GetInfo(peer.Now).SendWindow);
    }

    // X-7323-2, BUG-15: the window of the SYN is not scaled: neither the peer's...
    [Theory, OnEveryWire]
    public void WindowOfASyn_IsTakenUnscaled(string wire)
    {
        ScriptedPeer peer = new(wire);
        peer.Listen();
        peer.In("[S] 0 win 1000 <mss 1000,ws 7>");
        Assert.Equal(1000, peer.Tcp.GetInfo(peer.Now).SendWindow);
        peer.Send(5000);
        Assert.Equal("[.] 1:1001 ack 1\n[.] 1001:2001 ack 1", peer.In("[.] 1 ack 1 win 16"));  // 16 << 7 = 2048, on the first segment without SYN
    }

    // ... X-7323-2: nor ours.
    [Theory, OnEveryWire]
    public void WindowOfOurSynAndSynAck_IsSentUnscaled(string wire)
    {
        ScriptedPeer opener = new(wire);
        opener.Open();
        Assert.Equal(65535 - (65535 % opener.Emitted[0].Options.Mss), opener.Emitted[0].RawWindow);
        opener.In("[S.] 0 ack 1 <mss 1000,ws 2>");
        Assert.Equal((opener.Emitted[0].RawWindow + 127) / 128, opener.Emitted[1].RawWindow);
    }

    // X-7323-3, REC-1
    [Theory]
    [InlineData(14, 14)]
    [InlineData(15, 14)]
    [InlineData(255, 14)]
    public void ShiftAboveFourteen_CountsAsFourteen(int offered, int used)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", $"mss 1000,ws {offered}");
            Assert.Equal(used, peer.Tcp.GetInfo(peer.Now).SendWindowScale);
            peer.In("[.] 1 ack 1 win 65535");
            Assert.Equal(65535 << used, peer.Tcp.GetInfo(peer.Now).SendWindow);     // REC-1: windows up to 2^30 fit
            Assert.Equal("[P.] 1:11 ack 1", peer.Send(10));
        }
    }

    // X-7323-4, SHLD-14, BUG-06: the field is rounded so that the edge never moves left; the checker looks at every segment.
    [Theory, OnEveryWire(In = "0 1 2 3 5 7 8 10 14")]
    public void RightEdge_WithAnyShiftAndOddSizes_NeverMovesLeft(string wire, string shift)
    {
        int bits = int.Parse(shift, System.Globalization.CultureInfo.InvariantCulture);
        TcpSettings settings = new() { ReceiveBuffer = (4096, 32768, 32768 << bits) };
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,ws 3", settings);
        Assert.Equal(bits, peer.Tcp.GetInfo(peer.Now).ReceiveWindowScale);
        int at = 1;
        for (int i = 0; i < 3000; i++)
        {
            int length = 1 + (i * 37 % 999);
            peer.In($"[P.] {at}:{at + length} ack 1");
            at = peer.Variables.RcvNxt;
            if (i % 7 == 0)
            {
                peer.Read(i % 500, out _);
            }

            if (i % 50 == 0)
            {
                peer.ReadAll();
                peer.Sent();
            }
        }

        Assert.True(at > 100_000);
    }

    // X-7323-4: a window smaller than one unit of the shift must not become 0 for ever.
    [Theory, OnEveryWire]
    public void SmallBuffer_WithALargeShift_StillOffersAWindow(string wire)
    {
        TcpSettings settings = new() { ReceiveBuffer = (4096, 8192, 65536 << 14) };
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,ws 0", settings);
        int at = 1;
        for (int i = 0; i < 100; i++)
        {
            peer.In($"[P.] {at}:{at + 1000} ack 1");
            at = peer.Variables.RcvNxt;
            peer.ReadAll();
            peer.Sent();
            peer.Run(0.3);
        }

        Assert.True(at > 50_000, $"only {at} octets arrived");
    }
}

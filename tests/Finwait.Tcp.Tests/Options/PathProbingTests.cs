namespace Finwait.Tcp.Tests;

/// <summary>The path MTU found by probes alone (RFC 4821), and large segments that vanish without a word.</summary>
public sealed class PathProbingTests
{
    /// <summary>Segments of 1024 octets of text at most in the beginning: 1024 and the headers of <paramref name="wire"/>.</summary>
    private static int Headers(string wire) => 20 + WireCase.Named(wire).IpHeaderLength;

    // X-4821-1: half way to the largest, with text that waits anyway, and again half way until the difference is small: the window then counts larger segments.
    [Theory, OnEveryWire]
    public void Search_EveryProbeArrives_ConvergesToTheLargest(string wire)
    {
        ScriptedPeer peer = Open(wire);
        int low = 1024, high = 1500 - Headers(wire);
        Assert.Equal(low, Mss(peer));
        while (high - low >= 8)
        {
            int probe = (low + Headers(wire) + high + Headers(wire)) / 2 - Headers(wire);
            int cwnd = Cwnd(peer), next = peer.Variables.SndNxt;
            string sent = peer.Send(probe + (4 * low));
            Assert.Equal($"[.] {next}:{next + probe} ack 1\n[.] {next + probe}:{next + probe + low} ack 1", string.Join('\n', sent.Split('\n').Take(2)));
            Assert.Equal(cwnd - 1, Cwnd(peer));
            peer.In($"[.] 1 ack {next + probe}");
            Assert.Equal(probe, Mss(peer));
            Assert.Equal((cwnd - 1) * (low + Headers(wire)) / (probe + Headers(wire)), Cwnd(peer));     // as many octets as before
            low = probe;
            peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
        }

        int last = peer.Variables.SndNxt;
        Assert.StartsWith($"[.] {last}:{last + low} ack 1\n", peer.Send(6 * low), StringComparison.Ordinal);
    }

    // X-4821-1: the probe alone is lost: it goes again in pieces at once, the window and the threshold stay, and the next probe is smaller.
    [Theory]
    [InlineData("mss 1460,sackOK")]
    [InlineData("mss 1460")]
    public void Probe_Lost_IsNoCongestionAndBoundsTheSearch(string options)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = Open(wire, options);
            int next = peer.Variables.SndNxt, cwnd = Cwnd(peer), high = 1500 - Headers(wire), probe = (1024 + high) / 2;
            peer.Send(probe + (4 * 1024));
            for (int n = 1; n <= 3; n++)
            {
                string block = options.Contains("sackOK", StringComparison.Ordinal) ? $" <sack {next + probe}:{next + probe + (n * 1024)}>" : "";
                string sent = peer.In($"[.] 1 ack {next}{block}");
                Assert.Equal(n < 3 ? "" : $"[.] {next}:{next + 1024} ack 1\n[.] {next + 1024}:{next + probe} ack 1", sent);
            }

            Assert.Equal((cwnd, int.MaxValue, 1024), (Cwnd(peer), peer.Tcp.GetInfo(peer.Now).SlowStartThreshold, Mss(peer)));
            peer.In($"[.] 1 ack {next + probe + (4 * 1024)}");
            peer.Send(100);
            peer.In($"[.] 1 ack {peer.Variables.SndNxt}");                      // without SACK the trouble lasts until something above is acknowledged (RFC 6582 §4)
            next = peer.Variables.SndNxt;
            int smaller = (1024 + probe - 1) / 2;
            Assert.StartsWith($"[.] {next}:{next + smaller} ack 1\n", peer.Send(smaller + (4 * 1024)), StringComparison.Ordinal);
        }
    }

    // X-4821-1: a probe needs enough behind it to tell of its loss, a window that can bear it, and a flow without trouble.
    [Theory, OnEveryWire]
    public void Probe_WithoutEnoughBehindItOrWithTrouble_IsNotSent(string wire)
    {
        ScriptedPeer peer = Open(wire);
        int next = peer.Variables.SndNxt, probe = (1024 + 1500 - Headers(wire)) / 2;
        Assert.StartsWith($"[.] {next}:{next + 1024} ack 1\n", peer.Send(probe + (4 * 1024) - 1), StringComparison.Ordinal);
        peer.In($"[.] 1 ack {next} <sack {next + 1024}:{next + 2048}>");
        Assert.StartsWith($"[.] {next + probe + (4 * 1024) - 1}:{next + probe + (5 * 1024) - 1} ack 1\n", peer.Send(probe + (4 * 1024)), StringComparison.Ordinal);

        ScriptedPeer narrow = ScriptedPeer.InState(wire, "ES", "mss 1460,sackOK", new TcpSettings { MtuProbing = 2 });
        Assert.StartsWith("[.] 1:1025 ack 1\n", narrow.Send(8000), StringComparison.Ordinal);     // ten segments of window
    }

    // X-4821-1: a search that has ended is done again when ten minutes have passed since it began, not before.
    [Theory, OnEveryWire]
    public void Search_Ended_BeginsAnewAfterTheInterval(string wire)
    {
        ScriptedPeer peer = Open(wire, change: s => s.ProbeThreshold = 300);
        int next = peer.Variables.SndNxt, probe = (1024 + 1500 - Headers(wire)) / 2;
        peer.Send(probe + (4 * 1024));
        peer.In($"[.] 1 ack {next} <sack {next + probe}:{next + probe + 3072}>");   // too large; less than 300 octets are left in doubt
        peer.In($"[.] 1 ack {next + probe + (4 * 1024)}");
        foreach ((double wait, bool again) in new[] { (1.0, false), (590.0, false), (10.0, true) })
        {
            peer.Run(wait);
            int before = peer.Emitted.Count;
            peer.Send(8 * 1024);
            Assert.Equal(again, peer.Emitted.Skip(before).Any(plan => plan.PayloadLength == probe));
            peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
        }
    }

    // X-4821-1: what happens to a probe that had to be sent again says nothing of its size.
    [Theory, OnEveryWire]
    public void Probe_SentAgainByTheTimeout_IsInconclusive(string wire)
    {
        ScriptedPeer peer = Open(wire, change: s => s.TailLossProbe = false);
        int next = peer.Variables.SndNxt, probe = (1024 + 1500 - Headers(wire)) / 2;
        peer.Send(probe + (4 * 1024));
        peer.Run(0.3);
        peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
        Assert.Equal(1024, Mss(peer));
    }

    // X-4821-2: with tcp_mtu_probing=1 nothing is probed until timeouts repeat; then the base size, and half of it at each timeout, down to the floor.
    [Theory, OnEveryWire]
    public void BlackHole_FallsBackToTheBaseAndFurther(string wire)
    {
        int full = 1500 - Headers(wire);
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1460,sackOK", new TcpSettings { MtuProbing = 1, TailLossProbe = false });
        peer.Send(full);
        Assert.Equal($"""
            0.204 [P.] 1:{1 + full} ack 1
            0.612 [P.] 1:{1 + full} ack 1
            1.428 [P.] 1:{1 + full} ack 1
            3.060 [P.] 1:{1 + full} ack 1
            6.324 [.] 1:1025 ack 1
            12.852 [.] 1:513 ack 1
            25.908 [.] 1:257 ack 1
            52.020 [.] 1:129 ack 1
            104.244 [.] 1:65 ack 1
            208.692 [.] 1:49 ack 1
            328.692 [.] 1:49 ack 1
            """, peer.Run(400));
        peer.In("[.] 1 ack 49");
        Assert.Equal((48, 1500), (Mss(peer), peer.Tcp.PathMtu));
    }

    // X-4821-2: segments of the base size get through, and the search goes upwards again from there.
    [Theory, OnEveryWire]
    public void BlackHole_BaseGetsThrough_SearchGoesOn(string wire)
    {
        int full = 1500 - Headers(wire), probe = (1024 + full) / 2;
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1460,sackOK", new TcpSettings { MtuProbing = 1, TailLossProbe = false });
        peer.Send(full);
        peer.Run(6.4);
        Assert.Equal($"[P.] 1025:{1 + full} ack 1", peer.In("[.] 1 ack 1025"));
        peer.In($"[.] 1 ack {1 + full}");
        for (int turn = 0; turn < 100 && Cwnd(peer) < 11; turn++)
        {
            peer.Send(Cwnd(peer) * 1024);
            peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
        }

        int next = peer.Variables.SndNxt;
        Assert.StartsWith($"[.] {next}:{next + probe} ack 1\n", peer.Send(probe + (4 * 1024)), StringComparison.Ordinal);
    }

    // X-4821-2: a wire that loses much is no black hole for ever: what arrived since the fall back is not given up for a few timeouts.
    [Theory, OnEveryWire]
    public void Timeouts_AfterTheBaseArrived_DoNotHalveAtOnce(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1460,sackOK", new TcpSettings { MtuProbing = 1, TailLossProbe = false });
        peer.Send(1500 - Headers(wire));
        peer.Run(6.4);
        peer.In($"[.] 1 ack {1501 - Headers(wire)}");
        peer.Send(1024);
        peer.Run(40);
        Assert.Equal(1024, Mss(peer));
        peer.Run(600);
        Assert.InRange(Mss(peer), 48, 512);
    }

    // X-4821-2: 0, the default, means never, and a handshake that fails says nothing of large packets.
    [Theory, OnEveryWire]
    public void BlackHole_WhereProbingIsOff_ChangesNothing(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1460,sackOK");
        peer.Send(1000);
        peer.Run(200);
        Assert.Equal(1500 - Headers(wire), Mss(peer));

        ScriptedPeer late = new(wire, new TcpSettings { MtuProbing = 1, SynRetries = 6 });
        late.Open();
        late.Run(40);
        late.In("[S.] 0 ack 1 <mss 1460,sackOK>");
        Assert.Equal(1500 - Headers(wire), Mss(late));
    }

    /// <summary>A connection that probes from the beginning, with a window of more than eleven segments.</summary>
    private static ScriptedPeer Open(string wire, string options = "mss 1460,sackOK", Action<TcpSettings>? change = null)
    {
        TcpSettings settings = new() { MtuProbing = 2, InitialWindow = 40, SlowStartAfterIdle = false };
        change?.Invoke(settings);
        return ScriptedPeer.InState(wire, "ES", options, settings);
    }

    private static int Mss(ScriptedPeer peer) => peer.Tcp.GetInfo(peer.Now).SendMss;

    private static int Cwnd(ScriptedPeer peer) => peer.Tcp.GetInfo(peer.Now).CongestionWindow;
}

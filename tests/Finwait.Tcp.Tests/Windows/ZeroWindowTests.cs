using System.Globalization;

namespace Finwait.Tcp.Tests;

/// <summary>Zero windows from both sides (RFC 9293 §3.8.6.1).</summary>
public sealed class ZeroWindowTests
{
    private const string Closed = "[.] 1 ack 1 win 0";

    // MUST-36, SHLD-29, SHLD-30, SM-TO-ZWP, X-ZWP-1, BUG-16: the first probe one RTO after, then at doubling intervals; empty, one number back, so that the peer answers.
    [Theory, OnEveryWire]
    public void ClosedWindow_IsProbedAfterOneRtoAndThenAtDoublingIntervals(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In(Closed);
        Assert.Equal("", peer.Send(100));
        List<double> times = [];
        for (int i = 0; i < 14; i++)
        {
            string probe = RunUntilSomething(peer);
            Assert.EndsWith(" [.] 0 ack 1", probe, StringComparison.Ordinal);
            times.Add(double.Parse(probe.Split(' ')[0], CultureInfo.InvariantCulture));
            Assert.Equal("", peer.In(Closed));
        }

        Assert.Equal(0.204, times[0]);
        List<double> gaps = [.. times.Zip(times.Skip(1), (a, b) => b - a)];
        for (int i = 0; i < gaps.Count; i++)
        {
            Assert.Equal(Math.Min(0.204 * Math.Pow(2, i + 1), 120), gaps[i], 3);
        }
    }

    // MUST-37, MAY-8: as long as the peer answers, for a whole day.
    [Theory, OnEveryWire]
    public void ClosedWindow_ProbesAnswered_StaysOpenForADay(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In(Closed);
        peer.Send(100);
        while ((peer.Now - peer.Zero).TotalHours < 24)
        {
            RunUntilSomething(peer);
            peer.In(Closed);
        }

        Assert.Equal(TcpState.Established, peer.State);
        Assert.Equal("[P.] 1:101 ack 1", peer.In("[.] 1 ack 1 win 1000"));
    }

    // SM-TO-ZWP: unanswered probes count.
    [Theory, OnEveryWire]
    public void ClosedWindow_ProbesUnanswered_EndsAfterR2(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In(Closed);
        peer.Send(100);
        string sent = peer.Run(3000);
        Assert.Equal(15, sent.Split('\n').Count(line => line.EndsWith("[.] 0 ack 1", StringComparison.Ordinal)));
        Assert.Equal((TcpState.Closed, TcpError.TimedOut), (peer.State, peer.Tcp.Error));
    }

    // MUST-21, SM-TO-USER: a user timeout counts from the first probe, whether the probes are answered or not, and begins anew when the window has been open.
    [Theory, OnEveryWire]
    public void ClosedWindow_LongerThanTheUserTimeout_EndsTheConnection(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Tcp.UserTimeout = TimeSpan.FromSeconds(3);
        peer.In(Closed);
        peer.Send(100);
        Assert.NotEqual("", peer.Run(2));
        peer.In("[.] 1 ack 1 win 5000");
        peer.In("[.] 1 ack 101 win 0");
        peer.Send(100);
        peer.Restart();
        Assert.Equal("0.204 [.] 100 ack 1\n0.612 [.] 100 ack 1", peer.Run(1));
        peer.In("[.] 1 ack 101 win 0");
        Assert.Equal("1.816 [.] 100 ack 1", peer.Run(2.2));
        Assert.Equal((TcpState.Established, ""), (peer.State, peer.Run(0)));
        Assert.Equal("", peer.Run(0.1));
        Assert.Equal((TcpState.Closed, TcpError.TimedOut), (peer.State, peer.Tcp.Error));
    }

    // MUST-35: shrunk to zero with data in flight: the retransmission is the probe.
    [Theory, OnEveryWire]
    public void WindowShrunkToZero_WithDataInFlight_IsProbedByTheRetransmission(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(3000);
        peer.In(Closed);
        Assert.Equal("0.204 [.] 1:1001 ack 1", peer.Run(0.3));
        peer.In("[.] 1 ack 1001 win 0");
        Assert.NotEqual("", peer.Run(2));
        peer.In("[.] 1 ack 3001 win 5000");
        Assert.Equal("[P.] 3001:3011 ack 1", peer.Send(10));
    }

    // MUST-36, BUG-16: the update that opens the window is lost; the probe's answer brings it.
    [Theory, OnEveryWire]
    public void WindowUpdateLost_TransferResumes(string wire)
    {
        TcpSettings small = new() { ReceiveBuffer = (4096, 8000, 8000) };
        TwoHostLab lab = new(b: small, wire: wire);
        lab.Connect();
        lab.A.SendPattern(16000);
        lab.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(lab.Trace.TrimEnd().Split('\n').Any(line => line.Contains(" B > A ", StringComparison.Ordinal) && line.EndsWith("win 0", StringComparison.Ordinal)), lab.Trace);
        lab.B.ReadPattern();
        int updates = lab.Trace.Split('\n').Count(line => line.Contains(" B > A ", StringComparison.Ordinal));
        lab.DropFromB.Add(updates + 1);
        for (int i = 0; i < 60; i++)
        {
            lab.RunFor(TimeSpan.FromSeconds(1));
            lab.B.ReadPattern();
        }

        Assert.True(lab.B.BytesRead == 16000, lab.Trace);
        Assert.Contains("(lost)", lab.Trace, StringComparison.Ordinal);
    }

    // BUG-16, SM-ACK-ES-4: the window opens: data leaves at once, the probing ends, and begins anew with the first interval the next time.
    [Theory, OnEveryWire]
    public void WindowOpens_DataLeavesAtOnceAndTheBackOffIsForgotten(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In(Closed);
        peer.Send(2000);
        for (int i = 0; i < 5; i++)
        {
            RunUntilSomething(peer);
            peer.In(Closed);
        }

        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 win 1000"));
        Assert.Equal("", peer.In("[.] 1 ack 1001 win 0"));
        peer.Restart();
        Assert.Equal("0.204 [.] 1000 ack 1", RunUntilSomething(peer));
    }

    // X-ZWP-1: the window opens by less than a segment: nothing silly at once, but the override timer sends what fits.
    [Theory, OnEveryWire]
    public void WindowOpensByLessThanASegment_OverrideTimerSendsWhatFits(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In(Closed);
        peer.Send(2000);
        Assert.Equal("", peer.In("[.] 1 ack 1 win 100"));
        Assert.Equal("0.204 [.] 1:101 ack 1", peer.Run(0.3));
        Assert.Equal("", peer.In("[.] 1 ack 101 win 0"));
        Assert.NotEqual("", RunUntilSomething(peer));
    }

    // SM-TO-ZWP: a FIN that waits for a closed window probes it, too.
    [Theory, OnEveryWire]
    public void FinAlone_BehindAClosedWindow_WaitsAndProbes(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In(Closed);
        Assert.Equal("", peer.Shutdown());
        Assert.Equal("0.204 [.] 0 ack 1", RunUntilSomething(peer));
        Assert.Equal("[F.] 1 ack 1", peer.In("[.] 1 ack 1 win 1"));
        peer.In("[.] 1 ack 2 win 1");
        Assert.Equal(TcpState.FinWait2, peer.State);
    }

    // X-ZWP-2: every probe with text is answered with the current acknowledgment and window, also right after the application read.
    [Theory, OnEveryWire]
    public void ProbesOfThePeer_AreAnsweredWithTheCurrentWindow(string wire)
    {
        ScriptedPeer peer = Full(wire, out int next);
        peer.ShowWindow = true;
        Assert.Equal($"[.] 1 ack {next} win 0", peer.In($"[.] {next}:{next + 1} ack 1"));
        Assert.Equal($"[.] 1 ack {next} win 0", peer.In($"[.] {next}:{next + 1} ack 1"));
        Assert.Equal($"[.] 1 ack {next} win 0", peer.In($"[.] {next - 1}:{next} ack 1"));
        Assert.Equal($"[.] 1 ack {next} win 0", peer.In($"[.] {next - 1} ack 1"));
        peer.Skip(1);
        Assert.Equal($"[.] 1 ack {next} win 0", peer.In($"[.] {next - 1} ack 1"));
        peer.ReadAll();
        Assert.Matches($@"^\[\.\] 1 ack {next} win [1-9]\d+$", peer.Sent());
        peer.Skip(1);
        Assert.Matches($@"^\[\.\] 1 ack {next} win [1-9]\d+$", peer.In($"[.] {next - 1} ack 1"));
        peer.In($"[P.] {next}:{next + 1} ack 1");
        Assert.Equal(next + 1, peer.Variables.RcvNxt);
    }

    // X-7323-6: the peer's probe may be the first to acknowledge; its window counts then, or we would send beyond what it offers.
    [Theory, OnEveryWire]
    public void ProbeOfThePeer_WithNewAcknowledgment_ItsWindowCounts(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[.] 1 ack 1 win 1000");
        Assert.Equal("[.] 1:1001 ack 1", peer.Send(3000));
        Assert.Equal("[.] 1001 ack 1", peer.In("[.] 0 ack 1001 win 0"));
        Assert.Equal(0, peer.Tcp.GetInfo(peer.Now).SendWindow);
    }

    // BUG-18: full, drained, and the peer does not probe: the update goes by itself.
    [Theory, OnEveryWire]
    public void WindowThatReopens_IsAnnouncedUnasked(string wire)
    {
        ScriptedPeer peer = Full(wire, out int next);
        peer.ReadAll();
        Assert.Equal($"[.] 1 ack {next}", peer.Sent());
        Assert.True(peer.Emitted[^1].RawWindow >= 1000);
        Assert.Equal("", peer.Run(100));
    }

    // BUG-17, SM-SEQ-10: both windows closed on one wire: few segments in ten quiet minutes, and then everything arrives.
    [Theory, OnEveryWire]
    public void BothWindowsClosed_NoStormAndTheTransferEnds(string wire)
    {
        TcpSettings small = new() { ReceiveBuffer = (4096, 8000, 8000) };
        TwoHostLab lab = new(a: small, b: small, oneWayDelay: TimeSpan.FromMilliseconds(1), wire: wire);
        lab.Connect();
        lab.A.SendPattern(16000);
        lab.B.SendPattern(16000);
        lab.RunFor(TimeSpan.FromSeconds(5));
        int before = lab.Trace.Count(c => c == '\n');
        lab.RunFor(TimeSpan.FromMinutes(10));
        Assert.InRange(lab.Trace.Count(c => c == '\n') - before, 1, 60);
        for (int i = 0; i < 300; i++)
        {
            lab.A.ReadPattern();
            lab.B.ReadPattern();
            lab.RunFor(TimeSpan.FromSeconds(1));
        }

        Assert.True((lab.A.BytesRead, lab.B.BytesRead) == (16000, 16000), lab.Trace[^3000..]);
    }

    private static string RunUntilSomething(ScriptedPeer peer)
    {
        for (int i = 0; i < 1000; i++)
        {
            string sent = peer.Run((peer.Tcp.NextDeadline - peer.Now).TotalSeconds);
            if (sent.Length > 0)
            {
                return sent;
            }
        }

        return "";
    }

    private static ScriptedPeer Full(string wire, out int next)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", settings: new TcpSettings { ReceiveBuffer = (4096, 8000, 8000), WindowScaling = false });
        while (peer.Emitted[^1].RawWindow > 0)
        {
            int at = peer.Emitted[^1].Ack - peer.Irs;
            peer.In($"[P.] {at}:{at + Math.Min(peer.Emitted[^1].RawWindow, (ushort)1000)} ack 1");
            peer.Run(0.3);
        }

        next = peer.Variables.RcvNxt;
        peer.Skip(1);
        return peer;
    }
}

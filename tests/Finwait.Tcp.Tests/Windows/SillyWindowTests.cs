namespace Finwait.Tcp.Tests;

/// <summary>Silly-window avoidance on both sides (RFC 9293 §3.8.6.2).</summary>
public sealed class SillyWindowTests
{
    // MUST-38: the peer opens its window octet by octet: no tiny segments until a full one fits.
    [Theory, OnEveryWire]
    public void WindowThatOpensOctetByOctet_SendsNoTinySegments(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[.] 1 ack 1 win 0");
        peer.Send(5000);
        for (int window = 1; window < 1000; window++)
        {
            Assert.Equal("", peer.In($"[.] 1 ack 1 win {window}"));
        }

        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 win 1000"));
    }

    // MUST-38: Fs = 1/2: half of the largest window the peer ever offered is no silly one.
    [Theory, OnEveryWire]
    public void HalfOfTheLargestWindow_IsEnoughForASmallBufferedPeer(string wire)
    {
        ScriptedPeer peer = new(wire) { Window = 600 };
        peer.Open();
        peer.In("[S.] 0 ack 1 <mss 1000>");
        peer.In("[.] 1 ack 1 win 0");
        peer.Send(5000);
        Assert.Equal("", peer.In("[.] 1 ack 1 win 299"));
        Assert.Equal("[.] 1:301 ack 1", peer.In("[.] 1 ack 1 win 300"));
    }

    // MUST-38: the override timeout lies between 0.1 and 1 s on ordinary paths.
    [Theory, OnEveryWire]
    public void SillyWindowThatStays_IsUsedAfterTheOverrideTimeout(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(1000);
        peer.In("[.] 1 ack 1001 win 100");
        peer.Restart();
        Assert.Equal("", peer.Send(500));
        string sent = peer.Run(1);
        Assert.EndsWith("[.] 1001:1101 ack 1", sent.Split('\n')[0], StringComparison.Ordinal);
        Assert.InRange(double.Parse(sent.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), 0.1, 1);
    }

    // MUST-39, BUG-18: the application reads octet by octet from a full buffer: the window opens in one step of at least a segment (or half of the buffer),
    // and replies to probes in between do not creep.
    [Theory, OnEveryWire]
    public void ApplicationThatReadsOctetByOctet_WindowOpensInOneStep(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", settings: new TcpSettings { ReceiveBuffer = (4096, 8000, 8000), WindowScaling = false });
        while (peer.Emitted[^1].RawWindow > 0)
        {
            int at = peer.Emitted[^1].Ack - peer.Irs;
            peer.In($"[P.] {at}:{at + Math.Min(peer.Emitted[^1].RawWindow, (ushort)1000)} ack 1");
            peer.Run(0.3);
        }

        int next = peer.Variables.RcvNxt;
        List<int> windows = [];
        for (int i = 1; i < next; i++)
        {
            peer.Read(1, out int got);
            Assert.Equal(1, got);
            if (i % 50 == 0 && peer.Emitted[^1].RawWindow == 0)
            {
                peer.In($"[.] {next}:{next + 1} ack 1");        // a probe
                Assert.Equal(next, peer.Variables.RcvNxt);
            }

            windows.Add(peer.Emitted[^1].RawWindow);
        }

        int first = windows.First(window => window > 0);
        Assert.True(first >= 1000, $"a window of {first} was offered");
        Assert.All(windows, window => Assert.True(window is 0 or >= 1000));
    }

    // MUST-39: a buffer of less than two segments must not settle on a tiny window: half of it is a step, too.
    [Theory, OnEveryWire]
    public void TinyBuffer_LeftWithAFewOctetsOfWindow_OpensAgain(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1400", new TcpSettings { ReceiveBuffer = (2304, 5000, 5000), WindowScaling = false });
        int window = peer.Emitted[^1].RawWindow;
        int at = 1;
        for (int i = 0; i < 50; i++)
        {
            int length = Math.Max(1, window - 12);              // the peer leaves twelve octets unused
            peer.In($"[.] {at}:{at + length} ack 1");
            at += length;
            peer.ReadAll();
            peer.Sent();
            peer.Run(0.3);
            window = peer.Emitted[^1].RawWindow;
        }

        Assert.True(window > 1200, $"the window is {window}");
    }

    // MUST-39: in a running transfer no window below a segment is ever offered, only none.
    [Theory, OnEveryWire]
    public void SlowReader_NeverOffersASillyWindow(string wire)
    {
        TcpSettings small = new() { ReceiveBuffer = (4096, 20000, 20000) };
        TwoHostLab lab = new(b: small, a: new TcpSettings { WindowScaling = false }, wire: wire);
        lab.Connect();
        for (int i = 0; i < 3000 && lab.B.BytesRead < 60_000; i++)
        {
            lab.A.SendPattern(Math.Min(4000, 60_000 - (int)lab.A.BytesSent));
            lab.RunFor(TimeSpan.FromMilliseconds(30));
            lab.B.ReadPattern(100);
        }

        Assert.Equal(60_000, lab.B.BytesRead);
        IEnumerable<string> small1 = lab.Trace.Split('\n').Where(line => line.Contains(" A > B ", StringComparison.Ordinal) && line.Contains(':', StringComparison.Ordinal));
        int tiny = small1.Count(line => Length(line) is > 0 and < 1000);
        Assert.InRange(tiny, 0, 3);                             // the ends of what was queued

        static int Length(string line)
        {
            string[] range = line.Split(' ').First(word => word.Contains(':', StringComparison.Ordinal)).Split(':');
            return int.Parse(range[1], System.Globalization.CultureInfo.InvariantCulture) - int.Parse(range[0], System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}

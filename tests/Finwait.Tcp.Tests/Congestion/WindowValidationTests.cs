namespace Finwait.Tcp.Tests;

/// <summary>A window that is not used must not grow, and shrinks when it is not used for long (RFC 2861, RFC 7661, as Linux has them).</summary>
public sealed class WindowValidationTests
{
    private static ScriptedPeer Grown(string wire, int window, TcpSettings? settings = null)
    {
        settings ??= new TcpSettings();
        int initial = settings.InitialWindow;
        settings.CongestionControl = "reno";
        settings.SendBuffer = (4096, 1 << 20, 1 << 20);
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,ws 10", settings);
        peer.Send((window - initial) * 1000 + (window * 1000));
        for (int ack = 1001; Info(peer).CongestionWindow < window; ack += 1000)
        {
            peer.In($"[.] 1 ack {ack}");
        }

        while (Info(peer).Unacked > 0)
        {
            peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
        }

        Assert.Equal(0, Info(peer).NotSent);
        return peer;
    }

    private static TcpInfo Info(ScriptedPeer peer) => peer.Tcp.GetInfo(peer.Now);

    // X-7661-1: in slow start the window grows while it is less than twice what was out: an application that uses half may double it, no more.
    [Theory, OnEveryWire]
    public void SlowStart_GrowsToTwiceWhatIsUsed(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000", new TcpSettings { CongestionControl = "reno", SendBuffer = (4096, 1 << 20, 1 << 20) });
        for (int i = 0; i < 20; i++)
        {
            peer.Send(7000);
            for (int n = 0; n < 7; n++)
            {
                peer.In($"[.] 1 ack {1 + (i * 7000) + ((n + 1) * 1000)}");
            }
        }

        Assert.InRange(Info(peer).CongestionWindow, 13, 14);
    }

    // X-7661-1: a receiver's window that is the limit is no reason to grow either.
    [Theory, OnEveryWire]
    public void LimitedByTheReceiver_DoesNotGrow(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000", new TcpSettings { CongestionControl = "reno", SendBuffer = (4096, 1 << 20, 1 << 20) });
        peer.Window = 4000;
        peer.In("[.] 1 ack 1");
        peer.Send(100_000);
        for (int ack = 1001; ack < 60_000; ack += 1000)
        {
            peer.In($"[.] 1 ack {ack}");
        }

        Assert.Equal(10, Info(peer).CongestionWindow);
    }

    // X-7661-1: used in part for longer than a timeout: halfway down to what is used, at least the initial window.
    [Theory, OnEveryWire]
    public void UsedInPart_ShrinksHalfwayToWhatIsUsed(string wire)
    {
        ScriptedPeer peer = Grown(wire, 100);
        int window = Info(peer).CongestionWindow;
        Assert.True(window >= 100);
        for (int i = 0; i < 3; i++)                      // every 150 ms thirty segments: never idle for a timeout, never at the limit
        {
            peer.Send(30_000);
            peer.Skip(0.05);
            peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
            peer.Skip(0.1);
        }

        Assert.Equal((window + 30) / 2, Info(peer).CongestionWindow);
    }

    // X-7661-1: net.ipv4.tcp_slow_start_after_idle off: neither that nor the restart after an idle time.
    [Theory, OnEveryWire]
    public void UsedInPart_WithTheSettingOff_KeepsTheWindow(string wire)
    {
        ScriptedPeer peer = Grown(wire, 100, new TcpSettings { SlowStartAfterIdle = false });
        int window = Info(peer).CongestionWindow;
        for (int i = 0; i < 5; i++)
        {
            peer.Send(30_000);
            peer.Skip(0.05);
            peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
            peer.Skip(0.3);
        }

        Assert.Equal((window, int.MaxValue), (Info(peer).CongestionWindow, Info(peer).SlowStartThreshold));
    }

    // X-5681-7, X-7661-1: after an idle time half of the window for each timeout, down to the restart window; initcwnd is a setting.
    [Theory]
    [InlineData(0.3, 10, 1)]
    [InlineData(0.5, 10, 2)]
    [InlineData(30, 10, 9)]
    [InlineData(30, 40, 9)]
    public void AfterIdle_HalvesForEachTimeout(double idle, int initial, int timeouts)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = Grown(wire, 100, new TcpSettings { InitialWindow = initial });
            int window = Info(peer).CongestionWindow;
            Assert.True(window >= 100);
            peer.Skip(idle);                            // the timeout is 204 ms
            peer.Send(1000);
            Assert.Equal(Math.Max(initial, window >> timeouts), Info(peer).CongestionWindow);
        }
    }

    // X-5681-7: slow start leads back to three quarters of what the window was.
    [Theory, OnEveryWire]
    public void Text_AfterSilence_SlowStartEndsAtThreeQuarters(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 20_000);
        peer.QuietUntil(0.1);
        peer.In("[.] 1 ack 1 <sack 1001:10001>");
        peer.Run(0.1);
        peer.In("[.] 1 ack 20001");
        Assert.Equal(5, Info(peer).SlowStartThreshold);       // half of ten: a loss came before
        for (int round = 0; round < 60 && Info(peer).CongestionWindow < 12; round++)
        {
            peer.Send(20_000);
            peer.Run(0.1);
            peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
            while (Info(peer).Unacked > 0)
            {
                peer.Run(0.1);
                peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
            }
        }

        Assert.Equal(12, Info(peer).CongestionWindow);
        peer.Run(Info(peer).Rto.TotalSeconds * 1.5);
        peer.Send(1000);
        Assert.Equal((10, 9), (Info(peer).CongestionWindow, Info(peer).SlowStartThreshold));
    }
}

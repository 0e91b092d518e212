namespace Finwait.Tcp.Tests;

/// <summary>The end of the first slow start on a connection.</summary>
public sealed class SlowStartTests
{
    // X-9406-1: a connection whose round trip grows leaves slow start without a loss; one whose round trip stays does not.
    [Theory, OnEveryWire(In = "grows stays")]
    public void GrowingRoundTrip_EndsSlowStartWithoutLoss(string wire, string how)
    {
        TcpSettings settings = new() { SendBuffer = (4096, 1 << 22, 1 << 22) };
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,ws 10", settings);
        peer.Send(3_000_000);
        int acked = 1;
        for (int round = 0; round < 8; round++)
        {
            int end = peer.Variables.SndNxt;
            peer.Skip(how == "stays" ? 0.05 : 0.05 + (round * 0.02));
            for (; acked < end; acked += 1000)
            {
                peer.In($"[.] 1 ack {acked + 1000}");
            }
        }

        TcpInfo info = peer.Tcp.GetInfo(peer.Now);
        if (how == "stays")
        {
            Assert.Equal((int.MaxValue, 2560), (info.SlowStartThreshold, info.CongestionWindow));
        }
        else
        {
            Assert.InRange(info.SlowStartThreshold, 10, 200);
            Assert.InRange(info.CongestionWindow, info.SlowStartThreshold, 2 * info.SlowStartThreshold);
        }
    }

    // X-9406-1: L of a connection: as Linux none, as RFC 9406 recommends 8, and none again where departures are paced.
    [Theory]
    [InlineData(0, false, 20)]
    [InlineData(8, false, 18)]
    [InlineData(8, true, 20)]
    public void LargeAcknowledgment_GrowsByTheSettingUnlessPaced(int limit, bool isPaced, int window)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000", new TcpSettings { SlowStartLimit = limit, SendBuffer = (4096, 1 << 20, 1 << 20) });
            peer.Tcp.MaxPacingRate = isPaced ? 1_000_000_000 : long.MaxValue;
            peer.Send(100_000);
            peer.Skip(0.05);
            peer.In("[.] 1 ack 10001");
            Assert.Equal(window, peer.Tcp.GetInfo(peer.Now).CongestionWindow);
        }
    }
}

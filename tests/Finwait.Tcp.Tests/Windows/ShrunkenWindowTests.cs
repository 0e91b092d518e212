namespace Finwait.Tcp.Tests;

/// <summary>A peer that takes back window (RFC 9293 §3.8.6).</summary>
public sealed class ShrunkenWindowTests
{
    // MUST-34, SHLD-15, BUG-05, X-7323-7: the usable window is negative: nothing new goes, nothing breaks; the oldest goes again within the window, or whole as its probe.
    [Theory, OnEveryWire(In = "0 1 100 2999 4999")]
    public void WindowShrunkBelowWhatIsInFlight_NoNewDataGoes(string wire, string window)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(5000);
        Assert.Equal("", peer.In($"[.] 1 ack 1 win {window}"));
        Assert.Equal("", peer.Send(3000));
        peer.Tcp.NoDelay = true;
        Assert.Equal("", peer.Sent());
        string sent = peer.Run(5);
        string oldest = $"[.] 1:{(window is "1" or "100" ? 1 + int.Parse(window, System.Globalization.CultureInfo.InvariantCulture) : 1001)} ack 1";
        Assert.All(sent.Split('\n'), line => Assert.EndsWith(oldest, line, StringComparison.Ordinal));
        Assert.Equal(5001, peer.Variables.SndNxt);
    }

    // SHLD-16, MAY-7: old data goes again as usual; the first segment even beyond the edge (docs/decisions/0010).
    [Theory, OnEveryWire]
    public void OldData_InsideAndBeyondTheEdge_IsRetransmitted(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(5000);
        peer.In("[.] 1 ack 1 win 2000");
        Assert.Equal("0.204 [.] 1:1001 ack 1", peer.Run(0.3));
        Assert.Equal("[.] 1001:2001 ack 1\n[.] 2001:3001 ack 1", peer.In("[.] 1 ack 1001 win 2000"));
        peer.In("[.] 1 ack 5001 win 2000");
        Assert.Equal("[P.] 5001:5011 ack 1", peer.Send(10));
    }

    // SHLD-17: what lies beyond the edge does not end the connection while the peer answers: an hour here.
    [Theory, OnEveryWire]
    public void ShrunkenWindowHeld_WithAcks_StaysOpenForAnHour(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(5000);
        peer.In("[.] 1 ack 1 win 0");
        for (int i = 0; i < 3600; i++)
        {
            if (peer.Run(1).Length > 0)
            {
                peer.In("[.] 1 ack 1 win 0");
            }
        }

        Assert.Equal(TcpState.Established, peer.State);
        peer.In("[.] 1 ack 5001 win 6000");
        Assert.Equal("[P.] 5001:5011 ack 1", peer.Send(10));
    }

    // SHLD-17: silence does.
    [Theory, OnEveryWire]
    public void ShrunkenWindowHeld_WithoutAcks_Ends(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(5000);
        peer.In("[.] 1 ack 1 win 0");
        peer.Run(2000);
        Assert.Equal((TcpState.Closed, TcpError.TimedOut), (peer.State, peer.Tcp.Error));
    }

    // MUST-34, BUG-05: opened and shrunk at random for a long time, with scaling: no invariant breaks and all the data gets through.
    [Fact]
    public void WindowThatJumpsUpAndDown_TransferCompletes()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            Random random = new(seed);
            ScriptedPeer peer = ScriptedPeer.InState(WireCase.Names.ElementAt(seed % 6), "ES", seed % 2 == 0 ? "mss 1000,ws 3,sackOK" : "mss 1000,sackOK");
            peer.Tcp.SendBufferSize = 100_000;
            peer.Send(60_000);
            int acked = 1;
            for (int i = 0; i < 3000 && acked < 60_001; i++)
            {
                int most = peer.Variables.SndNxt;
                if (random.Next(3) > 0)
                {
                    acked = random.Next(acked, most + 1);
                }

                int window = random.Next(5) switch { 0 => 0, 1 => random.Next(10), 2 => random.Next(1500), _ => random.Next(8000) };
                peer.In($"[.] 1 ack {acked} win {window}");
                if (random.Next(4) == 0)
                {
                    peer.Run(random.NextDouble() * 2);
                }
            }

            peer.In($"[.] 1 ack {peer.Variables.SndNxt} win 65000");
            for (int i = 0; i < 200 && peer.Variables.SndNxt < 60_001; i++)
            {
                peer.In($"[.] 1 ack {peer.Variables.SndNxt} win 65000");
                peer.Run(1);
            }

            Assert.True(peer.Variables.SndNxt == 60_001, $"seed {seed}: only {peer.Variables.SndNxt}");
        }
    }
}

using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>MSS in both directions and how large segments are (RFC 9293 §3.7, RFC 6691).</summary>
public sealed class SegmentSizeTests
{
    // MUST-14, MUST-67, SHLD-5, MAY-3, X-6691-1: MTU less the fixed headers, whatever options there are.
    [Theory]
    [InlineData(576, 536, 516)]
    [InlineData(1280, 1240, 1220)]
    [InlineData(1500, 1460, 1440)]
    [InlineData(9000, 8960, 8940)]
    [InlineData(65535, 65495, 65475)]
    public void Syn_AdvertisesTheMtuLessTheFixedHeaders(int mtu, int v4, int v6)
    {
        foreach (string wire in WireCase.Names)
        {
            foreach (bool timestamps in new[] { false, true })
            {
                int expected = WireCase.Named(wire).IsV6 ? v6 : v4;
                ScriptedPeer peer = new(wire, new TcpSettings { Timestamps = timestamps }, mtu);
                peer.Open();
                Assert.Equal(expected, peer.Emitted[0].Options.Mss);
                ScriptedPeer answering = new(wire, new TcpSettings { Timestamps = timestamps }, mtu);
                answering.Listen();
                answering.In("[S] 0 <mss 1000,TS 5/0>");
                Assert.Equal(expected, answering.Emitted[0].Options.Mss);
            }
        }
    }

    // MUST-14, MUST-16: the peer's value less the options each segment carries.
    [Theory]
    [InlineData("mss 1000", "", 1000)]
    [InlineData("mss 1000,TS 5/0", "", 988)]
    [InlineData("mss 1000,sackOK,TS 5/0", "[P.] 3:5 ack 1", 976)]
    [InlineData("mss 1000,sackOK,TS 5/0", "[P.] 3:5 ack 1|[P.] 7:9 ack 1|[P.] 11:13 ack 1", 960)]
    [InlineData("mss 1000,sackOK", "[P.] 3:5 ack 1|[P.] 7:9 ack 1|[P.] 11:13 ack 1|[P.] 15:17 ack 1", 964)]
    public void Segments_HaveThePeersMssLessTheOptionsTheyCarry(string synOptions, string disorder, int size)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", synOptions);
            foreach (string segment in disorder.Split('|', StringSplitOptions.RemoveEmptyEntries))
            {
                peer.In(segment);
            }

            peer.Send(3000);
            SegmentPlan first = peer.Emitted.First(plan => plan.PayloadLength > 0);
            Assert.Equal(size, first.PayloadLength);
            Assert.Equal(1000, first.PayloadLength + TcpWriter.OptionLength(first.Options, TcpOptionLayout.Linux, isSyn: false));
        }
    }

    // MUST-16: the path may be narrower than the peer's MSS; OnPathMtu makes it so.
    [Theory, OnEveryWire]
    public void Segments_OnANarrowPath_KeepToIt(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 8000");
        int size = 1500 - 20 - WireCase.Named(wire).IpHeaderLength;
        Assert.Equal($"[.] 1:{1 + size} ack 1", peer.Send(3000).Split('\n')[0]);
        peer.In("[.] 1 ack 3001");
        peer.Tcp.OnPathMtu(peer.Now, 1300);
        Assert.Equal($"[.] 3001:{3001 + 1300 - 20 - WireCase.Named(wire).IpHeaderLength} ack 1", peer.Send(3000).Split('\n')[0]);
        peer.Tcp.OnPathMtu(peer.Now, 9000);                     // X-8201-1: never larger by what a router says
        peer.In("[.] 1 ack 6001");
        Assert.Equal($"[.] 6001:{6001 + 1300 - 20 - WireCase.Named(wire).IpHeaderLength} ack 1", peer.Send(3000).Split('\n')[0]);
    }

    // MUST-65: an MSS in the middle of a connection changes nothing.
    [Theory, OnEveryWire]
    public void Mss_OnASegmentWithoutSyn_IsIgnored(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[.] 1 ack 1 <mss 100>");
        Assert.Equal("[.] 1:1001 ack 1", peer.Send(1500).Split('\n')[0]);
    }

    // X-6691-2, BUG-24: a silly MSS leaves room for text, with every option, and neither loops nor divides by nothing.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(40)]
    [InlineData(47)]
    [InlineData(48)]
    [InlineData(60)]
    public void TinyMss_OfThePeer_StillMovesData(int mss)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", $"mss {mss},sackOK,TS 5/0");
            peer.Options = "TS 6/last";
            foreach (string segment in new[] { "[P.] 3:5 ack 1", "[P.] 7:9 ack 1", "[P.] 11:13 ack 1" })
            {
                peer.In(segment);
            }

            peer.Send(200);
            for (int i = 0; i < 300 && peer.Tcp.IsInFlight(peer.Iss + 1) || i == 0; i++)
            {
                peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
            }

            for (int i = 0; i < 300 && peer.Variables.SndNxt < 201; i++)
            {
                peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
            }

            Assert.Equal(201, peer.Variables.SndNxt);
            Assert.All(peer.Emitted.Where(plan => plan.PayloadLength > 0), plan => Assert.InRange(plan.PayloadLength, 1, 48));
        }
    }

    // X-6691-3: the SYN's options and those of data fit into 40 octets: three blocks beside timestamps, four without. (The checker asserts 40 everywhere.)
    [Theory, OnEveryWire]
    public void Options_OfSynAndOfDisorder_FitIntoFortyOctets(string wire)
    {
        ScriptedPeer peer = new(wire) { ShowOptions = true };
        string mss = WireCase.Named(wire).IsV6 ? "1440" : "1460";
        Assert.Equal($"[S] 0 <mss {mss},sackOK,TS 1000000/0,ws 7>", peer.Open());
        foreach ((string options, int blocks) in new[] { ("mss 1000,sackOK,TS 5/0", 3), ("mss 1000,sackOK", 4) })
        {
            ScriptedPeer receiver = ScriptedPeer.InState(wire, "ES", options);
            for (int at = 3; at < 23; at += 4)
            {
                receiver.In($"[P.] {at}:{at + 2} ack 1");
            }

            Assert.Equal(blocks, receiver.Emitted[^1].Options.SackCount);
        }
    }

    // SHLD-28, MUST-61, SHLD-27: all but the last segment are full, the last one of the queue carries PSH, and successive writes share it.
    [Theory, OnEveryWire]
    public void BulkWrite_AllButTheLastSegmentAreFullAndTheLastIsPushed(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Tcp.Send(peer.Now, Pattern.Slice(0, 1700));
        peer.Tcp.Send(peer.Now, Pattern.Slice(1700, 1100));
        Assert.Equal("[.] 1:1001 ack 1\n[.] 1001:2001 ack 1\n[P.] 2001:2801 ack 1", peer.Sent());
    }

    // MUST-60, MUST-61: one octet and nothing else ever: it leaves at once.
    [Theory, OnEveryWire]
    public void OneOctet_LeavesAtOnceAndPushed(string wire)
    {
        Assert.Equal("[P.] 1:2 ack 1", ScriptedPeer.InState(wire, "ES").Send(1));
    }

    // MUST-60, MAY-16: told that more comes, we aggregate; if nothing comes, the rest leaves in time.
    [Theory, OnEveryWire]
    public void MoreComing_AggregatesButNotForEver(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("", peer.Send(300, moreComing: true));
        Assert.Equal("[.] 1:1001 ack 1", peer.Send(900, moreComing: true));
        peer.In("[.] 1 ack 1001");
        Assert.Equal("0.204 [P.] 1001:1201 ack 1", peer.Run(0.3));
        peer.In("[.] 1 ack 1201");
        Assert.Equal("", peer.Send(300, moreComing: true));
        Assert.Equal("[P.] 1201:1502 ack 1", peer.Send(1));
    }

    // MUST-1: the window field is unsigned.
    [Theory]
    [InlineData(0x8000)]
    [InlineData(0xFFFF)]
    public void WindowField_AboveTheSignBit_IsUsedInFull(int window)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", settings: new TcpSettings { InitialWindow = 100 });
            peer.Tcp.SendBufferSize = 100_000;
            peer.In($"[.] 1 ack 1 win {window}");
            peer.Send(90_000);
            Assert.Equal(1 + (window / 1000 * 1000), peer.Variables.SndNxt);
        }
    }
}

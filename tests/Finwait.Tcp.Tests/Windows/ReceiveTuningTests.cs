namespace Finwait.Tcp.Tests;

/// <summary>Receive buffer, window and their growth, against what a Linux 6.18 kernel advertised, and against the arithmetic of its rules.</summary>
public sealed class ReceiveTuningTests
{
    private const string SynOptions = "mss 1460,sackOK,TS 100/0,ws 7";

    private static ScriptedPeer Receiver(string wire, TcpSettings settings, int fixedBuffer = 0)
    {
        ScriptedPeer peer = new(wire, settings) { ShowWindow = true };
        if (fixedBuffer > 0)
        {
            peer.Tcp.ReceiveBufferSize = fixedBuffer;
        }

        peer.Listen();
        peer.In($"[S] 0 <{SynOptions}>");
        peer.In("[.] 1 ack 1 <TS 100/last>");
        return peer;
    }

    /// <summary>The windows told for so many full segments that nobody reads; 0 stands for no acknowledgment.</summary>
    private static List<int> Windows(ScriptedPeer peer, int segments)
    {
        List<int> windows = [];
        for (int i = 0; i < segments; i++)
        {
            int before = peer.Emitted.Count;
            peer.In($"[.] {1 + (i * 1448)}:{1449 + (i * 1448)} ack 1 <TS {101 + i}/last>");
            windows.Add(peer.Emitted.Count == before ? -1 : peer.Emitted[^1].RawWindow);
        }

        return windows;
    }

    // X-RCV-1: what the kernel told in the golden run 04b, when nobody read: packets in pages share their heads.
    [Theory, OnEveryWire(Version = 4)]
    public void Window_NobodyReadsPagedPackets_IsWhatTheKernelTold(string wire)
    {
        ScriptedPeer peer = Receiver(wire, new TcpSettings());
        Assert.Equal(65160, peer.Emitted[0].RawWindow);
        Assert.Equal([532, 555, 577, 600, 609, 601, 594, 587, 580, 573, 566, 558, 551, 544, 537, 530, 523, 512, 504, 497, 490], Windows(peer, 21));
        Assert.Equal(77835, peer.Tcp.GetInfo(peer.Now).ReceiveSlowStartThreshold);
    }

    // X-RCV-1: the golden run 04d, whose frames a program wrote: each packet has a block of its own.
    [Theory, OnEveryWire(Version = 4)]
    public void Window_NobodyReadsPacketsInBlocks_IsWhatTheKernelTold(string wire)
    {
        ScriptedPeer peer = Receiver(wire, new TcpSettings { ReceiveMemory = PacketMemory.Linear });
        Assert.Equal([532, 555, 577, 595, 584, 573, 562, 551, 540, 529, 518, 507, 496, 485, 474, 463, 452, 441, 430, 419], Windows(peer, 20));
    }

    // SHLD-14, MUST-39: the golden run 04c with SO_RCVBUF 20000: no scale, whole segments, and silence when less than half is left.
    [Theory, OnEveryWire(Version = 4)]
    public void Window_SmallFixedBuffer_IsWhatTheKernelTold(string wire)
    {
        ScriptedPeer peer = Receiver(wire, new TcpSettings(), fixedBuffer: 40000);
        Assert.Equal(18824, peer.Emitted[0].RawWindow);
        Assert.Equal(0, peer.Emitted[0].Options.WindowScale);
        Assert.Equal([21720, 21720, 21720, 20272, 18824, 18824, 17376, 17376, -1, -1], Windows(peer, 10));
        peer.In("[.] 14481:15929 ack 1 <TS 120/last>");
        string late = "";
        for (int i = 11; i < 20; i++)
        {
            late += peer.In($"[.] {1 + (i * 1448)}:{1449 + (i * 1448)} ack 1 <TS {121 + i}/last>");
        }

        Assert.Equal("", late);
        Assert.EndsWith("[.] 1 ack 28961 win 5792", peer.Run(0.05), StringComparison.Ordinal);
    }

    // X-2883-1: golden run 04c: with the buffer short what came twice is told with the delayed acknowledgment, not at once.
    [Theory, OnEveryWire(Version = 4)]
    public void DuplicateOfUnacknowledgedText_BufferShort_WaitsForTheDelayedAcknowledgment(string wire)
    {
        ScriptedPeer peer = Receiver(wire, new TcpSettings(), fixedBuffer: 40000);
        Windows(peer, 20);
        peer.Run(0.05);
        for (int i = 20; i < 24; i++)
        {
            Assert.Equal("", peer.In($"[.] {1 + (i * 1448)}:{1449 + (i * 1448)} ack 1 <TS {200 + i}/last>"));
        }

        peer.Skip(0.02);
        Assert.Equal("", peer.In("[P.] 33305:34753 ack 1 <TS 250/last>"));
        peer.Restart();
        Assert.EndsWith("[.] 1 ack 34753 win 1448 <sack 33305:34753>", peer.Run(0.03), StringComparison.Ordinal);
    }

    // X-RCV-1: a flood of single octets: the window pays for every packet, memory stays bounded, all octets arrive.
    [Theory, OnEveryWire]
    public void FloodOfSingleOctets_ReadLate_StaysWithinTheBufferAndArrives(string wire)
    {
        TcpSettings settings = new() { ReceiveMemory = PacketMemory.Linear, ReceiveBuffer = (4096, 65536, 65536) };
        ScriptedPeer peer = Receiver(wire, settings);
        peer.ShowWindow = false;
        int least = int.MaxValue;
        for (int i = 0; i < 2000; i++)
        {
            peer.In($"[P.] {1 + i}:{2 + i} ack 1 <TS {101 + i}/last>");
            least = Math.Min(least, peer.Tcp.GetInfo(peer.Now).ReceiveWindow);
        }

        Assert.True(least < 32000, "packets of one octet use the buffer up faster than their text");
        Assert.Equal(65536, peer.Tcp.ReceiveBufferSize);
        Assert.Equal(2000, peer.ReadAll());
        peer.In("[P.] 2001:2002 ack 1 <TS 3000/last>");
        Assert.Equal(1, peer.ReadAll());
    }

    // Buffer auto-tuning: what the reader takes in a round trip, twice, and the growth once more, in memory.
    [Theory, OnEveryWire]
    public void Reader_TakesMoreEachRoundTrip_BufferGrowsWithIt(string wire)
    {
        ScriptedPeer peer = Receiver(wire, new TcpSettings());
        long before = peer.Tcp.ReceiveBufferSize;
        int space = peer.Tcp.GetInfo(peer.Now).ReceiveSpace;
        int at = 1;
        for (int round = 0; round < 4; round++)
        {
            int text = 20 << round;                     // segments of a sender in slow start
            peer.Skip(0.1);
            for (int i = 0; i < text; i++, at += 1000)
            {
                peer.In($"[.] {at}:{at + 1000} ack 1 <TS {1000 + at}/last>");
                peer.ReadAll();
            }
        }

        peer.Skip(0.1);
        peer.In($"[.] {at}:{at + 1000} ack 1 <TS {1000 + at}/last>");
        peer.ReadAll();
        TcpInfo info = peer.Tcp.GetInfo(peer.Now);
        Assert.Equal(160_000, info.ReceiveSpace);
        Assert.True(info.ReceiveSpace > space);

        // 160 kB after 80 kB: 2 × 160, and 2 × (320 × 80 / 80) for a sender that doubles; a packet of 1000 octets costs 832 more, 139/256 of it is text.
        Assert.Equal((320_000L + 640_000) * 256 / 139, peer.Tcp.ReceiveBufferSize);
        Assert.True(peer.Tcp.ReceiveBufferSize > before);
    }

    // net.ipv4.tcp_moderate_rcvbuf 0, and SO_RCVBUF: the buffer stays as it is.
    [Theory, OnEveryWire(In = "setting option")]
    public void Reader_TakesMore_BufferThatMayNotGrowStays(string wire, string how)
    {
        ScriptedPeer peer = Receiver(wire, new TcpSettings { ModerateReceiveBuffer = how == "option" }, fixedBuffer: how == "option" ? 131072 : 0);
        int at = 1;
        for (int round = 0; round < 40; round++)
        {
            peer.Skip(0.1);
            for (int i = 0; i < 40; i++, at += 1000)
            {
                peer.In($"[.] {at}:{at + 1000} ack 1 <TS {1000 + at}/last>");
            }

            peer.ReadAll();
        }

        Assert.Equal(131072, peer.Tcp.ReceiveBufferSize);
    }

    // The receiver's round trip without time stamps: the time one window of text takes, and only the least counts.
    [Theory, OnEveryWire]
    public void RoundTrip_WithoutTimestamps_IsTheLeastTimeOfAWindowful(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000", new TcpSettings { ReceiveBuffer = (4096, 20000, 20000), WindowScaling = false });
        int at = 1;
        foreach (double gap in (double[])[0.2, 0.05, 0.3])
        {
            for (int sent = 0; sent < 30; sent++, at += 1000)
            {
                peer.In($"[.] {at}:{at + 1000} ack 1");
                peer.ReadAll();
                peer.Sent();
                peer.Skip(gap / 10);
            }
        }

        double least = peer.Tcp.GetInfo(peer.Now).ReceiveRtt.TotalSeconds;
        Assert.InRange(least, 0.035, 0.065);
    }

    // RFC 7323: with time stamps every new echo of a full segment is a sample.
    [Theory, OnEveryWire]
    public void RoundTrip_WithTimestamps_IsTheAgeOfTheEcho(string wire)
    {
        ScriptedPeer peer = Receiver(wire, new TcpSettings());
        peer.Skip(0.08);
        peer.In("[.] 1:1001 ack 1 <TS 101/last>");
        Assert.Equal(80, peer.Tcp.GetInfo(peer.Now).ReceiveRtt.TotalMilliseconds);
        peer.Skip(0.16);
        peer.In("[.] 1001:2001 ack 1 <TS 102/last>");   // 7/8 of 80 and 1/8 of 160
        Assert.Equal(90, peer.Tcp.GetInfo(peer.Now).ReceiveRtt.TotalMilliseconds);
    }

    // net.ipv4.tcp_shrink_window: the right edge moves left when memory runs out, and never without it (SHLD-14).
    [Theory, OnEveryWire(In = "True False")]
    public void RightEdge_MemoryRunsOut_MovesLeftOnlyIfAllowed(string wire, string allowed)
    {
        ScriptedPeer peer = Receiver(wire, new TcpSettings { ReceiveMemory = PacketMemory.Linear, ShrinkWindow = bool.Parse(allowed), ModerateReceiveBuffer = false });
        uint edge = 0;
        bool moved = false;
        for (int i = 0; i < 30; i++)
        {
            peer.In($"[P.] {1 + (i * 600)}:{601 + (i * 600)} ack 1 <TS {101 + i}/last>");
            uint now = (uint)(peer.Emitted[^1].Ack - peer.Irs) + ((uint)peer.Emitted[^1].RawWindow << 7);
            moved |= now < edge;
            edge = now;
        }

        Assert.Equal(bool.Parse(allowed), moved);
    }
}

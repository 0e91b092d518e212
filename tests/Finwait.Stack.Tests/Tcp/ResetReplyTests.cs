using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>Segments that belong to no connection (RFC 9293 §3.10.7.1, §3.5.2).</summary>
public class ResetReplyTests
{
    // SM-SEG-CL-1, SM-SEG-CL-2, SM-SEG-CL-3, SM-RG-1, SM-RG-2: SEG.LEN counts SYN and FIN; sequence numbers wrap.
    [Theory]
    [InlineData(TcpFlags.Syn, 1000u, 0u, "", "[R.] seq 0 ack 1001")]
    [InlineData(TcpFlags.Syn, uint.MaxValue, 0u, "", "[R.] seq 0 ack 0")]
    [InlineData(TcpFlags.Syn | TcpFlags.Fin, 1000u, 0u, "abc", "[R.] seq 0 ack 1005")]
    [InlineData(TcpFlags.Fin, 1000u, 0u, "", "[R.] seq 0 ack 1001")]
    [InlineData(TcpFlags.Psh, 1000u, 0u, "hello", "[R.] seq 0 ack 1005")]
    [InlineData(TcpFlags.None, 1000u, 0u, "", "[R.] seq 0 ack 1000")]
    [InlineData(TcpFlags.Urg | TcpFlags.Psh | TcpFlags.Fin, 7u, 0u, "", "[R.] seq 0 ack 8")]
    [InlineData(TcpFlags.Ack, 1000u, 2000u, "", "[R] seq 2000")]
    [InlineData(TcpFlags.Ack | TcpFlags.Psh, 1000u, 0x8000_0000u, "hello", "[R] seq 2147483648")]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, 1000u, uint.MaxValue, "", "[R] seq 4294967295")]
    [InlineData(TcpFlags.Fin | TcpFlags.Ack, 1000u, 0u, "", "[R] seq 0")]
    [InlineData(TcpFlags.Rst, 1000u, 0u, "", "")]
    [InlineData(TcpFlags.Rst | TcpFlags.Ack, 1000u, 2000u, "", "")]
    [InlineData(TcpFlags.Rst | TcpFlags.Syn, 1000u, 0u, "text", "")]
    public void NoConnection_AnySegment_GetsTheResetOfTheRfc(TcpFlags flags, uint seq, uint ack, string text, string expected)
    {
        foreach (bool v6 in (bool[])[false, true])
        {
            TcpRig rig = new(v6: v6);
            rig.Say(flags, seq, ack, text);
            Assert.Equal(expected, rig.TakeText());
            Assert.Equal(1, rig.Host.Counters[DropReason.TcpNoListener]);
            Assert.Equal(expected.Length == 0 ? 0 : 1, rig.Host.TcpCounters.ResetsSent);
        }
    }

    // SM-RG-5: window 0, no text, no options; and as in the golden captures: DF, identification 0, the traffic class of the segment.
    [Fact]
    public void NoConnection_SynWithOptionsAndTos_ResetIsBare()
    {
        TcpRig rig = new();
        byte[] packet = rig.Packet(TcpFlags.Syn, 1000, options: TcpRig.SynOptions(77));
        packet[1] = 0xB8 | 2; // expedited forwarding, ECT(0)
        Fix(packet);
        rig.Receive(packet);
        SeenSegment reset = rig.TakeOne();
        Assert.Equal((ushort)0, reset.Window);
        Assert.Equal(TcpOptionPresence.None, reset.Options.Present);
        Assert.Equal((ushort)0, reset.Id);
        Assert.True(reset.DontFragment);
        Assert.Equal(0xB8, reset.Tos);
        Assert.Equal((TcpRig.Us, (ushort)80, TcpRig.Peer, (ushort)5000), (reset.Source, reset.From, reset.Destination, reset.To));
    }

    // SM-RG-7: a flood from one address draws so many resets and no more; another address does not notice; time heals.
    [Fact]
    public void NoConnection_Flood_DrawsABoundedNumberOfResetsPerAddress()
    {
        TcpRig rig = new(s => s.Sockets.ResetsPerSecond = 100);
        Assert.Equal(100, Flood(rig, TcpRig.Peer));
        Assert.Equal(900, rig.Host.TcpCounters.ResetsSuppressed);
        Assert.Equal(100, Flood(rig, IpAddress.FromV4(10, 0, 0, 3)));
        Assert.Equal(0, Flood(rig, TcpRig.Peer));
        rig.Run(0.5);
        Assert.Equal(50, Flood(rig, TcpRig.Peer));

        static int Flood(TcpRig rig, IpAddress from)
        {
            for (int i = 0; i < 1000; i++)
            {
                rig.Receive(rig.Packet(TcpFlags.Ack, 1000, 2000, source: from));
            }

            return rig.Take().Count;
        }
    }

    // MUST-50: options of the IP header that mean nothing to TCP are skipped: the segment behind them counts.
    [Fact]
    public void Segment_BehindUnknownIpOptions_IsTaken()
    {
        TcpRig rig = new();
        byte[] plain = rig.Packet(TcpFlags.Syn, 1000);
        byte[] packet = [.. plain.AsSpan(0, 20), 0x9E, 4, 1, 2, 1, 1, 1, 0, .. plain.AsSpan(20)];
        packet[0] = 0x47;
        packet[3] += 8;
        Fix(packet);
        rig.Receive(packet);
        Assert.Equal("[R.] seq 0 ack 1001", rig.TakeText());
    }

    // SM-SEG-CL-4, MUST-3: whichever bit of the segment was damaged, nothing is said.
    [Fact]
    public void NoConnection_AnyBitFlipped_IsDroppedSilently()
    {
        TcpRig rig = new();
        byte[] good = rig.Packet(TcpFlags.Syn, 1000, text: "odd");
        for (int bit = 20 * 8; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            rig.Receive(bad);
        }

        Assert.Empty(rig.Take());
        Assert.Equal((good.Length - 20) * 8, rig.Host.Counters[DropReason.TcpBadChecksum] + rig.Host.Counters[DropReason.TcpMalformed]);
    }

    [Fact]
    public void NoConnection_CutAtEveryLength_IsDroppedSilently()
    {
        TcpRig rig = new();
        byte[] whole = rig.Packet(TcpFlags.Syn, 1000, options: TcpRig.SynOptions(1), text: "text");
        for (int length = 21; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            cut[2] = (byte)(length >> 8);
            cut[3] = (byte)length;
            Fix(cut);
            rig.Receive(cut);
        }

        Assert.Empty(rig.Take());
    }

    // MUST-57, BUG-29: groups and broadcasts, to a closed and to a listening port.
    [Theory]
    [InlineData("255.255.255.255")]
    [InlineData("10.0.0.255")]
    [InlineData("224.0.0.1")]
    [InlineData("239.1.2.3")]
    public void Segment_ToBroadcastOrMulticast_IsDroppedSilently(string destination)
    {
        TcpRig rig = new();
        rig.Host.Listener(80);
        foreach (ushort port in (ushort[])[80, 81])
        {
            rig.LocalPort = port;
            rig.Receive(rig.Packet(TcpFlags.Syn, 1000, destination: IpAddress.Parse(destination)));
            rig.Receive(rig.Packet(TcpFlags.Ack, 1000, 5, destination: IpAddress.Parse(destination)));
        }

        Assert.Empty(rig.Take());
        Assert.Equal("Listen:0:5", rig.Host.States(rig.Now));
        Assert.Equal(4, rig.Host.Counters.TotalDrops);
    }

    // MUST-57: the IP destination is ours but the frame went to everybody.
    [Fact]
    public void Segment_InLinkBroadcast_IsDroppedSilently()
    {
        HostSettings settings = new() { Seed = 3 };
        Host host = new(settings);
        MacAddress mac = new(0x0200_0000_0001);
        Interface eth = host.AddEthernet("eth0", mac);
        eth.AddAddress(TcpRig.Us, 24);
        host.Listener(80);
        TcpRig other = new();
        foreach (MacAddress to in (MacAddress[])[MacAddress.Broadcast, new(0x0100_5E00_0001)])
        {
            byte[] packet = other.Packet(TcpFlags.Syn, 1000);
            byte[] frame = new byte[14 + packet.Length];
            EthernetWriter.Write(frame, to, new(0x0200_0000_0002), EtherType.Ipv4);
            packet.CopyTo(frame, 14);
            host.Receive(other.Now, eth, frame);
        }

        Assert.False(host.PollTransmit(other.Now, out _, out _));
        Assert.Equal("Listen:0:5", host.States(other.Now));
        Assert.Equal(2, host.Counters[DropReason.TcpBroadcast]);
    }

    // MUST-63, BUG-29.
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    [InlineData("10.0.0.255")]
    [InlineData("224.0.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")] // our own address: a LAND attack
    public void Segment_FromInvalidSource_IsDroppedSilently(string source)
    {
        TcpRig rig = new() { RemotePort = 80 };
        rig.Host.Listener(80);
        rig.Receive(rig.Packet(TcpFlags.Syn, 1000, source: IpAddress.Parse(source)));
        rig.LocalPort = 81;
        rig.Receive(rig.Packet(TcpFlags.Syn, 1000, source: IpAddress.Parse(source)));
        rig.Receive(rig.Packet(TcpFlags.Ack, 1000, 1, source: IpAddress.Parse(source)));
        rig.Run(1);
        Assert.Empty(rig.Take());
        Assert.Equal("Listen:0:5", rig.Host.States(rig.Now));
        Assert.Equal(3, rig.Host.Counters.TotalDrops);
    }

    [Theory]
    [InlineData("::")]
    [InlineData("ff02::1")]
    public void Segment_FromInvalidIpv6Source_IsDroppedSilently(string source)
    {
        TcpRig rig = new(v6: true);
        rig.Receive(rig.Packet(TcpFlags.Syn, 1000, source: IpAddress.Parse(source)));
        Assert.Empty(rig.Take());
        Assert.Equal(1, rig.Host.Counters.TotalDrops);
    }

    private static void Fix(byte[] packet)
    {
        packet[10] = packet[11] = 0;
        ushort sum = InternetChecksum.Fold(InternetChecksum.Sum(packet.AsSpan(0, (packet[0] & 15) * 4)));
        packet[10] = (byte)(sum >> 8);
        packet[11] = (byte)sum;
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>Segments that belong to no connection (RFC 9293 §3.10.7.1, §3.5.2).</summary>
public class ResetReplyTests
{
    // SM-SEG-CL-1, SM-SEG-CL-2, SM-SEG-CL-3, SM-RG-1, SM-RG-2: SEG.LEN counts SYN and FIN; sequence numbers wrap.
    [Theory]
    [OnEveryWire(TcpFlags.Syn, 0, "", "[R.] seq 0 ack 1001")]
    [OnEveryWire(TcpFlags.Syn | TcpFlags.Fin, 0, "abc", "[R.] seq 0 ack 1005")]
    [OnEveryWire(TcpFlags.Fin, 0, "", "[R.] seq 0 ack 1001")]
    [OnEveryWire(TcpFlags.Psh, 0, "hello", "[R.] seq 0 ack 1005")]
    [OnEveryWire(TcpFlags.None, 0, "", "[R.] seq 0 ack 1000")]
    [OnEveryWire(TcpFlags.Urg | TcpFlags.Psh | TcpFlags.Fin, 0, "", "[R.] seq 0 ack 1001")]
    [OnEveryWire(TcpFlags.Ack, 0, "", "[R] seq 0")]
    [OnEveryWire(TcpFlags.Ack | TcpFlags.Psh, 1, "hello", "[R] seq 1")]
    [OnEveryWire(TcpFlags.Syn | TcpFlags.Ack, 0, "", "[R] seq 0")]
    [OnEveryWire(TcpFlags.Fin | TcpFlags.Ack, 1, "", "[R] seq 1")]
    [OnEveryWire(TcpFlags.Rst, 0, "", "")]
    [OnEveryWire(TcpFlags.Rst | TcpFlags.Ack, 1, "", "")]
    [OnEveryWire(TcpFlags.Rst | TcpFlags.Syn, 0, "text", "")]
    public void NoConnection_AnySegment_GetsTheResetOfTheRfc(string wire, TcpFlags flags, uint ack, string text, string expected)
    {
        TcpRig rig = new(wire);
        uint ours = (flags & TcpFlags.Ack) != 0 ? rig.Iss : 0; // without ACK the reset has the number 0 itself
        rig.Say(flags, 1000, unchecked(ours + ack), text);
        Assert.Equal(expected, rig.TakeText(ours));
        Assert.Equal(1, rig.Host.Counters[DropReason.TcpNoListener]);
        Assert.Equal(expected.Length == 0 ? 0 : 1, rig.Host.TcpCounters.ResetsSent);
    }

    // SM-RG-5: window 0, no text, no options; and as in the golden captures: DF, identification 0, the traffic class of the segment.
    [Theory, OnEveryWire]
    public void NoConnection_SynWithOptionsAndTos_ResetIsBare(string wire)
    {
        TcpRig rig = new(wire);
        byte[] packet = rig.Packet(TcpFlags.Syn, 1000, options: TcpRig.SynOptions(77));
        const byte Class = 0xB8 | 2; // expedited forwarding, ECT(0)
        if (rig.IsV6)
        {
            (packet[0], packet[1]) = (0x60 | (Class >> 4), unchecked((byte)(Class << 4)));
        }
        else
        {
            packet[1] = Class;
            Fix(packet);
        }

        rig.Receive(packet);
        SeenSegment reset = rig.TakeOne();
        Assert.Equal((ushort)0, reset.Window);
        Assert.Equal(TcpOptionPresence.None, reset.Options.Present);
        Assert.Equal((ushort)0, reset.Id);
        Assert.True(reset.DontFragment);
        Assert.Equal(0xB8, reset.Tos);
        Assert.Equal((rig.Local, (ushort)80, rig.Remote, (ushort)5000), (reset.Source, reset.From, reset.Destination, reset.To));
    }

    // SM-RG-7: a flood from one address draws so many resets and no more; another address does not notice; time heals.
    [Theory, OnEveryWire]
    public void NoConnection_Flood_DrawsABoundedNumberOfResetsPerAddress(string wire)
    {
        TcpRig rig = new(wire, s => s.Sockets.ResetsPerSecond = 100);
        Assert.Equal(100, Flood(rig, rig.Remote));
        Assert.Equal(900, rig.Host.TcpCounters.ResetsSuppressed);
        Assert.Equal(100, Flood(rig, rig.Neighbor(3)));
        Assert.Equal(0, Flood(rig, rig.Remote));
        rig.Run(0.5);
        Assert.Equal(50, Flood(rig, rig.Remote));

        static int Flood(TcpRig rig, IpAddress from)
        {
            for (int i = 0; i < 1000; i++)
            {
                rig.Receive(rig.Packet(TcpFlags.Ack, 1000, 2000, source: from));
            }

            return rig.Take().Count;
        }
    }

    // MUST-50: options of the IP header (IPv6: of a header for the destination) that mean nothing to TCP are skipped: the segment behind them counts.
    [Theory, OnEveryWire]
    public void Segment_BehindUnknownIpOptions_IsTaken(string wire)
    {
        TcpRig rig = new(wire);
        byte[] plain = rig.Packet(TcpFlags.Syn, 1000);
        byte[] options = rig.IsV6 ? [(byte)IpProtocol.Tcp, 0, 0x1E, 4, 1, 2, 3, 4] : [0x9E, 4, 1, 2, 1, 1, 1, 0];
        byte[] packet = [.. plain.AsSpan(0, rig.IpHeader), .. options, .. plain.AsSpan(rig.IpHeader)];
        if (rig.IsV6)
        {
            packet[5] += 8;
            packet[6] = 60; // destination options
        }
        else
        {
            packet[0] = 0x47;
            packet[3] += 8;
            Fix(packet);
        }

        rig.Receive(packet);
        Assert.Equal("[R.] seq 0 ack 1001", rig.TakeText());
    }

    // SM-SEG-CL-4, MUST-3: whichever bit of the segment was damaged, nothing is said.
    [Theory, OnEveryWire]
    public void NoConnection_AnyBitFlipped_IsDroppedSilently(string wire)
    {
        TcpRig rig = new(wire);
        byte[] good = rig.Packet(TcpFlags.Syn, 1000, text: "odd");
        for (int bit = rig.IpHeader * 8; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            rig.Receive(bad);
        }

        Assert.Empty(rig.Take());
        Assert.Equal((good.Length - rig.IpHeader) * 8, rig.Host.Counters[DropReason.TcpBadChecksum] + rig.Host.Counters[DropReason.TcpMalformed]);
    }

    [Theory, OnEveryWire]
    public void NoConnection_CutAtEveryLength_IsDroppedSilently(string wire)
    {
        TcpRig rig = new(wire);
        byte[] whole = rig.Packet(TcpFlags.Syn, 1000, options: TcpRig.SynOptions(1), text: "text");
        for (int length = rig.IpHeader + 1; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            if (rig.IsV6)
            {
                cut[5] = (byte)(length - 40);
            }
            else
            {
                cut[3] = (byte)length;
                Fix(cut);
            }

            rig.Receive(cut);
        }

        Assert.Empty(rig.Take());
    }

    // MUST-57, BUG-29: groups and broadcasts, to a closed and to a listening port.
    [Theory]
    [OnEveryWire("255.255.255.255", "ff02::1")]
    [OnEveryWire("10.0.0.255", "ff05::2")]
    [OnEveryWire("224.0.0.1", "ff01::1")]
    [OnEveryWire("239.1.2.3", "ff0e::1234")]
    public void Segment_ToBroadcastOrMulticast_IsDroppedSilently(string wire, string v4, string v6)
    {
        TcpRig rig = new(wire);
        IpAddress destination = IpAddress.Parse(rig.IsV6 ? v6 : v4);
        rig.Listen();
        foreach (ushort port in (ushort[])[80, 81])
        {
            rig.LocalPort = port;
            rig.Receive(rig.Packet(TcpFlags.Syn, 1000, destination: destination));
            rig.Receive(rig.Packet(TcpFlags.Ack, 1000, rig.Iss, destination: destination));
        }

        Assert.Empty(rig.Take());
        Assert.Equal("Listen:0:5", rig.Host.States(rig.Now));
        Assert.Equal(4, rig.Host.Counters.TotalDrops);
    }

    // MUST-57: the IP destination is ours but the frame went to everybody.
    [Theory, OnEveryWire]
    public void Segment_InLinkBroadcast_IsDroppedSilently(string wire)
    {
        TcpRig other = new(wire);
        Host host = new(new() { Seed = 3 });
        Interface eth = host.AddEthernet("eth0", new(0x0200_0000_0001));
        eth.AddAddress(other.Local, other.IsV6 ? 64 : 24);
        host.Listener(80, address: other.Any);
        while (host.PollTransmit(other.Now, out _, out PacketBuffer? hello))
        {
            hello.Release(); // IPv6: it tells its groups
        }

        foreach (MacAddress to in (MacAddress[])[MacAddress.Broadcast, new(other.IsV6 ? 0x3333_0000_0001UL : 0x0100_5E00_0001UL)])
        {
            byte[] packet = other.Packet(TcpFlags.Syn, 1000);
            byte[] frame = new byte[14 + packet.Length];
            EthernetWriter.Write(frame, to, new(0x0200_0000_0002), other.IsV6 ? EtherType.Ipv6 : EtherType.Ipv4);
            packet.CopyTo(frame, 14);
            host.Receive(other.Now, eth, frame);
        }

        Assert.False(host.PollTransmit(other.Now, out _, out _));
        Assert.Equal("Listen:0:5", host.States(other.Now));
        Assert.Equal(2, host.Counters[DropReason.TcpBroadcast]);
    }

    // MUST-63, BUG-29.
    [Theory]
    [OnEveryWire("0.0.0.0", "::")]
    [OnEveryWire("255.255.255.255", "ff02::1")]
    [OnEveryWire("10.0.0.255", "ff05::2")]
    [OnEveryWire("224.0.0.1", "ff0e::1234")]
    [OnEveryWire("127.0.0.1", "::1")]
    [OnEveryWire("10.0.0.1", "fd00::1")] // our own address: a LAND attack
    public void Segment_FromInvalidSource_IsDroppedSilently(string wire, string v4, string v6)
    {
        TcpRig rig = new(wire) { RemotePort = 80 };
        IpAddress source = IpAddress.Parse(rig.IsV6 ? v6 : v4);
        rig.Listen();
        rig.Receive(rig.Packet(TcpFlags.Syn, 1000, source: source));
        rig.LocalPort = 81;
        rig.Receive(rig.Packet(TcpFlags.Syn, 1000, source: source));
        rig.Receive(rig.Packet(TcpFlags.Ack, 1000, rig.Iss, source: source));
        rig.Run(1);
        Assert.Empty(rig.Take());
        Assert.Equal("Listen:0:5", rig.Host.States(rig.Now));
        Assert.Equal(3, rig.Host.Counters.TotalDrops);
    }

    private static void Fix(byte[] packet)
    {
        packet[10] = packet[11] = 0;
        ushort sum = InternetChecksum.Fold(InternetChecksum.Sum(packet.AsSpan(0, (packet[0] & 15) * 4)));
        packet[10] = (byte)(sum >> 8);
        packet[11] = (byte)sum;
    }
}

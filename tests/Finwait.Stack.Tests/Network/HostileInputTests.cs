using Finwait.Tcp;
using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

/// <summary>Whatever comes from the wire: nothing throws, memory stays bounded, every frame is delivered, answered or counted as dropped.</summary>
public sealed class HostileInputTests
{
    // BUG-31 and the rows of section 4: golden frames with random bits, octets and lengths changed, checksums mostly made right again.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Frames_MutatedGolden_NeverThrowAndStayBounded(int seed)
    {
        List<byte[]> corpus = Corpus();
        Random random = new(seed);
        HostRig rig = MakeRouter(forward: seed % 2 == 0);
        long handledBefore = Handled(rig);
        for (int i = 0; i < 30_000; i++)
        {
            byte[] frame = Mutate(random, corpus[random.Next(corpus.Count)]);
            rig.Host.Receive(rig.Now, rig.Host.Interfaces[1 + random.Next(3)], frame);
            rig.Sent.Clear();
            rig.Trace.Clear();
            DrainSilently(rig);
            long handled = Handled(rig);
            Assert.True(handled > handledBefore, $"frame {i} of seed {seed} left no trace: {Convert.ToHexString(frame)}");
            handledBefore = handled;
            rig.Now += TimeSpan.FromMilliseconds(random.Next(20));
            while (rig.Host.NextDeadline <= rig.Now)
            {
                rig.Host.OnTimeout(rig.Now);
                DrainSilently(rig);
            }
        }

        Assert.True(rig.Host.Counters.IpDelivered > 100, "the mutations are so wild that nothing gets through");
        Assert.InRange(rig.Host.Ipv4.Reassembler.Memory, 0, Reassembler.MemoryLimit);
        Assert.True(rig.Host.Neighbors.Entries.Count <= rig.Settings.NeighborLimit);
        rig.Now += TimeSpan.FromMinutes(3);
        rig.Host.OnTimeout(rig.Now);
        DrainSilently(rig);
        rig.Now += TimeSpan.FromMinutes(3);
        rig.Host.OnTimeout(rig.Now);
        DrainSilently(rig);
        Assert.Equal(0, rig.Host.Ipv4.Reassembler.Memory);
        Assert.Equal(rig.Host.Neighbors.Entries.Sum(e => e.Waiting), rig.Host.Packets.Lent);
    }

    // Random octets, not even frames.
    [Fact]
    public void Frames_RandomOctets_AreAllCounted()
    {
        Random random = new(99);
        HostRig rig = MakeRouter(forward: true);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] frame = new byte[random.Next(120)];
            random.NextBytes(frame);
            long before = Handled(rig);
            rig.Host.Receive(rig.Now, rig.Host.Interfaces[1 + random.Next(3)], frame);
            DrainSilently(rig);
            Assert.True(Handled(rig) > before);
        }
    }

    // N-IP4-7: the teardrop corpus: fragments with random offsets, lengths and flags under few identifications.
    [Fact]
    public void Fragments_Random_NeverThrowAndStayBounded()
    {
        Random random = new(5);
        HostRig rig = HostRig.Romeo().KnowingRouter();
        for (int i = 0; i < 50_000; i++)
        {
            int length = random.Next(4) == 0 ? random.Next(1480) : 8 * random.Next(1, 20);
            int offset = 8 * (random.Next(10) == 0 ? random.Next(8192) : random.Next(40));
            bool isV6 = random.Next(3) == 0;
            bool more = random.Next(2) == 0;
            if (random.Next(50) != 0)
            {
                const int Whole = 160; // most agree on where the datagram ends
                offset = 32 * random.Next(Whole / 32);
                length = 32;
                more = offset + length < Whole;
            }

            byte[] packet;
            if (isV6)
            {
                byte[] payload = new byte[8 + length];
                new Ipv6Fragment((byte)random.Next(256), offset, more, (uint)random.Next(8)).Write(payload);
                packet = Ipv6(Ip("fd00::9"), Ip("fd00::1"), IpProtocol.Fragment, payload);
            }
            else
            {
                packet = Ipv4(Juliet, Romeo, (byte)random.Next(256), Pattern(length), id: (ushort)random.Next(8), more: more, offset: offset, tos: (byte)random.Next(4));
            }

            if (i == 0)
            {
                rig.Eth.AddAddress(Ip("fd00::1"), 64);
            }

            rig.Host.Receive(rig.Now, rig.Eth, Ethernet(RomeoMac, RouterMac, isV6 ? EtherType.Ipv6 : EtherType.Ipv4, packet));
            DrainSilently(rig);
            Assert.InRange(rig.Host.Ipv4.Reassembler.Memory, 0, Reassembler.MemoryLimit);
        }

        Assert.True(rig.Host.Counters.Reassembled > 100);
        rig.RunFor(100);
        Assert.Equal((0, 0), (rig.Host.Ipv4.Reassembler.Memory, rig.Host.Ipv4.Reassembler.Count));
        Assert.Equal(rig.Host.Neighbors.Entries.Sum(e => e.Waiting), rig.Host.Packets.Lent);
    }

    // Quotes in ICMP errors are a parser of their own: every prefix and every octet changed.
    [Fact]
    public void IcmpQuotes_CutOrChanged_NeverThrow()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Ping.Open(1);
        byte[] quote = Ipv4(Romeo, Juliet, IpProtocol.Icmp, Echo(1, 1, 20));
        for (int length = 0; length <= quote.Length; length++)
        {
            rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, IcmpError(Icmpv4Type.DestinationUnreachable, 1, 0, quote.AsSpan(0, length))));
        }

        for (int at = 0; at < quote.Length; at++)
        {
            for (int value = 0; value < 256; value += 5)
            {
                byte[] bad = [.. quote];
                bad[at] = (byte)value;
                rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, IcmpError(Icmpv4Type.DestinationUnreachable, 1, 0, bad)));
            }
        }

        Assert.Equal("", rig.TakeTrace());
        Assert.True(rig[DropReason.IcmpMalformed] > 20 && rig[DropReason.IcmpNotAboutUs] > 20);
    }

    // The path MTU cache and the rate limiter are fed by strangers too.
    [Fact]
    public void PathMtus_ManyDestinations_StayBounded()
    {
        HostRig rig = HostRig.PointToPoint();
        PathMtuCache cache = new(1);
        for (uint i = 0; i < 10_000; i++)
        {
            cache.Lower(IpAddress.FromV4(i), 600, Instant.Zero + TimeSpan.FromSeconds(600 + i));
        }

        Assert.Equal(PathMtuCache.Capacity, cache.Count);
        Assert.Equal((1500, 600), (cache.Lookup(IpAddress.FromV4(0), 1500), cache.Lookup(IpAddress.FromV4(9999), 1500)));
        for (int i = 0; i < 5000; i++)
        {
            cache.Lower(IpAddress.FromV4(9999), 600 - (i % 500), Instant.Zero + TimeSpan.FromSeconds(20_000));
        }

        Assert.True(cache.Expire(Instant.Zero + TimeSpan.FromDays(1)));
        Assert.Equal((0, true), (cache.Count, cache.NextDeadline.IsNever));
    }

    private static HostRig MakeRouter(bool forward)
    {
        HostRig rig = new(s =>
        {
            s.IpForward = forward;
            s.NeighborLimit = 128;
        });
        Interface eth1 = rig.Host.AddEthernet("eth1", RouterMac);
        eth1.AddAddress(Router, 24);
        eth1.AddAddress(Ip("fd00:10:10:1::1"), 64);
        Interface eth2 = rig.Host.AddEthernet("eth2", Mac("02:00:00:00:02:64"), 1280);
        eth2.AddAddress(Juliet, 24);
        eth2.AddAddress(Ip("fd00:10:10:2::100"), 64);
        rig.Host.AddPointToPoint("tun0", 576).AddAddress(Ip("10.0.0.1"), 24);
        rig.Host.Routes.Add(Ip("10.0.0.0"), 8, default, rig.Host.Interfaces[3]);
        rig.Host.Filter.Append("INPUT", new FilterMatch { Protocol = 6, DestinationPorts = new PortMatch(234, 234) }, FilterTarget.Reject(RejectWith.TcpReset));
        rig.Host.Filter.Append("FORWARD", new FilterMatch { Protocol = 17, DestinationPorts = new PortMatch(1, 4000) }, FilterTarget.Reject());
        rig.Host.Filter.Append("FORWARD", new FilterMatch { IsFragment = true }, FilterTarget.Log("fragment "));
        rig.Host.Filter6.Append("INPUT", new FilterMatch { Protocol = 6, TcpFlags = TcpFlagsMatch.Syn }, FilterTarget.Reject());
        rig.Host.Filter6.Append("INPUT", new FilterMatch { Protocol = 58 }, FilterTarget.Log("icmp6 "));
        return rig;
    }

    /// <summary>Everything that can have become of a frame.</summary>
    private static long Handled(HostRig rig)
    {
        HostCounters c = rig.Host.Counters;
        return c.TotalDrops + c.IpDelivered + c.IpForwarded + c.ArpReceived + c.FragmentsReceived;
    }

    private static void DrainSilently(HostRig rig)
    {
        while (rig.Host.PollTransmit(rig.Now, out _, out PacketBuffer? frame))
        {
            frame.Release();
        }
    }

    private static List<byte[]> Corpus()
    {
        List<byte[]> frames = [];
        foreach (string name in Golden.Names)
        {
            frames.AddRange(Golden.Frames(name).Take(30));
        }

        byte[] datagram = Udp(Ip("10.10.1.100"), Juliet, 1000, 2000, 3000);
        frames.Add(Ethernet(RouterMac, RomeoMac, EtherType.Ipv4, Ipv4(Romeo, Juliet, 17, datagram.AsSpan(0, 1480), more: true)));
        frames.Add(Ethernet(RouterMac, RomeoMac, EtherType.Ipv4, Ipv4(Romeo, Juliet, 17, datagram.AsSpan(1480, 1480), more: true, offset: 1480)));
        frames.Add(Ethernet(RouterMac, RomeoMac, EtherType.Ipv4, Ipv4(Romeo, Juliet, 17, datagram.AsSpan(2960), offset: 2960)));
        frames.Add(Ethernet(RouterMac, RomeoMac, EtherType.Ipv4, Ipv4(Romeo, Router, 1, Echo(1, 2, 100), options: Convert.FromHexString("0707040000000094040000"))));
        frames.Add(Ethernet(RouterMac, RomeoMac, EtherType.Ipv4, Ipv4(Romeo, Router, 1, IcmpError(Icmpv4Type.DestinationUnreachable, 4, 1000, Ipv4(Router, Romeo, 6, new byte[20])))));
        return frames;
    }

    private static byte[] Mutate(Random random, byte[] original)
    {
        byte[] frame = [.. original];
        for (int changes = random.Next(4); changes > 0; changes--)
        {
            int at = random.Next(Math.Min(frame.Length, 80));
            switch (random.Next(4))
            {
                case 0:
                    frame[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    frame[at] = (byte)random.Next(256);
                    break;
                case 2:
                    frame = frame[..random.Next(frame.Length / 2, frame.Length + 1)];
                    break;
                default:
                    frame = [.. frame, .. new byte[random.Next(40)]];
                    break;
            }

            if (frame.Length == 0)
            {
                return frame;
            }
        }

        if (frame.Length >= 34 && random.Next(10) != 0 && frame[12] == 8 && frame[13] == 0)
        {
            int header = Math.Clamp((frame[14] & 15) * 4, 20, frame.Length - 14);
            Ipv4Writer.WriteChecksum(frame.AsSpan(14, header));
            if (frame[23] == 1 && frame.Length >= 14 + header + 8 && random.Next(10) != 0)
            {
                Span<byte> message = frame.AsSpan(14 + header);
                Icmpv4Writer.Write(message, (Icmpv4Type)message[0], message[1], System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(message[4..]), message[8..].ToArray());
            }
        }

        return frame;
    }
}

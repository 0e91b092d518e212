using System.Buffers.Binary;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Sim.Tests;

/// <summary>One link with a clock, frames numbered in their first eight octets, and what arrived.</summary>
internal sealed class LinkRig
{
    private int _next;

    public LinkRig(string settings, ulong seed = 1, bool isEthernet = true)
    {
        Link = new Link("test", LinkSettings.Parse(settings), new SeededRandom(seed), Pool, isEthernet);
    }

    public PacketPool Pool { get; } = new();

    public Link Link { get; }

    public Instant Now { get; private set; }

    public List<(int Frame, Instant Time)> Arrived { get; } = [];

    public List<byte[]> Bytes { get; } = [];

    public static Instant At(double milliseconds) => Instant.Zero + TimeSpan.FromMilliseconds(milliseconds);

    /// <summary>Sends a frame that carries its own number.</summary>
    public void Send(int length = 100)
    {
        byte[] frame = new byte[length];
        BinaryPrimitives.WriteInt32BigEndian(frame, _next++);
        Send(frame);
    }

    public void Send(byte[] frame)
    {
        PacketBuffer buffer = Pool.Rent(frame.Length);
        frame.CopyTo(buffer.Span);
        Link.Send(Now, buffer);
    }

    public void SendMany(int count, int length = 100)
    {
        for (int i = 0; i < count; i++)
        {
            Send(length);
        }
    }

    /// <summary>Sends frames one by one over a link without delay, each taken before the next is sent.</summary>
    public void SendAndTake(int count, int length = 64)
    {
        for (int i = 0; i < count; i++)
        {
            Send(length);
            RunTo(Now);
        }
    }

    /// <summary>Runs until a time, that time included.</summary>
    public void RunTo(Instant time)
    {
        while (Link.NextDeadline <= time)
        {
            Now = Instant.Later(Now, Link.NextDeadline);
            while (Link.TryTake(Now, out PacketBuffer? frame))
            {
                Arrived.Add((BinaryPrimitives.ReadInt32BigEndian(frame.Span), Now));
                Bytes.Add(frame.Span.ToArray());
                frame.Release();
            }
        }

        Now = Instant.Later(Now, time);
    }

    public void RunOut() => RunTo(new Instant(long.MaxValue - 1));

    public IEnumerable<int> Order => Arrived.Select(a => a.Frame);

    public static byte[] Tcp(TcpFlags flags, ushort sourcePort = 1000, ushort destinationPort = 80, int payload = 0, byte tos = 0, string from = "10.0.0.1", string to = "10.0.0.2")
    {
        IpAddress a = IpAddress.Parse(from), b = IpAddress.Parse(to);
        int ip = a.IsV6 ? 40 : 20;
        byte[] frame = new byte[14 + ip + 20 + payload];
        EthernetWriter.Write(frame, new MacAddress(2), new MacAddress(1), a.IsV6 ? EtherType.Ipv6 : EtherType.Ipv4);
        if (a.IsV6)
        {
            Ipv6Writer.Write(frame.AsSpan(14), a, b, IpProtocol.Tcp, 20 + payload, trafficClass: tos);
        }
        else
        {
            Ipv4Writer.Write(frame.AsSpan(14), a, b, IpProtocol.Tcp, 20 + payload, typeOfService: tos);
        }

        Span<byte> segment = frame.AsSpan(14 + ip);
        TcpWriter.WriteHeader(segment, sourcePort, destinationPort, new SeqNum(1), new SeqNum(2), flags, 100, 0, default, TcpOptionLayout.Linux);
        TcpWriter.WriteChecksum(segment, a, b);
        return frame;
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>IPv6 out: header, filter, and fragments made by the source (RFC 8200).</content>
internal sealed partial class IpOutput
{
    /// <summary>Every IPv6 link carries packets of this size (RFC 8200 §5), octets.</summary>
    internal const int MinIpv6Mtu = 1280;

    private readonly ulong _flowSecret = SplitMix.Mix(host.Settings.Seed ^ 0x464C_4F57);

    private ulong _fragmentRandom = host.Settings.Seed ^ 0x4636_4944;

    private SendResult SendV6(Instant now, PacketBuffer buffer, in IpSendInfo info, ref RouteCache cache)
    {
        int payload = buffer.Length;
        bool isTooLong = payload + Ipv6View.HeaderLength > cache.Mtu;
        if (payload > ushort.MaxValue || (isTooLong && info.DontFragment))
        {
            return Refuse(buffer, DropReason.PacketTooBig, SendResult.TooBig);
        }

        byte hops = info.TimeToLive != 0 ? info.TimeToLive : info.Destination.IsMulticast ? MulticastTtl : _settings.DefaultTtl;
        uint flowLabel = info.FlowLabel != 0 ? info.FlowLabel : FlowLabelOf(info, buffer.Span);
        Ipv6Writer.Write(buffer.Prepend(Ipv6View.HeaderLength), info.Source, info.Destination, info.Protocol, payload, hops, info.TrafficClass, flowLabel);
        if (_host.Filter6.IsLoaded)
        {
            FilterPacket seen = new()
            {
                Source = info.Source, Destination = info.Destination, Protocol = info.Protocol, Length = buffer.Length, Out = cache.Via,
                Packet = buffer.Span, Transport = buffer.Span[Ipv6View.HeaderLength..],
            };
            FilterVerdict verdict = _host.Filter6.Evaluate(_host.Filter6.Output, now, seen, out RejectWith with);
            if (verdict != FilterVerdict.Accept)
            {
                _counters.Tap?.AddOutbound(now, DropReason.FilterOutput, buffer.Span, buffer.Cause); // before what says so
                if (verdict == FilterVerdict.Reject)
                {
                    _host.Rejects.RejectV6(now, with, buffer.Span, seen.Transport, on: null, isGroup: info.Destination.IsMulticast);
                }

                return Refuse(buffer, DropReason.FilterOutput, SendResult.Filtered);
            }
        }

        if (cache.LoopsBack)
        {
            LoopBack(now, buffer, cache.Via!);
        }

        return isTooLong ? SendFragmentsV6(now, buffer, ref cache) : Transmit(now, buffer, EtherType.Ipv6, ref cache);
    }

    /// <summary>A label that is the same for all packets of a flow and tells nothing about it: a keyed hash of addresses, protocol and ports (RFC 6437 §3, as Linux's auto_flowlabels).</summary>
    private uint FlowLabelOf(in IpSendInfo info, ReadOnlySpan<byte> transport)
    {
        uint ports = info.Protocol is IpProtocol.Tcp or IpProtocol.Udp && transport.Length >= 4 ? System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(transport) : 0;
        if (ports == 0)
        {
            return 0; // what has no ports is no flow
        }

        ulong hash = SplitMix.Mix(_flowSecret ^ info.Source.Low) + info.Destination.Low;
        hash = SplitMix.Mix(hash ^ info.Destination.High) + ((ulong)ports << 8 | info.Protocol);
        return Math.Max(1, (uint)(SplitMix.Mix(hash ^ info.Source.High) & 0xF_FFFF));
    }

    /// <summary>Cuts a packet that has no extension headers of its own (RFC 8200 §4.5).</summary>
    private SendResult SendFragmentsV6(Instant now, PacketBuffer buffer, ref RouteCache cache)
    {
        const int Unfragmentable = Ipv6View.HeaderLength;
        ReadOnlySpan<byte> packet = buffer.Span;
        ReadOnlySpan<byte> payload = packet[Unfragmentable..];
        byte protocol = packet[6];
        _fragmentRandom = SplitMix.Next(_fragmentRandom, out ulong drawn); // unpredictable (RFC 7739)
        uint id = (uint)drawn;
        SendResult worst = SendResult.Sent;
        for (int at = 0; at < payload.Length;)
        {
            int room = cache.Mtu - Unfragmentable - Ipv6Fragment.HeaderLength;
            bool isLast = payload.Length - at <= room;
            int count = isLast ? payload.Length - at : room & ~7;
            PacketBuffer fragment = _host.Packets.Rent(Unfragmentable + Ipv6Fragment.HeaderLength + count);
            fragment.Cause = buffer.Cause;
            Span<byte> bytes = fragment.Span;
            packet[..Unfragmentable].CopyTo(bytes);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], (ushort)(Ipv6Fragment.HeaderLength + count));
            bytes[6] = IpProtocol.Fragment;
            new Ipv6Fragment(protocol, at, !isLast, id).Write(bytes[Unfragmentable..]);
            payload.Slice(at, count).CopyTo(bytes[(Unfragmentable + Ipv6Fragment.HeaderLength)..]);
            _counters.FragmentsSent++;
            SendResult result = Transmit(now, fragment, EtherType.Ipv6, ref cache);
            worst = result != SendResult.Sent ? result : worst;
            at += count;
        }

        buffer.Release();
        return worst;
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What the packet filter's REJECT sends.</summary>
internal sealed class Rejects(Host host)
{
    private RouteCache _way;

    /// <summary>Tells the source of an IPv4 packet that the filter refused it.</summary>
    public void RejectV4(Instant now, RejectWith with, ReadOnlySpan<byte> packet, Interface? on, bool isBroadcast)
    {
        if (with == RejectWith.TcpReset)
        {
            if (!isBroadcast && Ipv4View.TryParse(packet, out Ipv4View ip) == WireError.None && !ip.IsFragment)
            {
                Reset(now, ip.Source, ip.Destination, ip.Payload, isChecksumTrusted: on is null || on.OffloadsChecksum);
            }

            return;
        }

        byte code = with switch
        {
            RejectWith.NetUnreachable => Icmpv4Code.NetUnreachable,
            RejectWith.HostUnreachable => Icmpv4Code.HostUnreachable,
            RejectWith.ProtocolUnreachable => Icmpv4Code.ProtocolUnreachable,
            RejectWith.NetProhibited => Icmpv4Code.NetProhibited,
            RejectWith.HostProhibited => Icmpv4Code.HostProhibited,
            RejectWith.AdminProhibited => Icmpv4Code.CommunicationProhibited,
            _ => Icmpv4Code.PortUnreachable,
        };
        host.Icmp.SendError(now, Icmpv4Type.DestinationUnreachable, code, 0, packet, on, isBroadcast);
    }

    /// <summary>Tells the source of an IPv6 packet that the filter refused it.</summary>
    public void RejectV6(Instant now, RejectWith with, ReadOnlySpan<byte> packet, ReadOnlySpan<byte> transport, Interface? on, bool isGroup)
    {
        if (with == RejectWith.TcpReset)
        {
            if (!isGroup && Ipv6View.TryParse(packet, out Ipv6View ip) == WireError.None)
            {
                Reset(now, ip.Source, ip.Destination, transport, isChecksumTrusted: on is null || on.OffloadsChecksum);
            }

            return;
        }

        byte code = with switch
        {
            RejectWith.NetUnreachable or RejectWith.NetProhibited => Icmpv6Code.NoRoute,
            RejectWith.HostUnreachable or RejectWith.HostProhibited => Icmpv6Code.AddressUnreachable,
            RejectWith.AdminProhibited => Icmpv6Code.Prohibited,
            _ => Icmpv6Code.PortUnreachable,
        };
        host.Icmpv6.SendError(now, Icmpv6Type.DestinationUnreachable, code, 0, packet, on, isGroup);
    }

    /// <summary>A reset as the peer itself would send it for a connection that it does not know (RFC 9293 §3.5.2).</summary>
    private void Reset(Instant now, IpAddress from, IpAddress to, ReadOnlySpan<byte> segment, bool isChecksumTrusted)
    {
        if (TcpView.TryParse(segment, out TcpView tcp) != WireError.None || tcp.Has(TcpFlags.Rst) || (!isChecksumTrusted && !tcp.HasValidChecksum(from, to)))
        {
            return;
        }

        bool hasAck = tcp.Has(TcpFlags.Ack);
        int length = tcp.Payload.Length + (tcp.Has(TcpFlags.Syn) ? 1 : 0) + (tcp.Has(TcpFlags.Fin) ? 1 : 0);
        PacketBuffer buffer = host.Output.Begin(TcpView.MinHeaderLength);
        TcpWriter.WriteHeader(buffer.Span, tcp.DestinationPort, tcp.SourcePort, hasAck ? tcp.Ack : default, hasAck ? default : tcp.Seq + length,
            hasAck ? TcpFlags.Rst : TcpFlags.Rst | TcpFlags.Ack, 0, 0, default, TcpOptionLayout.Linux);
        TcpWriter.WriteChecksum(buffer.Span, to, from);
        IpSendInfo info = new() { Source = to, Destination = from, Protocol = IpProtocol.Tcp, DontFragment = true };
        host.Output.Send(now, buffer, info, ref _way);
    }
}

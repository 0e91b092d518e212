using System.Globalization;
using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <content>Packets without TCP: UDP, ping, ICMP errors.</content>
internal sealed partial class WhyTeller
{
    private string TellOther(int number, string who, Cause cause, out WhyNext next)
    {
        string what = run.Headers(number).Label;
        int machine = run.Packet(number).From;
        next = NextOf(number, cause);
        if (TryReadNeighbor(number, out IpAddress target, out bool asks, out bool isGroup, out bool isProbe))
        {
            return TellNeighbor(number, who, cause, target, (asks, isGroup, isProbe), ref next);
        }

        switch (cause.Kind)
        {
            case CauseKind.Call or CauseKind.WindowOpened:
                return what.StartsWith("ICMP", StringComparison.Ordinal) && what.Contains("unreachable", StringComparison.Ordinal)
                    ? NoNeighbor(who, what) : $"{who} sends {what}";
            case CauseKind.Packet or CauseKind.NetworkError:
                return TellMessage(number, who, what, run.TryGetDrop(machine, cause.Subject, out LabDrop drop) ? drop : default);
            case CauseKind.NeighborTimer:
                next = new WhyNext(0, $"{who}'s neighbour table waited long enough");
                return $"{who} sends {what}";
            case CauseKind.None:
                next = new WhyNext(0, "");
                return $"{who} sends {what}, and no cause was recorded";
            default:
                // About a packet of its own that a timer had sent: the message is for itself.
                next = new WhyNext(0, $"{who} could not send: no neighbour answers");
                return NoNeighbor(who, what);
        }
    }

    private static string NoNeighbor(string who, string what) => $"{who} tells itself that nobody answered for the next hop of its packet ({(what.StartsWith("ICMPv6", StringComparison.Ordinal) ? "RFC 4861 §7.2.2" : "RFC 792, host unreachable; RFC 1122 §2.3.2.2")})";

    /// <summary>Neighbour discovery: who asks for a link address and why, and who answers.</summary>
    private string TellNeighbor(int number, string who, Cause cause, IpAddress target, (bool Asks, bool IsGroup, bool IsProbe) what, ref WhyNext next)
    {
        bool isRepeated = cause.Kind == CauseKind.NeighborTimer && FirstSolicitation(number) > 0;
        if (cause.Kind == CauseKind.NeighborTimer)
        {
            next = isRepeated ? new WhyNext(FirstSolicitation(number), "")
                : new WhyNext(0, $"the entry of {target} in {who}'s neighbour table had been used and nothing had confirmed it for 5 s (DELAY, then PROBE)");
        }
        else if (next is { Packet: 0, Text.Length: 0 } && cause.Kind is not (CauseKind.None or CauseKind.Packet))
        {
            next = new WhyNext(0, $"a timer of a connection of {who} had something to send");
        }

        return what switch
        {
            { Asks: true, IsProbe: true } => $"{who} asks whether anybody has the address {target} already, before it uses it (RFC 4862 §5.4)",
            { Asks: true } when isRepeated => $"{who} asks again for the link address of {target}: no answer came within a second (RFC 4861 §7.2.2)",
            { Asks: true, IsGroup: false } => $"{who} asks its neighbour {target} alone whether it is still there (RFC 4861 §7.3.3)",
            { Asks: true } => $"{who} has a packet whose next hop is {target}, and no link address for it: it asks those who may have it, and the packet waits (RFC 4861 §7.2.2)",
            { IsGroup: true } => $"{who} announces its own address {target} (RFC 4861 §7.2.6)",
            _ => $"{who} answers: the address that was asked for, {target}, is its own (RFC 4861 §7.2.4)",
        };
    }

    /// <summary>The solicitation for the same address that a timer did not send, the newest before another; 0 if there is none, or the other goes to its neighbour alone.</summary>
    private int FirstSolicitation(int number)
    {
        if (!TryReadNeighbor(number, out IpAddress target, out bool asks, out bool isGroup, out _) || !asks || !isGroup)
        {
            return 0;
        }

        for (int i = number - 1; i >= 1; i--)
        {
            if (run.Packet(i).From == run.Packet(number).From && run.Cause(i).Kind != CauseKind.NeighborTimer && TryReadNeighbor(i, out IpAddress other, out bool asked, out _, out _) && asked && other == target)
            {
                return i;
            }
        }

        return 0;
    }

    private bool TryReadNeighbor(int number, out IpAddress target, out bool asks, out bool isGroup, out bool isProbe)
    {
        (target, asks, isGroup, isProbe) = (default, false, false, false);
        if (EthernetView.TryParse(run.Packet(number).Octets, out EthernetView ethernet) != WireError.None || ethernet.EtherType != EtherType.Ipv6 || Ipv6View.TryParse(ethernet.Payload, out Ipv6View ip) != WireError.None
            || ip.NextHeader != IpProtocol.Icmpv6 || NeighborDiscoveryView.TryParse(ip.Payload, out NeighborDiscoveryView nd) != WireError.None
            || nd.Type is not (Icmpv6Type.NeighborSolicitation or Icmpv6Type.NeighborAdvertisement))
        {
            return false;
        }

        (target, asks, isGroup, isProbe) = (nd.Target, nd.Type == Icmpv6Type.NeighborSolicitation, ip.Destination.IsMulticast, ip.Source.IsUnspecified);
        return true;
    }

    private string TellMessage(int number, string who, string what, in LabDrop drop)
    {
        if (drop.Rule is { Length: > 0 } rule)
        {
            return $"{who}'s packet filter refused the packet and says so: {rule}";
        }

        return run.IsV6(number) ? TellMessageV6(who, what, drop) : drop.Drop.Reason switch
        {
            DropReason.UdpNoPort => $"{who} tells that no socket has the port: {what} (RFC 1122 §4.1.3.1)",
            DropReason.TimeToLiveExpired => $"{who} threw the packet away, its time to live was over, and tells the sender: {what} (RFC 1812 §5.3.1)",
            DropReason.PacketTooBig => $"{who} threw the packet away: it is larger than the next link takes, and DF forbids to cut it: {what} (RFC 1191 §4)",
            DropReason.RouteRefuses => $"{who} has a route to the destination that lets nothing pass (ip route: unreachable or prohibit) and tells the sender: {what}",
            DropReason.NoRoute => $"{who} has no route to the destination and tells the sender: {what} (RFC 1812 §5.2.7.1)",
            DropReason.NeighborUnreachable => $"{who} got no answer to its ARP requests for the destination and tells the sender: {what} (RFC 1812 §5.2.7.1)",
            _ when what.Contains("echo reply", StringComparison.Ordinal) => $"{who} answers an echo request (RFC 1122 §3.2.2.6)",
            _ => $"{who} answers with {what}",
        };
    }

    private static string TellMessageV6(string who, string what, in LabDrop drop) => drop.Drop.Reason switch
    {
        DropReason.UdpNoPort => $"{who} tells that no socket has the port: {what} (RFC 4443 §3.1, code 4)",
        DropReason.TimeToLiveExpired => $"{who} threw the packet away, its hop limit was over, and tells the sender: {what} (RFC 4443 §3.3)",
        DropReason.PacketTooBig => $"{who} threw the packet away: it is larger than the next link takes, and no router cuts packets of IPv6 (RFC 8200 §4.5): {what} (RFC 4443 §3.2)",
        DropReason.RouteRefuses => $"{who} has a route to the destination that lets nothing pass (ip route: unreachable or prohibit) and tells the sender: {what} (RFC 4443 §3.1)",
        DropReason.NoRoute => $"{who} has no route to the destination and tells the sender: {what} (RFC 4443 §3.1, code 0)",
        DropReason.NeighborUnreachable => $"{who} got no answer to its solicitations of the destination and tells the sender: {what} (RFC 4861 §7.2.2, RFC 4443 §3.1, code 3)",
        _ when what.Contains("echo reply", StringComparison.Ordinal) => $"{who} answers an echo request (RFC 4443 §4.2)",
        _ => $"{who} answers with {what}",
    };
}

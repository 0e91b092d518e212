using System.Globalization;
using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <content>Packets without TCP: UDP, ping, ICMP errors.</content>
internal sealed partial class WhyTeller
{
    private string TellOther(int number, string who, Cause cause, out WhyNext next)
    {
        string what = run.Headers(number).Label;
        int machine = run.Packet(number).From;
        next = NextOf(number, cause);
        switch (cause.Kind)
        {
            case CauseKind.Call or CauseKind.WindowOpened:
                return what.StartsWith("ICMP", StringComparison.Ordinal) && what.Contains("unreachable", StringComparison.Ordinal)
                    ? $"{who} tells itself that nobody answered for the next hop of its packet (RFC 1122 §3.3.1.6, §2.3.2.2)" : $"{who} sends {what}";
            case CauseKind.Packet or CauseKind.NetworkError:
                return TellMessage(number, who, what, run.TryGetDrop(machine, cause.Subject, out LabDrop drop) ? drop : default);
            case CauseKind.NeighborTimer:
                next = new WhyNext(0, $"{who}'s neighbour table waited long enough");
                return $"{who} sends {what}";
            case CauseKind.None:
                next = default;
                return $"{who} sends {what}, and no cause was recorded";
            default:
                // About a packet of its own that a timer had sent: the message is for itself.
                next = new WhyNext(0, $"{who} could not send: no neighbour answers");
                return $"{who} tells itself that nobody answered for the next hop of its packet (RFC 1122 §3.3.1.6)";
        }
    }

    private static string TellMessage(int number, string who, string what, in LabDrop drop)
    {
        _ = number;
        if (drop.Rule is { Length: > 0 } rule)
        {
            return $"{who}'s packet filter refused the packet and says so: {rule}";
        }

        return drop.Drop.Reason switch
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
}

using System.Globalization;
using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Why ARP was spoken: who asked for a link address, for which packet, and who answered. Ladder does not count these frames; they are named as a host's capture has them.</summary>
internal sealed class WhyNeighbors(WhyRun run, WhyTeller teller)
{
    private const int MostLinks = 24;

    /// <summary>The chain of causes of an ARP frame.</summary>
    /// <param name="machine">Index of the machine.</param>
    /// <param name="captured">The frame's number in that machine's capture, from 1.</param>
    /// <returns>Null if the capture has no such frame, or that is no ARP.</returns>
    public IReadOnlyList<string>? Tell(int machine, int captured)
    {
        LabFrame[] ethernet = [.. Captured(machine)];
        if (captured < 1 || captured > ethernet.Length || !TryRead(ethernet[captured - 1].Frame.Bytes, out _, out _))
        {
            return null;
        }

        var lines = new List<string>();
        var seen = new HashSet<(int, ulong)>();
        string lead = "";
        (int Machine, CapturedFrame Frame)? at = (machine, ethernet[captured - 1].Frame);
        while (at is { } link && seen.Count < MostLinks)
        {
            if (link.Frame.Direction == CaptureDirection.Inbound && Sender(link.Frame) is { } sender)
            {
                link = sender;
            }

            if (!seen.Add((link.Machine, link.Frame.Number)))
            {
                break;
            }

            at = Add(lines, lead, link.Machine, link.Frame);
            lead = "because of ";
        }

        return lines;
    }

    /// <summary>Frames as a host's capture numbers them: those of its cables.</summary>
    private IEnumerable<LabFrame> Captured(int machine) => run.Machines[machine].Frames.Where(frame => frame.On.Kind == InterfaceKind.Ethernet).OrderBy(frame => frame.Frame.Number);

    /// <summary>Tells of one frame, and gives the frame that led to it where that is ARP too.</summary>
    private (int, CapturedFrame)? Add(List<string> lines, string lead, int machine, in CapturedFrame frame)
    {
        TryRead(frame.Bytes, out bool isRequest, out (IpAddress Sender, IpAddress Target, MacAddress Mac, bool IsGroup) arp);
        ulong number = frame.Number;
        int place = Captured(machine).TakeWhile(each => each.Frame.Number <= number).Count();
        string who = run.Name(machine);
        string what = isRequest ? $"who has {arp.Target}? tell {arp.Sender}" : $"{arp.Sender} is at {arp.Mac}";
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"{lead}frame {place} of {who}'s capture, sent by {who} to {(arp.IsGroup ? "all" : "one")} at {WhyNumbers.At(frame.Time.SinceStart)}: ARP, {what}"));
        lines.Add("  " + Reason(who, isRequest, arp.Sender == arp.Target, arp.IsGroup, arp.Target, frame.Cause));
        Cause cause = frame.Cause;
        switch (cause.Kind)
        {
            case CauseKind.Call or CauseKind.WindowOpened when teller.TellCall(machine, cause.Subject) is { Length: > 0 } call:
                lines.Add("because " + call);
                return null;
            case CauseKind.Packet or CauseKind.NetworkError when run.NumberOf(machine, cause.Subject) is > 0 and int packet:
                IReadOnlyList<string> chain = teller.Chain(packet);
                lines.AddRange(chain.Select((line, i) => i == 0 ? "because of " + line : line));
                return null;
            case CauseKind.Packet:
                CapturedFrame by = run.Machines[machine].Frames.FirstOrDefault(each => each.Frame.Number == cause.Subject).Frame;
                return by.Bytes is null ? null : (machine, by);
            case CauseKind.NeighborTimer when arp.IsGroup && First(machine, frame, arp.Target) is { } first:
                return (machine, first);
            case CauseKind.NeighborTimer:
                lines.Add($"because the entry of {arp.Target} in {who}'s neighbour table had been used and nothing had confirmed it for 5 s (DELAY, then PROBE: RFC 4861 §7.3.3, which Linux follows for ARP too)");
                return null;
            case CauseKind.None:
                lines.Add("because of something that was not recorded");
                return null;
            default:
                lines.Add($"because a timer of a connection of {who} had something to send");
                return null;
        }
    }

    private static string Reason(string who, bool isRequest, bool isAnnouncement, bool isGroup, IpAddress target, in Cause cause) =>
        isAnnouncement ? $"{who} announces its own address, so that others forget what they knew (RFC 5227 §3)"
        : !isRequest ? $"{who} answers: the address that was asked for is its own (RFC 826)"
        : !isGroup ? $"{who} asks its neighbour {target} alone whether it is still there (RFC 1122 §2.3.2.1: unicast poll)"
        : cause.Kind == CauseKind.NeighborTimer ? $"{who} asks again for the link address of {target}: no answer came within a second (RFC 1122 §2.3.2.1: at most one request a second)"
        : $"{who} has a packet whose next hop is {target}, and no link address for it: it asks all, and the packet waits (RFC 826, RFC 1122 §2.3.2.2)";

    /// <summary>The machine that sent a frame that came in, and the frame as it left; null if nobody is known to have.</summary>
    private (int Machine, CapturedFrame Frame)? Sender(in CapturedFrame seen)
    {
        (int, CapturedFrame)? newest = null;
        Instant latest = Instant.Zero;
        for (int i = 0; i < run.Machines.Count; i++)
        {
            foreach (LabFrame each in run.Machines[i].Frames)
            {
                if (each.Frame.Direction == CaptureDirection.Outbound && each.Frame.Time >= latest && each.Frame.Time <= seen.Time && each.Frame.Bytes.AsSpan().SequenceEqual(seen.Bytes))
                {
                    (newest, latest) = ((i, each.Frame), each.Frame.Time);
                }
            }
        }

        return newest;
    }

    /// <summary>The request of a machine for the same address that a timer did not send, the newest before another; null without one.</summary>
    private CapturedFrame? First(int machine, in CapturedFrame frame, IpAddress target)
    {
        ulong before = frame.Number;
        LabFrame found = run.Machines[machine].Frames.LastOrDefault(each => each.Frame.Number < before && each.Frame.Direction == CaptureDirection.Outbound && each.Frame.Cause.Kind != CauseKind.NeighborTimer
            && TryRead(each.Frame.Bytes, out bool isRequest, out (IpAddress Sender, IpAddress Target, MacAddress Mac, bool IsGroup) arp) && isRequest && arp.Target == target);
        return found.Frame.Bytes is null ? null : found.Frame;
    }

    private static bool TryRead(ReadOnlySpan<byte> octets, out bool isRequest, out (IpAddress Sender, IpAddress Target, MacAddress Mac, bool IsGroup) arp)
    {
        (isRequest, arp) = (false, default);
        if (EthernetView.TryParse(octets, out EthernetView ethernet) != WireError.None || ethernet.EtherType != EtherType.Arp || ArpView.TryParse(ethernet.Payload, out ArpView view) != WireError.None)
        {
            return false;
        }

        isRequest = view.Operation == ArpOperation.Request;
        arp = (view.SenderIp, view.TargetIp, view.SenderMac, ethernet.Destination.IsMulticast);
        return true;
    }
}

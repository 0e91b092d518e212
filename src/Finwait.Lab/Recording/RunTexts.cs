using Finwait.Inspect;
using Finwait.Sim;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>Turns what the stack records into the words of drawings.</summary>
internal static class RunTexts
{
    public static RunEnd End(SocketAddress end) => new(end.Address.ToString(), end.Port);

    /// <param name="host">Index of the machine.</param>
    /// <param name="taken">The change.</param>
    /// <param name="call">Name of the call that led to it; empty for none.</param>
    public static RunChange Change(int host, in ConnectionChange taken, string call)
    {
        StateChange change = taken.Change;
        ulong frame = change.Cause.Kind is CauseKind.Packet or CauseKind.NetworkError ? change.Cause.Subject : 0;
        return new RunChange(change.Time.SinceStart, host, End(taken.Local), taken.Peer.Port == 0 ? null : End(taken.Peer), State(change.From), State(change.To), Trigger(change, call), frame) { Order = change.Order, Socket = change.Connection };
    }

    /// <summary>Why a host did not take, or pass on, what it had received; null for reasons that are an answer and no loss.</summary>
    public static string? Why(DropReason reason) => reason switch
    {
        DropReason.FilterInput => "iptables INPUT",
        DropReason.FilterForward => "iptables FORWARD",
        DropReason.FilterOutput => "iptables OUTPUT",
        DropReason.InterfaceDown => "interface down",
        DropReason.FrameTruncated or DropReason.IpBadHeader or DropReason.IpBadTotalLength or DropReason.IpBadVersion or DropReason.TcpMalformed or DropReason.UdpMalformed => "damaged",
        DropReason.IpBadChecksum or DropReason.TcpBadChecksum or DropReason.UdpBadChecksum or DropReason.IcmpBadChecksum => "bad checksum",
        DropReason.IpBadSource or DropReason.IpBadDestination or DropReason.TcpBadSource or DropReason.TcpBroadcast => "bad address",
        DropReason.IpNotForUs => "not its address",
        DropReason.TimeToLiveExpired => "time to live over",
        DropReason.NoRoute => "no route",
        DropReason.RouteRefuses => "a route that refuses",
        DropReason.PacketTooBig => "too big for the link",
        DropReason.NeighborQueueFull or DropReason.NeighborUnreachable => "no answer to ARP",
        DropReason.TcpBacklogFull => "accept queue full",
        DropReason.TcpRequestQueueFull => "SYN queue full",
        DropReason.UdpQueueFull => "receive buffer full",
        _ => null,
    };

    /// <summary>The same in the words of a family.</summary>
    public static string? Why(DropReason reason, bool v6) => !v6 ? Why(reason) : reason switch
    {
        DropReason.TimeToLiveExpired => "hop limit over",
        DropReason.NeighborQueueFull or DropReason.NeighborUnreachable => "no answer to solicitations",
        _ => Why(reason),
    };

    /// <summary>Why a host did not take a frame that a link has damaged, beyond what <see cref="Why(DropReason)"/> has: what is no loss of a whole frame is one of these.</summary>
    public static string? WhyDamaged(DropReason reason) => reason switch
    {
        DropReason.NotOurMac => "damaged, not its MAC address",
        DropReason.UnknownEtherType => "damaged, unknown EtherType",
        DropReason.ArpMalformed or DropReason.ArpBadSender or DropReason.ArpNotForUs => "damaged, no ARP",
        _ => null,
    };

    /// <summary>"iptables -A INPUT -p tcp … -j DROP" of a rule that refused a packet, or the chain's policy; empty without one.</summary>
    public static string Rule(FilterRefusal? refusal)
    {
        if (refusal is null)
        {
            return "";
        }

        string command = refusal.IsV6 ? "ip6tables" : "iptables";
        if (refusal.Rule is not { } rule)
        {
            return $"{command} -P {refusal.Hook} DROP";
        }

        var text = new System.Text.StringBuilder(command).Append(' ');
        IptablesRuleText.Append(text, refusal.Chain, rule, v6: refusal.IsV6, withCounters: false);
        return text.ToString();
    }

    public static string Why(LinkOutcome outcome) => outcome switch
    {
        LinkOutcome.LostByLimit => "queue full",
        LinkOutcome.LostByRule => "fault rule",
        LinkOutcome.LostByCut => "link cut",
        _ => "lost",
    };

    /// <summary>What a link does to frames, as tc says it.</summary>
    public static string Settings(LinkSettings settings)
    {
        var text = new System.Text.StringBuilder();
        NetemText.Append(text, settings);
        return text.ToString().TrimEnd();
    }

    /// <summary>"link romeo–router" of "romeo:eth1>router:eth1".</summary>
    public static string LinkName(string name)
    {
        string[] ends = name.Split('>');
        return ends.Length == 2 ? $"link {ends[0].Split(':')[0]}–{ends[1].Split(':')[0]}" : name;
    }

    public static RunState State(TcpState state) => state switch
    {
        TcpState.Closed => RunState.Closed,
        TcpState.Listen => RunState.Listen,
        TcpState.SynSent => RunState.SynSent,
        TcpState.SynReceived => RunState.SynReceived,
        TcpState.Established => RunState.Established,
        TcpState.FinWait1 => RunState.FinWait1,
        TcpState.FinWait2 => RunState.FinWait2,
        TcpState.CloseWait => RunState.CloseWait,
        TcpState.Closing => RunState.Closing,
        TcpState.LastAck => RunState.LastAck,
        _ => RunState.TimeWait,
    };

    private static RunTrigger Trigger(in StateChange change, string call) => change.Input switch
    {
        TcpInput.PassiveOpen => RunTrigger.PassiveOpen,
        TcpInput.ActiveOpen => RunTrigger.ActiveOpen,
        TcpInput.Close => call == "shutdown" ? RunTrigger.Shutdown : RunTrigger.Close,
        TcpInput.RcvSyn => RunTrigger.ReceivedSyn,
        TcpInput.RcvSynAck => RunTrigger.ReceivedSynAck,
        TcpInput.RcvAckOfSyn => RunTrigger.ReceivedAckOfSyn,
        TcpInput.RcvFin or TcpInput.RcvFinAck => RunTrigger.ReceivedFin,
        TcpInput.RcvAckOfFin => RunTrigger.ReceivedAckOfFin,
        TcpInput.RcvRst => RunTrigger.ReceivedReset,
        TcpInput.TimeWaitTimeout => RunTrigger.TimeWaitOver,
        _ => change.Cause.Kind switch
        {
            CauseKind.Call => RunTrigger.Abort,
            CauseKind.NetworkError => RunTrigger.ReceivedError,
            CauseKind.Packet => change.Cause.Rule == Tcp.Rule.Reset ? RunTrigger.ReceivedReset : RunTrigger.Abort,
            _ => RunTrigger.GaveUp,
        },
    };
}

using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>The timers that run: which, why, when they go off, and how their time was computed.</summary>
internal static class WhyTimers
{
    private static readonly TimeSpan s_linuxTimeWait = TimeSpan.FromSeconds(60);

    /// <summary>All timers of the connections of some machines.</summary>
    /// <param name="run">The run.</param>
    /// <param name="machine">Index of the machine; −1 for all.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<string> Tell(WhyRun run, int machine, Instant now)
    {
        var lines = new List<string>();
        for (int i = 0; i < run.Machines.Count; i++)
        {
            if (machine >= 0 && machine != i)
            {
                continue;
            }

            Host host = run.Machines[i].Stack;
            foreach ((SocketAddress local, SocketAddress peer) in host.ConnectionTap!.Connections)
            {
                string[] timers = host.ConnectionTap.TryGetValues(local, peer, now, out TcpStepValues values) ? [.. Of(run, i, local, peer, values, now)] : [];
                Add(lines, run.Name(i), local, peer, values.State, timers);
            }

            foreach (SocketRow row in host.Sockets.Snapshot(now).Where(row => row is { IsTimeWait: true, Timer: TcpTimerKind.TimeWait }))
            {
                Add(lines, run.Name(i), row.Local, row.Peer, row.State, [TimeWait(row.State, row.TimerExpires, run.Since(i, row.Local, row.Peer), host.Settings.Tcp, now)]);
            }
        }

        return lines.Count > 0 ? lines : ["no timer of a connection runs" + (machine >= 0 ? " on " + run.Name(machine) : "")];
    }

    private static void Add(List<string> lines, string name, SocketAddress local, SocketAddress peer, TcpState state, string[] timers)
    {
        if (timers.Length > 0)
        {
            lines.Add($"{name}, {RunTexts.End(local)} to {RunTexts.End(peer)}, {WhyNumbers.State(state)}:");
            lines.AddRange(timers.Select(timer => "  " + timer));
        }
    }

    /// <summary>The timers of one connection.</summary>
    public static IEnumerable<string> Of(WhyRun run, int machine, SocketAddress local, SocketAddress peer, TcpStepValues values, Instant now)
    {
        TcpSettings settings = run.Machines[machine].Stack.Settings.Tcp;
        if (values.SendTimer != CauseKind.None)
        {
            yield return $"{Send(values, settings, run.ProbesOfTail(machine, local, peer, values))}{Due(values.SendTimerAt, now)}";
        }

        if (!values.DelayedAckAt.IsNever)
        {
            yield return $"delayed ACK: {WhyNumbers.Octets(values.Unacknowledged)} came and wait for text to ride on; the delay (ATO) is {WhyNumbers.Span(values.AckDelay)} (RFC 9293 §3.8.6.3){Due(values.DelayedAckAt, now)}";
        }

        if (!values.KeepAliveAt.IsNever)
        {
            string probes = values.Probes > 0 ? $", {WhyNumbers.Count(values.Probes, "probe")} not answered" : "";
            yield return string.Create(CultureInfo.InvariantCulture,
                $"keep-alive: SO_KEEPALIVE is on, last heard {WhyNumbers.Span(now - values.LastHeard)} ago{probes}; idle {WhyNumbers.Span(values.KeepAliveIdle)}, then every {WhyNumbers.Span(values.KeepAliveInterval)}, {values.KeepAliveProbes} times (RFC 9293 §3.8.4){Due(values.KeepAliveAt, now)}");
        }

        if (!values.TimeWaitAt.IsNever)
        {
            yield return TimeWait(values.State, values.TimeWaitAt, run.Since(machine, local, peer), settings, now);
        }
    }

    /// <summary>The timer of TIME-WAIT, or of FIN-WAIT-2 without a program.</summary>
    /// <param name="state">Which of the two.</param>
    /// <param name="at">When it goes off.</param>
    /// <param name="since">When the connection came to the state: what the timer of FIN-WAIT-2 was set to may have changed since, and is not asked for again.</param>
    /// <param name="settings">Of the host.</param>
    /// <param name="now">The time.</param>
    public static string TimeWait(TcpState state, Instant at, Instant since, TcpSettings settings, Instant now) => state == TcpState.FinWait2
        ? $"FIN-WAIT-2: no program holds it any more, and it waits for the peer's FIN until {WhyNumbers.Span(at - since)} after it came here (net.ipv4.tcp_fin_timeout, or TCP_LINGER2, as it was when the timer was set){Due(at, now)}"
        : $"TIME-WAIT: 2 MSL, {WhyNumbers.Span(settings.TimeWait)} on {(settings.TimeWait == s_linuxTimeWait ? "Linux" : "this machine")} (RFC 9293 §3.6.1 has 4 minutes){Due(at, now)}";

    private static string Due(Instant at, Instant now) => at < now ? $"; was due at {WhyNumbers.At(at.SinceStart)}: long timers go off late, in the slots of Linux's timer wheel" : $"; goes off at {WhyNumbers.At(at.SinceStart)}, in {WhyNumbers.Span(at - now)}, or in its slot of Linux's timer wheel a little later";

    private static string Send(in TcpStepValues values, TcpSettings settings, int probes)
    {
        string flight = $"{WhyNumbers.Segments(values.Unacked)} from SND.UNA {WhyNumbers.Own(values, values.SndUna)} on {WhyNumbers.Are(values.Unacked)} not acknowledged";
        switch (values.SendTimer)
        {
            case CauseKind.Persist:
                string pause = values.PersistBackoff > 0 ? $"RTO {WhyNumbers.Span(values.Rto)}, doubled {WhyNumbers.Times(values.PersistBackoff)}" : $"RTO {WhyNumbers.Span(values.Rto)}";
                if (values.Hold == SendHold.Cork)
                {
                    return $"cork: {WhyNumbers.Octets(values.Unsent)} wait for more, for the program said that more comes (TCP_CORK or MSG_MORE); the persist timer limits that to the RTO, {WhyNumbers.Span(values.Rto)}, on Linux at least 200 ms";
                }

                if (values.Hold != SendHold.PeerWindow)
                {
                    return $"override: {WhyNumbers.Octets(values.Unsent)} wait for a better window than SND.WND {values.SndWnd.ToString(CultureInfo.InvariantCulture)} (silly-window avoidance), and not for ever; {pause} (RFC 9293 §3.8.6.2.1)";
                }

                return $"persist: SND.WND is {values.SndWnd.ToString(CultureInfo.InvariantCulture)} and {WhyNumbers.Octets(values.Unsent)} wait; {pause} (RFC 9293 §3.8.6.1)";
            case CauseKind.TailLossProbe:
                return $"tail loss probe: {flight}; {WhyNumbers.Pto(values, settings.RtoMin)}";
            case CauseKind.ReorderingTimer:
                return $"reordering: {WhyNumbers.Segments(values.Sacked)} arrived before older ones; those count as lost when the time is over that reordering may take, SRTT {WhyNumbers.Span(values.Srtt)} (RFC 8985 §6.2)";
            default:
                string again = values.Retransmits > 0 ? $", sent again {WhyNumbers.Times(values.Retransmits)} by this timer" : "";
                again += probes == 0 ? "" : $"{(again.Length > 0 ? " and" : ", sent again")} {WhyNumbers.Times(probes)} as a tail loss probe";
                return $"retransmission: {flight}{again}; {WhyNumbers.Rto(values, settings)}";
        }
    }
}

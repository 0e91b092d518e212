using System.Globalization;
using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>Why nothing happens: programs that wait, text that waits in a connection, and what it waits for.</summary>
internal static class WhyNothing
{
    /// <param name="run">The run.</param>
    /// <param name="teller">Who tells of its packets.</param>
    /// <param name="machine">Index of the machine; −1 for all.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<string> Tell(WhyRun run, WhyTeller teller, int machine, Instant now)
    {
        var lines = new List<string>();
        for (int i = 0; i < run.Machines.Count; i++)
        {
            if (machine >= 0 && machine != i)
            {
                continue;
            }

            foreach (PythonProcess python in run.Machines[i].Processes.OfType<PythonProcess>().Where(python => python.WaitingIn is not null))
            {
                lines.Add($"{run.Name(i)}'s {python.Command} waits in {python.WaitingIn}{(python.CurrentLine is { Length: > 0 } line ? $", {line}" : "")}: {For(python.WaitingIn!)}");
            }

            Host host = run.Machines[i].Stack;
            foreach ((SocketAddress local, SocketAddress peer) in host.ConnectionTap!.Connections)
            {
                if (host.ConnectionTap.TryGetValues(local, peer, now, out TcpStepValues values))
                {
                    string name = $"{run.Name(i)}, {RunTexts.End(local)} to {RunTexts.End(peer)}, {WhyNumbers.State(values.State)}: ";
                    string kept = KeptClosed(values);
                    lines.Add(name + Held(values) + (kept.Length > 0 ? "; " + kept : "") + (values.Unacked > 0 ? LastLost(run, teller, i, (local, peer), values) : ""));
                }
            }

            foreach (SocketRow row in host.Sockets.Snapshot(now).Where(row => row.IsTimeWait))
            {
                string waits = row.State == TcpState.FinWait2 ? "nothing more can be sent: no program holds it, and it waits for the peer's FIN" : "nothing more is sent of its own: it waits until 2 MSL are over";
                lines.Add($"{run.Name(i)}, {RunTexts.End(row.Local)} to {RunTexts.End(row.Peer)}, {WhyNumbers.State(row.State)}: {waits}");
            }
        }

        return lines.Count > 0 ? lines : ["nothing waits: no program is in a call, and no connection is there" + (machine >= 0 ? $" on {run.Name(machine)}" : "")];
    }

    private static string For(string call)
    {
        string name = call.Split('(')[0];
        return name switch
        {
            "accept" => "no connection is in the accept queue; the handshake of one has to end first",
            "connect" => "the handshake is not over",
            "recv" or "recv_into" or "recvfrom" => "nothing has come that is not read, and the peer has not closed",
            "send" or "sendall" => "the send buffer is full until the peer acknowledges",
            "input" => "nobody has typed a line",
            _ => "what it asked for has not come",
        };
    }

    /// <summary>What became of the newest packet of a connection, if it did not get through: that is why no acknowledgment comes.</summary>
    private static string LastLost(WhyRun run, WhyTeller teller, int machine, (SocketAddress Local, SocketAddress Peer) ends, in TcpStepValues values)
    {
        string source = RunTexts.End(ends.Local).ToString(), destination = RunTexts.End(ends.Peer).ToString();
        for (int number = run.Count; number >= 1 && run.Packet(number).Sent >= values.OldestSentAt.SinceStart; number--)
        {
            RunPacketHeaders headers = run.Headers(number);
            if (headers.IsTcp && headers.Source.ToString() == source && headers.Destination.ToString() == destination)
            {
                string fate = string.Join("; ", run.Packet(number).Fate is RunFate.Arrived or RunFate.UnderWay ? [] : teller.Dropped(number).Skip(1).Select(line => line.Trim()));
                return fate.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; the last that it sent is packet {number}, {headers.FlagNames}: {fate}");
            }
        }

        NeighborEntry[] asked = [.. run.Machines[machine].Stack.Neighbors.Entries.Where(entry => entry.Waiting > 0)];
        return (asked.Length == 1 ? asked[0] : asked.FirstOrDefault(entry => entry.Address == ends.Peer.Address)) is { } next
            ? $"; it has not left: it waits until the link address of {next.Address} is known, which {(next.Address.IsV4 ? "ARP asks for (RFC 826, RFC 1122 §2.3.2.2)" : "neighbour discovery asks for (RFC 4861 §7.2.2)")}" : "";
    }

    /// <summary>Why a connection announces no window although its program has read, with the values compared; empty if it announces one, or nothing more can come.</summary>
    public static string KeptClosed(in TcpStepValues values) => values is { RcvWnd: 0, PeerClosed: false, State: TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2 } && values.RoomFree < values.RoomLeast
        ? string.Create(CultureInfo.InvariantCulture, $"its own window stays at RCV.WND 0: room for {values.RoomFree} is free, and less than {values.RoomLeast} is not announced (silly-window avoidance, RFC 9293 §3.8.6.2.2: a segment of {values.ReceiveMss}, and a sixteenth of the buffer, but no more than half of the largest window); its program has to read {(values.RoomFree > 0 ? "more" : "what has come")}")
        : "";

    /// <summary>Why a connection sends no more text, with the values compared.</summary>
    public static string Held(in TcpStepValues values)
    {
        uint una = WhyNumbers.Own(values, values.SndUna), next = WhyNumbers.Own(values, values.SndNxt);
        string waits = WhyNumbers.Octets(values.Unsent) + (values.Unsent == 1 ? " waits" : " wait");
        FormattableString told = values.Hold switch
        {
            SendHold.NothingToSend when values.Unacked > 0 => $"all is sent; {WhyNumbers.Segments(values.Unacked)} from {una} on {WhyNumbers.Are(values.Unacked)} not acknowledged, and the {Timer(values)} watches {(values.Unacked == 1 ? "it" : "them")}",
            SendHold.NothingToSend when values.State is not (TcpState.Established or TcpState.CloseWait or TcpState.SynReceived or TcpState.SynSent) => $"its own direction is closed, and its FIN acknowledged, SND.UNA = SND.NXT = {next}: it can send no text any more (RFC 9293 §3.10.2)",
            SendHold.NothingToSend => $"nothing to send: all is sent and acknowledged, SND.UNA = SND.NXT = {next}; a send() or close() would send",
            SendHold.Handshake => $"{waits} for the end of the handshake (RFC 9293 §3.10.2)",
            SendHold.CongestionWindow => $"{waits}: {values.InFlight} segments are in flight and cwnd is {values.Cwnd}; an acknowledgment makes room (RFC 5681 §3.1)",
            SendHold.PeerWindow => $"{waits}: the peer's window is full, SND.UNA {una} + SND.WND {values.SndWnd} − SND.NXT {next} = {(long)una + values.SndWnd - next}; it opens when the peer's program has read enough of what has come (RFC 9293 §3.8.6)",
            SendHold.SillyWindow => $"{waits}: the window takes only {(long)una + values.SndWnd - next}, less than a segment of {values.Mss} and than half the largest window (silly-window avoidance, RFC 9293 §3.8.6.2.1)",
            SendHold.Nagle => $"{waits}: less than a segment of {values.Mss}, and a small one is not acknowledged yet (Nagle's rule, RFC 9293 §3.7.4; TCP_NODELAY lets it go)",
            SendHold.Cork => $"{waits}: less than a segment of {values.Mss}, and the program said that more comes (TCP_CORK or MSG_MORE)",
            SendHold.Pacing => $"{waits} for the time of departure: segments are paced",
            SendHold.Burst => $"{waits}: a larger burst can go with the next acknowledgment (as Linux, tcp_tso_win_divisor)",
            _ => $"{waits} and may go now",
        };
        return told.ToString(CultureInfo.InvariantCulture);
    }

    private static string Timer(in TcpStepValues values) => values.SendTimer switch
    {
        CauseKind.TailLossProbe => "tail-loss-probe timer",
        CauseKind.ReorderingTimer => "reordering timer",
        _ => "retransmission timer",
    };
}

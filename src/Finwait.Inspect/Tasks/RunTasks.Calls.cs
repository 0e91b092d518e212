using Finwait.Wire;

namespace Finwait.Inspect;

/// <content>Questions about calls: which send, and what the system does by itself before a program asks. They go by the calls and causes that the run recorded.</content>
public static partial class RunTasks
{
    private static readonly string[] s_opening = ["connect"];
    private static readonly string[] s_carrying = ["send", "sendto"];
    private static readonly string[] s_ending = ["shutdown", "close", "exit"];
    private static readonly string[] s_reading = ["recv", "recvfrom"];

    /// <summary>Which calls are followed by packets: by the calls named, by packets that were sent in calls, or both.</summary>
    private static RunTaskResult Calls(RunView view, RunEvidence evidence)
    {
        var calls = new HashSet<string>(evidence.Calls);
        foreach (ViewPacket packet in evidence.Packets)
        {
            if (RootOf(view, packet) is not { } root || (evidence.Calls.Count == 0 && packet.Packet.Call == 0))
            {
                return packet.Packet.CausedBy == 0 ? Wrong($"packet {packet.Number} was sent by a timer or for a reason that was not recorded, in no call")
                    : Wrong($"packet {packet.Number} was sent by the system itself, in answer to packet {packet.Packet.CausedBy}: no call of its host sent it");
            }

            if (!packet.Facts.IsTcp || root.IsDatagram)
            {
                return Wrong($"packet {packet.Number} is no TCP segment");
            }

            string name = NameOf(root);
            if (evidence.Calls.Count > 0 && !evidence.Calls.Contains(name))
            {
                return Wrong($"packet {packet.Number} goes back to {name}(), which is not among the calls named");
            }

            calls.Add(name);
        }

        bool Sent(string name) => view.Packets.Any(packet => packet.Facts.IsTcp && packet.Packet.Call > 0 && NameOf(view.Record.Calls[packet.Packet.Call - 1]) == name);
        string[][] kinds = [s_opening, s_carrying, s_ending];
        foreach (string name in calls.Where(call => !kinds.Any(kind => kind.Contains(call)) && !Sent(call)).Order(StringComparer.Ordinal))
        {
            int made = view.Record.Calls.Count(call => !call.IsWait && NameOf(call) == name);
            return Wrong($"{name}() has only local effects{(made == 0 ? "" : made == 1 ? ": in this run it was called once, and sent nothing" : $": in this run it was called {made} times, and sent nothing")}");
        }

        if (kinds.Any(kind => !kind.Any(calls.Contains)))
        {
            return Wrong($"a call that opens, one that carries data and one that ends a connection are wanted");
        }

        foreach (string[] kind in kinds)
        {
            if (!kind.Any(Sent))
            {
                return Wrong($"in this run no {kind.First(calls.Contains)}() has sent anything on a TCP connection yet: let it, so that the run shows it");
            }
        }

        return Right($"each of them makes the system send a segment");
    }

    /// <summary>A call by the name that an answer has for it.</summary>
    private static string NameOf(RunCall call) => call.Name switch { "sendto" => "send", "recvfrom" => "recv", _ => call.Name };

    /// <summary>The call at the end of a packet's chain of causes; null if there is none.</summary>
    private static RunCall? RootOf(RunView view, ViewPacket packet)
    {
        RunPacket at = packet.Packet;
        for (int links = 0; links < view.Packets.Count; links++)
        {
            if (at.Call > 0)
            {
                return view.Record.Calls[at.Call - 1];
            }

            if (at.CausedBy == 0)
            {
                // What a timer sends again goes back to the first of the same numbers.
                ViewPacket? first = view.Packets.FirstOrDefault(earlier => earlier.Number < packet.Number && earlier.Connection is not null && earlier.Connection == packet.Connection && earlier.IsFromClient == packet.IsFromClient
                    && packet.Facts.SequenceLength > 0 && earlier.Facts.Seq == packet.Facts.Seq && earlier.Facts.SequenceLength > 0);
                if (first is null)
                {
                    return null;
                }

                (packet, at) = (first, first.Packet);
                continue;
            }

            packet = view.Packets[at.CausedBy - 1];
            at = packet.Packet;
        }

        return null;
    }

    /// <summary>A SYN ACK that went before accept() was called; or what could only come after it: its acknowledgment, the state of the server's end.</summary>
    private static RunTaskResult SynAckBeforeAccept(RunView view, RunEvidence evidence, int serverPort)
    {
        List<ViewPacket> named = evidence.Packets;
        if (named.Count == 0 && evidence.States.Any(state => state is RunState.SynReceived or RunState.Established))
        {
            // The state of a connection that nobody has accepted shows that its SYN ACK is out.
            named = [.. view.Packets.Where(packet => IsSynAck(packet) && (serverPort == 0 || packet.Connection?.Server.Port == serverPort) && packet.Connection!.Steps.Any(step => !step.IsClient && evidence.States.Contains(step.Change.To))).Take(1)];
        }

        ViewPacket? answer = named.Find(IsSynAck);
        answer ??= named.Find(packet => packet.IsFromClient && !IsSyn(packet)) is { } later ? view.Packets.FirstOrDefault(packet => IsSynAck(packet) && packet.Connection == later.Connection && Acknowledges(later, packet)) : null;
        if (answer is null)
        {
            return Wrong($"no SYN ACK is named");
        }

        foreach (ViewPacket packet in named)
        {
            if (packet.Connection != answer.Connection && !IsSynAck(packet))
            {
                return Wrong($"packet {packet.Number} has no part in the handshake of packet {answer.Number}");
            }

            if (!IsSyn(packet) && !IsSynAck(packet) && !Acknowledges(packet, answer))
            {
                return Wrong($"packet {packet.Number} is no part of a handshake: name the SYN ACK");
            }

            ViewPacket shown = IsSynAck(packet) ? packet : answer;
            if (view.Record.Calls.FirstOrDefault(call => IsAccept(call, shown) && call.IsWait && Overlaps(call, shown.Packet.SentFrame, shown.Packet.SentFrame)) is { } waiting)
            {
                return !IsTool(waiting)
                    ? Wrong($"accept() had been called before packet {shown.Number} was sent, and waited, so it shows nothing: let the server wait with accept()")
                    : Wrong($"{waiting.Program} had waited for a connection before packet {shown.Number} was sent, so it shows nothing: let a server in Python wait with accept()");
            }

            if (!IsSyn(packet) && !IsSynAck(packet) && view.Record.Calls.Any(call => IsAccept(call, shown) && !call.IsWait && call.Error.Length == 0 && call.FramesBefore >= shown.Packet.SentFrame && call.Time <= packet.Packet.Sent))
            {
                return Wrong($"accept() had been called before packet {packet.Number} was sent: name the SYN ACK");
            }
        }

        return Right($"packet {answer.Number} was sent by the system before anybody called accept()");
    }

    /// <summary>True for programs that take and read whatever comes, and cannot be told to wait with it.</summary>
    private static bool IsTool(RunCall call) => call.Program.Split(' ').Any(word => word is "nc" or "netcat" or "telnet");

    private static bool IsAccept(RunCall call, ViewPacket answer) => call.Name == "accept" && call.Host == answer.Packet.From && call.Local.Port == answer.Facts.Source.Port;

    /// <summary>True if a wait was on while the host handled its frames from one to another.</summary>
    private static bool Overlaps(RunCall wait, ulong first, ulong last) => wait.FramesBefore < last && (wait.Ended is null || wait.FramesBeforeEnd >= first);

    /// <summary>Acknowledgments of data that no recv() had read or waited for when they went.</summary>
    private static RunTaskResult AckBeforeRead(RunView view, RunEvidence evidence)
    {
        RunTaskResult? shown = null;
        foreach (ViewPacket ack in evidence.Packets)
        {
            ViewPacket? data = Acknowledged(view, ack);
            if (data is null)
            {
                if (!ack.Facts.IsTcp || ack.Facts.Length == 0)
                {
                    return evidence.Packets.Count == 1 ? Wrong($"no packet that acknowledges data is named{WhatInstead(view, ack)}") : Wrong($"packet {ack.Number} acknowledges no data: leave it out{WhatInstead(view, ack)}");
                }

                continue; // data may stand beside its acknowledgment
            }

            ulong arrived = data.Packet.EndedFrame, sent = ack.Packet.SentFrame;
            bool isRead(RunCall call) => call.Host == ack.Packet.From && s_reading.Contains(call.Name) && Same(call.Local, ack.Facts.Source) && Same(call.Peer, ack.Facts.Destination)
                && (call.IsWait ? Overlaps(call, arrived, sent) : call.Error.Length == 0 && call.FramesBefore >= arrived && call.FramesBefore < sent);
            if (view.Record.Calls.FirstOrDefault(isRead) is { } read)
            {
                return !IsTool(read)
                    ? Wrong($"recv() was called before packet {ack.Number} was sent, so it shows nothing: let the receiver wait with recv()")
                    : Wrong($"{read.Program} reads whatever comes at once, so packet {ack.Number} shows nothing: let a receiver in Python wait with recv()");
            }

            shown ??= Right($"packet {ack.Number} acknowledges the data of packet {data.Number}, which the application had not read");
        }

        return shown ?? Wrong($"no packet that acknowledges data is named");
    }

    /// <summary>The newest data that had arrived when an acknowledgment went, and that no acknowledgment before covered; null if it acknowledges none.</summary>
    private static ViewPacket? Acknowledged(RunView view, ViewPacket ack)
    {
        if (!ack.Facts.IsTcp || !ack.Facts.Has(TcpFlags.Ack))
        {
            return null;
        }

        ViewPacket? before = view.Packets.LastOrDefault(packet => packet.Connection == ack.Connection && packet.IsFromClient == ack.IsFromClient && packet.Number < ack.Number && packet.Facts.Has(TcpFlags.Ack));
        return view.Packets.LastOrDefault(data => data.Connection == ack.Connection && data.IsFromClient != ack.IsFromClient && data.Facts.Length > 0 && HasArrived(data)
            && data.Packet.EndedFrame < ack.Packet.SentFrame && !(new SeqNum(ack.Facts.Ack) < new SeqNum(DataEnd(data))) && (before is null || new SeqNum(before.Facts.Ack) < new SeqNum(DataEnd(data))));
    }

    private static uint DataEnd(ViewPacket data) => unchecked(data.Facts.Seq + (uint)data.Facts.Length);

    private static string WhatInstead(RunView view, ViewPacket ack) =>
        view.Packets.LastOrDefault(sent => sent.Connection is not null && sent.Connection == ack.Connection && sent.IsFromClient != ack.IsFromClient && sent.Number < ack.Number && sent.Facts.SequenceLength > 0 && Acknowledges(ack, sent)) is { } sent
            ? FormattableString.Invariant($" (packet {ack.Number} acknowledges packet {sent.Number}, {(sent.Facts.Length > 0 ? "as others before it" : sent.Facts.Has(TcpFlags.Syn) ? "a SYN" : "a FIN")})") : "";

    /// <summary>True for the same end; an IPv6 socket has IPv4 addresses in a form of its own.</summary>
    private static bool Same(RunEnd call, RunEnd packet) => call.Port == packet.Port && (call.Address == packet.Address || call.Address.EndsWith(":" + packet.Address, StringComparison.Ordinal));
}

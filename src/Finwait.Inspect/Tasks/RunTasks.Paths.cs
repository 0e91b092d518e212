using Finwait.Wire;

namespace Finwait.Inspect;

/// <content>Questions about the ways through the states: how a connection opens, and how it ends.</content>
public static partial class RunTasks
{
    private static RunTaskResult Path(RunView view, RunEvidence evidence, bool isTeardown)
    {
        RunConnection? connection = evidence.Packets.FirstOrDefault(packet => packet.Connection is not null)?.Connection;
        if (connection is null)
        {
            return Wrong($"no TCP packet is named");
        }

        if (evidence.Packets.Find(packet => packet.Connection != connection) is { } foreign)
        {
            return foreign.Connection is null ? Wrong($"packet {foreign.Number} is no TCP segment: it moves no state")
                : Wrong($"packet {foreign.Number} belongs to another connection than packet {evidence.Packets.First(packet => packet.Connection == connection).Number}: name the packets of one");
        }

        string? missing = isTeardown ? MissingOfTeardown(evidence.Packets) : MissingOfHandshake(evidence.Packets);
        if (missing is not null)
        {
            return Wrong($"{missing}");
        }

        if (evidence.Packets.Find(packet => !HasPart(packet, connection, evidence.Packets, isTeardown)) is { } other)
        {
            return Wrong($"packet {other.Number} moves no end to another of these states: name only those that do");
        }

        foreach (bool isClient in new[] { true, false })
        {
            RunState[] path = PathOf(connection, isClient, isTeardown);
            RunState[] named = evidence.StatesOf(view, connection, isClient);
            if (!IsWay(named, path))
            {
                string end = isClient ? "client" : "server";
                return Wrong($"the {end}'s states are not those it went through in this run: {(named.Length == 0 ? $"name them behind the word {end}" : string.Join(' ', named.Select(DiagramTexts.Name)) + " is not it")}");
            }
        }

        return Right($"both ends of {connection.Name} went that way, and the packets moved them");
    }

    /// <summary>The first state may go without saying, and so may the end of the last minute in TIME-WAIT, which may be still to come.</summary>
    private static bool IsWay(RunState[] named, RunState[] path)
    {
        RunState[] way = WithoutMinute(path);
        RunState[] said = WithoutMinute(named);
        return said.Length > 0 && (said.SequenceEqual(way) || (way.Length > 1 && said.SequenceEqual(way[1..])));
    }

    private static RunState[] WithoutMinute(RunState[] states) => states is [.., RunState.TimeWait, RunState.Closed] ? states[..^1] : states;

    private static RunState[] PathOf(RunConnection connection, bool isClient, bool isTeardown)
    {
        RunState[] states = [RunState.Closed, .. connection.Steps.Where(step => step.IsClient == isClient).Select(step => step.Change.To)];
        int established = Array.IndexOf(states, RunState.Established);
        return established < 0 ? states : isTeardown ? states[established..] : states[..(established + 1)];
    }

    /// <summary>True for packets that open, or end, a connection or acknowledge such a one, and for those that a step was recorded with.</summary>
    private static bool HasPart(ViewPacket packet, RunConnection connection, List<ViewPacket> named, bool isTeardown)
    {
        TcpFlags flag = isTeardown ? TcpFlags.Fin : TcpFlags.Syn;
        bool isStep(RunStep step) => (step.Sent == packet.Number || step.Received == packet.Number) && step.Change.From >= RunState.Established == isTeardown;
        return packet.Facts.Has(flag) || named.Exists(sent => sent.Facts.Has(flag) && sent.IsFromClient != packet.IsFromClient && Acknowledges(packet, sent)) || connection.Steps.Any(isStep);
    }

    private static string? MissingOfHandshake(List<ViewPacket> named)
    {
        ViewPacket? answer = named.Find(IsSynAck);
        return Missing(named, "SYN", IsSyn) ?? Missing(named, "SYN ACK", IsSynAck)
            ?? Missing(named, "ACK of the SYN ACK", packet => packet.IsFromClient && !packet.Facts.Has(TcpFlags.Syn) && Acknowledges(packet, answer!));
    }

    private static string? MissingOfTeardown(List<ViewPacket> named)
    {
        foreach (bool isClient in new[] { true, false })
        {
            string whose = isClient ? "client" : "server";
            bool isFin(ViewPacket packet) => packet.IsFromClient == isClient && packet.Facts.Has(TcpFlags.Fin);
            if ((Missing(named, $"FIN of the {whose}", isFin) ?? Missing(named, $"ACK of the {whose}'s FIN", packet => packet.IsFromClient != isClient && Acknowledges(packet, named.Find(isFin)!))) is { } missing)
            {
                return missing;
            }
        }

        return null;
    }

    /// <summary>What is to be said if no packet of a kind is named, or only such as never arrived: those moved nobody.</summary>
    private static string? Missing(List<ViewPacket> named, string what, Predicate<ViewPacket> isIt)
    {
        ViewPacket? found = named.Find(isIt);
        return found is null ? $"among the packets named is no {what}"
            : named.Exists(packet => isIt(packet) && HasArrived(packet)) ? null
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"packet {found.Number} never arrived: name the {what} that did");
    }
}

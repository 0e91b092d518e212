namespace Finwait.Inspect;

/// <summary>A column of the ladder: a host, or one end of a host that talks to itself.</summary>
/// <param name="Host">Index of the host.</param>
/// <param name="End">0 for a host; 1 for the client's end of a host that talks to itself, 2 for the server's.</param>
/// <param name="Name">What stands above it.</param>
/// <param name="Detail">Its address.</param>
internal sealed record RunParty(int Host, int End, string Name, string Detail);

/// <summary>
/// Gives a run's hosts their columns. A host that talks to itself, and to nobody else, has two, one for each end; in a run in which others speak too each has one, and
/// what it sends to itself goes out from its line and back to it.
/// </summary>
internal static class RunParties
{
    public static IReadOnlyList<RunParty> Of(RunView view)
    {
        RunRecord record = view.Record;
        int alone = Alone(view);
        if (alone >= 0)
        {
            RunHost named = record.Hosts[alone];
            RunConnection? inside = view.Connections.FirstOrDefault(connection => connection.ClientHost == alone && connection.ServerHost == alone);
            return
            [
                new RunParty(alone, 1, named.Name + ", client", inside?.Client.Address ?? named.Address),
                new RunParty(alone, 2, named.Name + ", server", inside?.Server.ToString() ?? named.Address),
            ];
        }

        var parties = new List<RunParty>();
        for (int host = 0; host < record.Hosts.Count; host++)
        {
            bool talks = view.Packets.Any(packet => packet.Packet.From == host || packet.Packet.To == host) || record.Changes.Any(change => change.Host == host);
            if (talks || !record.Hosts[host].IsRouter)
            {
                parties.Add(new RunParty(host, 0, record.Hosts[host].Name, Address(view, host)));
            }
        }

        return parties;
    }

    /// <summary>Says between which columns each packet goes.</summary>
    public static void Assign(RunView view)
    {
        var first = new Dictionary<(RunEnd, RunEnd), bool>();
        var fromClient = new bool[view.Packets.Count + 1];
        foreach (ViewPacket packet in view.Packets)
        {
            bool isLocal = packet.Packet.From == packet.Packet.To;
            bool isFirst = packet.Connection is not null ? packet.IsFromClient : isLocal && IsFromClient(packet, first, fromClient);
            fromClient[packet.Number] = isFirst;
            packet.FromParty = view.PartyOf(packet.Packet.From, isFirst);
            packet.ToParty = view.PartyOf(packet.Packet.To, isLocal ? !isFirst : !packet.IsFromClient);
        }
    }

    /// <summary>Of a packet of a host to itself without a connection: who answers is the server.</summary>
    private static bool IsFromClient(ViewPacket packet, Dictionary<(RunEnd, RunEnd), bool> first, bool[] fromClient)
    {
        if (packet.Packet.CausedBy is > 0 and int cause && cause < packet.Number)
        {
            return !fromClient[cause];
        }

        (RunEnd source, RunEnd destination) = (packet.Facts.Source, packet.Facts.Destination);
        first.TryAdd((destination, source), source == destination);
        first.TryAdd((source, destination), true);
        return first[(source, destination)];
    }

    /// <summary>The only host of the run that did anything, if it only spoke to itself; else −1.</summary>
    private static int Alone(RunView view)
    {
        int alone = -1;
        foreach (ViewPacket packet in view.Packets)
        {
            if (packet.Packet.From != packet.Packet.To || (alone >= 0 && alone != packet.Packet.From))
            {
                return -1;
            }

            alone = packet.Packet.From;
        }

        return view.Record.Changes.Any(change => change.Host != alone) ? -1 : alone;
    }

    /// <summary>The address that a host used: that of its first connection with another, of the first packet it sent to one or got from one, else that of its first listener, else the one that it has.</summary>
    private static string Address(RunView view, int host)
    {
        RunConnection? of = view.Connections.FirstOrDefault(connection => connection.ClientHost != connection.ServerHost && connection.Changes.Exists(change => change.Change.Host == host && change.Change.Peer is not null));
        if (of is not null)
        {
            return of.ClientHost == host ? of.Client.Address : of.Server.Address;
        }

        foreach (ViewPacket packet in view.Packets.Where(packet => packet.Packet.From != packet.Packet.To && packet.Facts.Source.Address is not null))
        {
            if (packet.Packet.From == host || (packet.Packet.To == host && packet.Packet.EndedFrame != 0))
            {
                return packet.Packet.From == host ? packet.Facts.Source.Address : packet.Facts.Destination.Address;
            }
        }

        RunChange? listens = view.Record.Changes.FirstOrDefault(change => change.Host == host && change.Peer is null && change.Local.Address is not ("0.0.0.0" or "::" or "127.0.0.1" or "::1"));
        return listens?.Local.Address ?? view.Record.Hosts[host].Address;
    }
}

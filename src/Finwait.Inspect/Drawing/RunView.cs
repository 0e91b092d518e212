using System.Globalization;

namespace Finwait.Inspect;

/// <summary>One packet of a run with what drawings say of it.</summary>
internal sealed class ViewPacket
{
    /// <summary>Its number, from 1.</summary>
    public required int Number { get; init; }

    public required RunPacket Packet { get; init; }

    public required PacketFacts Facts { get; init; }

    /// <summary>The connection it belongs to; null for what is not TCP.</summary>
    public RunConnection? Connection { get; set; }

    /// <summary>True if the client's end sent it.</summary>
    public bool IsFromClient { get; set; }

    /// <summary>The columns of the ladder it goes between.</summary>
    public int FromParty { get; set; }

    public int ToParty { get; set; }

    /// <summary>Starts of the two directions' sequence numbers.</summary>
    public uint SeqBase { get; set; }

    public uint? AckBase { get; set; }

    /// <summary>Where Wireshark begins to count the two directions: a direction whose SYN was not seen begins at 1, not at 0.</summary>
    public uint FirstSeq { get; set; }

    public uint FirstAck { get; set; }

    /// <summary>"retransmission", "probe", "dup ack", "copy", or nothing.</summary>
    public string Remark { get; set; } = "";

    /// <summary>True if labels show the numbers of the packet itself.</summary>
    public bool HasRealNumbers { get; init; }

    /// <summary>The sequence number that this packet is the first to acknowledge up to its end, and how much it takes up; null if it acknowledges nothing new.</summary>
    public (uint Seq, int Length)? Acknowledges { get; set; }

    /// <summary>Flags, numbers and what else matters, while it fits; numbers as the run wants them.</summary>
    public string Label(int most) => HasRealNumbers ? RealLabel(most) : Marked(Facts.Label(SeqBase, AckBase, null, most - Marks));

    /// <summary>The same with the numbers of the packet itself, and the sum that gave the acknowledgment.</summary>
    public string RealLabel(int most) => Marked(Facts.Label(0, 0, Acknowledges, most - Marks));

    private int Marks => Remark.Length == 0 ? 0 : Remark.Length + 3;

    private string Marked(string label) => Remark.Length == 0 ? label : $"{label} ({Remark})";
}

/// <summary>One step on the path of a connection through the diagram.</summary>
/// <param name="Number">Counted over both ends, from 1, in the order of time.</param>
/// <param name="IsClient">Whose step.</param>
/// <param name="Change">The change.</param>
/// <param name="Received">The packet that led to it; 0 if none did.</param>
/// <param name="Sent">The packet that it sent at once; 0 if it sent none.</param>
internal sealed record RunStep(int Number, bool IsClient, RunChange Change, int Received, int Sent)
{
    public string Trigger => DiagramTexts.Trigger(Change.Trigger, Change.From);

    public string Action => DiagramTexts.Action(Change.From, Change.To, Change.Trigger);

    /// <summary>"rcv FIN (packet 7) / snd ACK (packet 8)".</summary>
    public string Explain()
    {
        string received = Received == 0 ? Trigger : string.Create(CultureInfo.InvariantCulture, $"{Trigger} (packet {Received})");
        return Action.Length == 0 ? received
            : Sent == 0 ? $"{received} / {Action}"
            : string.Create(CultureInfo.InvariantCulture, $"{received} / {Action} (packet {Sent})");
    }
}

/// <summary>A connection with both its ends.</summary>
internal sealed class RunConnection
{
    public required int Index { get; init; }

    public required RunEnd Client { get; init; }

    public required RunEnd Server { get; init; }

    public int ClientHost { get; set; } = -1;

    public int ServerHost { get; set; } = -1;

    /// <summary>Changes of both ends with their place in the record.</summary>
    public List<(int Order, bool IsClient, RunChange Change)> Changes { get; } = [];

    public IReadOnlyList<RunStep> Steps { get; set; } = [];

    /// <summary>Initial sequence numbers, client's and server's, once seen.</summary>
    public uint? ClientIss { get; set; }

    public uint? ServerIss { get; set; }

    private readonly Dictionary<(bool IsFromClient, uint End), (uint Seq, int Length)> _unacknowledged = [];

    private bool _clientOpened, _serverOpened;

    /// <summary>Takes note of a SYN of one direction.</summary>
    public void BeginsWithSyn(bool isFromClient, bool isSyn)
    {
        _clientOpened |= isSyn && isFromClient;
        _serverOpened |= isSyn && !isFromClient;
    }

    /// <summary>1 for a direction whose SYN was not seen, else 0.</summary>
    public uint Unopened(bool isFromClient) => (isFromClient ? _clientOpened : _serverOpened) ? 0u : 1u;

    /// <summary>Which segment a packet is the first to acknowledge up to its end; takes note of what the packet itself takes up.</summary>
    public (uint Seq, int Length)? Sum(ViewPacket packet)
    {
        PacketFacts facts = packet.Facts;
        (uint, int)? sum = facts.Has(Wire.TcpFlags.Ack) && _unacknowledged.Remove((!packet.IsFromClient, facts.Ack), out (uint, int) found) ? found : null;
        if (facts.SequenceLength > 0 && !facts.Has(Wire.TcpFlags.Rst))
        {
            _unacknowledged[(packet.IsFromClient, unchecked(facts.Seq + (uint)facts.SequenceLength))] = (facts.Seq, facts.SequenceLength);
        }

        return sum;
    }

    public string Name => Client.Port == 0 ? $"listener {Server}" : $"{Client} to {Server}";

    /// <summary>The state of one end after the steps up to a moment.</summary>
    public RunState StateAt(bool isClient, TimeSpan time)
    {
        RunState state = RunState.Closed;
        foreach (RunStep step in Steps)
        {
            state = step.IsClient == isClient && step.Change.Time <= time ? step.Change.To : state;
        }

        return state;
    }
}

/// <summary>A run made ready for drawing: packets read, connections found, paths numbered.</summary>
internal sealed class RunView
{
    private readonly Dictionary<(RunEnd, RunEnd), RunConnection> _current = [];
    private readonly Dictionary<(int Host, RunEnd Local, RunEnd Peer), (int Socket, RunConnection Connection)> _ends = [];
    private readonly List<RunConnection> _connections = [];
    private readonly List<(int Order, RunChange Change)> _listeners = [];
    private readonly List<ViewPacket> _packets = [];

    private RunView(RunRecord record) => Record = record;

    public RunRecord Record { get; }

    public IReadOnlyList<ViewPacket> Packets => _packets;

    public IReadOnlyList<RunConnection> Connections => _connections;

    /// <summary>Changes of listeners.</summary>
    public IReadOnlyList<(int Order, RunChange Change)> Listeners => _listeners;

    public IReadOnlyList<RunParty> Parties { get; private set; } = [];

    public static RunView Of(RunRecord record)
    {
        var view = new RunView(record);
        view.FindConnections();
        view.AddListenersAlone();
        view.Parties = RunParties.Of(view);
        RunParties.Assign(view);
        view.NumberSteps();
        PacketRemarks.Add(view);
        return view;
    }

    /// <summary>The column of an end of a connection, or of a host without one.</summary>
    public int PartyOf(int host, bool isClient)
    {
        int found = 0;
        for (int i = 0; i < Parties.Count; i++)
        {
            if (Parties[i].Host == host && (Parties[i].End == 0 || Parties[i].End == (isClient ? 1 : 2)))
            {
                return i;
            }

            found = Parties[i].Host == host ? i : found;
        }

        return found;
    }

    /// <summary>The connection whose path is longest; the first of several. Null if there is none.</summary>
    public RunConnection? Main => _connections.Count == 0 ? null : _connections.MaxBy(connection => connection.Steps.Count);

    /// <summary>Which of several connections <see cref="Main"/> is, as a sentence; null if it is the only one.</summary>
    public string? OneOfMany => Main is { } main && _connections.Count > 1
        ? string.Create(CultureInfo.InvariantCulture, $"The run has {_connections.Count} {(main.Client.Port == 0 ? "sockets that listened" : "connections")}; this is number {main.Index + 1}, the one with most steps.") : null;

    private void FindConnections()
    {
        var arriving = new Dictionary<(int Host, ulong Frame), RunPacket>();
        foreach (RunPacket packet in Record.Packets.Where(packet => packet.EndedFrame != 0))
        {
            arriving.TryAdd((packet.To, packet.EndedFrame), packet);
        }

        int next = 0;
        for (int i = 0; i < Record.Packets.Count; i++)
        {
            RunPacket packet = Record.Packets[i];
            for (; next < Record.Changes.Count && IsBefore(Record.Changes[next], packet); next++)
            {
                TakeChange(next, Record.Changes[next], arriving);
            }

            TakePacket(i + 1, packet);
        }

        for (; next < Record.Changes.Count; next++)
        {
            TakeChange(next, Record.Changes[next], arriving);
        }
    }

    private static bool IsBefore(RunChange change, RunPacket packet) =>
        change.Time < packet.Sent || (change.Time == packet.Sent && (change.Order == 0 || packet.SentOrder == 0 || change.Order < packet.SentOrder));

    private void TakeChange(int order, RunChange change, Dictionary<(int Host, ulong Frame), RunPacket> arriving)
    {
        if (change.Peer is not { } peer)
        {
            _listeners.Add((order, change));
            return;
        }

        var end = (change.Host, change.Local, peer);
        RunConnection? known = _ends.TryGetValue(end, out (int Socket, RunConnection Connection) own) && own.Socket == change.Socket && change.Socket != 0 ? own.Connection : null;
        known ??= Joined(change, peer, arriving) ?? (change.Trigger == RunTrigger.ActiveOpen || change.From is not (RunState.Closed or RunState.Listen) ? Begin(change.Local, peer) : Begin(peer, change.Local));
        _ends[end] = (change.Socket, known);
        if (change.To == RunState.Closed)
        {
            _ends.Remove(end); // what its host still sends is no socket's
        }

        bool isClient = change.Local == known.Client;
        (known.ClientHost, known.ServerHost) = isClient ? (change.Host, known.ServerHost) : (known.ClientHost, change.Host);
        known.Changes.Add((order, isClient, change));
    }

    /// <summary>The connection that a socket takes part in with the first change that is seen of it: that of the packet which opened it, or the newest between its ends; null for a new one.</summary>
    private RunConnection? Joined(RunChange change, RunEnd peer, Dictionary<(int Host, ulong Frame), RunPacket> arriving)
    {
        RunConnection? newest = Find(change.Local, peer);
        if (newest is null || change.From is not (RunState.Closed or RunState.Listen))
        {
            return newest;
        }

        bool isClient = change.Local == newest.Client;
        RunState? Last(bool clients) => newest.Changes.FindLast(old => old.IsClient == clients).Change?.To;
        if (change.Trigger == RunTrigger.ActiveOpen)
        {
            return Last(isClient) is null && Last(!isClient) is not RunState.Closed ? newest : null; // both may open at once
        }

        // A SYN that the server had forgotten opens its end again: it is the client's same attempt.
        bool isOfNewest = arriving.TryGetValue((change.Host, change.Frame), out RunPacket? opener) && _packets.FindLast(packet => ReferenceEquals(packet.Packet, opener))?.Connection == newest;
        return Last(isClient) is null || (isOfNewest && Last(isClient) == RunState.Closed) ? newest : null;
    }

    private void TakePacket(int number, RunPacket packet)
    {
        PacketFacts facts = PacketFacts.Read(packet.LinkType, packet.Octets);
        var seen = new ViewPacket { Number = number, Packet = packet, Facts = facts, HasRealNumbers = Record.HasRealNumbers };
        _packets.Add(seen);
        if (!facts.IsTcp)
        {
            return;
        }

        // What a socket sends belongs to its own connection, also while the other side has begun the next one between the same ends.
        RunConnection? connection = _ends.TryGetValue((packet.From, facts.Source, facts.Destination), out (int, RunConnection Connection) own) ? own.Connection : Find(facts.Source, facts.Destination);
        bool isOpening = facts.Has(Wire.TcpFlags.Syn);
        if (connection is null || (isOpening && !facts.Has(Wire.TcpFlags.Ack) && connection.Changes.Count == 0 && IssOf(connection, facts.Source) is { } old && old != facts.Seq))
        {
            bool isAnswer = isOpening && facts.Has(Wire.TcpFlags.Ack);
            connection = isAnswer ? Begin(facts.Destination, facts.Source) : Begin(facts.Source, facts.Destination);
        }

        seen.Connection = connection;
        seen.IsFromClient = facts.Source == connection.Client;
        if (seen.IsFromClient)
        {
            connection.ClientHost = connection.ClientHost < 0 ? packet.From : connection.ClientHost;
            connection.ServerHost = connection.ServerHost < 0 ? packet.To : connection.ServerHost;
            connection.ClientIss = isOpening ? facts.Seq : connection.ClientIss ?? facts.Seq;
        }
        else
        {
            connection.ServerHost = connection.ServerHost < 0 ? packet.From : connection.ServerHost;
            connection.ClientHost = connection.ClientHost < 0 ? packet.To : connection.ClientHost;
            connection.ServerIss = isOpening ? facts.Seq : connection.ServerIss ?? (facts.Has(Wire.TcpFlags.Rst) && facts.Seq == 0 ? null : facts.Seq);
        }

        (uint? mine, uint? other) = seen.IsFromClient ? (connection.ClientIss, connection.ServerIss) : (connection.ServerIss, connection.ClientIss);
        (seen.SeqBase, seen.AckBase) = (mine ?? 0, other);
        connection.BeginsWithSyn(seen.IsFromClient, isOpening);
        (seen.FirstSeq, seen.FirstAck) = (unchecked(seen.SeqBase - connection.Unopened(seen.IsFromClient)), unchecked((other ?? 0) - (other is null ? 0 : connection.Unopened(!seen.IsFromClient))));
        seen.Acknowledges = connection.Sum(seen);
    }

    private static uint? IssOf(RunConnection connection, RunEnd end) => end == connection.Client ? connection.ClientIss : connection.ServerIss;

    private RunConnection? Find(RunEnd a, RunEnd b) => _current.GetValueOrDefault((a, b));

    private RunConnection Begin(RunEnd client, RunEnd server)
    {
        var connection = new RunConnection { Index = _connections.Count, Client = client, Server = server };
        _connections.Add(connection);
        _current[(client, server)] = connection;
        _current[(server, client)] = connection;
        return connection;
    }

    /// <summary>A run whose listener nobody spoke to has a path all the same.</summary>
    private void AddListenersAlone()
    {
        if (_connections.Count > 0)
        {
            return;
        }

        foreach ((int order, RunChange change) in _listeners)
        {
            RunConnection? open = _connections.FindLast(connection => connection.ServerHost == change.Host && connection.Server == change.Local);
            if (change.To == RunState.Listen)
            {
                open = new RunConnection { Index = _connections.Count, Client = default, Server = change.Local, ServerHost = change.Host };
                _connections.Add(open);
            }

            open?.Changes.Add((order, false, change));
        }
    }

    private void NumberSteps()
    {
        var arrived = new Dictionary<(int Host, ulong Frame), int>();
        var sent = new Dictionary<(RunConnection, bool IsFromClient), List<ViewPacket>>();
        foreach (ViewPacket packet in _packets)
        {
            if (packet.Packet.EndedFrame != 0)
            {
                arrived.TryAdd((packet.Packet.To, packet.Packet.EndedFrame), packet.Number);
            }

            if (packet.Connection is { } connection)
            {
                if (!sent.TryGetValue((connection, packet.IsFromClient), out List<ViewPacket>? list))
                {
                    sent.Add((connection, packet.IsFromClient), list = []);
                }

                list.Add(packet);
            }
        }

        foreach (RunConnection connection in _connections)
        {
            if (connection.Client.Port != 0 && ListenerOf(connection) is { } listener)
            {
                connection.Changes.Add((listener.Order, false, listener.Change));
            }

            connection.Steps = [.. connection.Changes.OrderBy(change => change.Change.Time).ThenBy(change => change.Order).Select((change, i) => new RunStep(
                i + 1, change.IsClient, change.Change,
                ReceivedWith(change.Change, arrived),
                SentWith(connection, change.IsClient, change.Change, ReceivedWith(change.Change, arrived), sent.GetValueOrDefault((connection, change.IsClient), []))))];
        }
    }

    private static int ReceivedWith(RunChange change, Dictionary<(int Host, ulong Frame), int> arrived) => change.Frame == 0 ? 0 : arrived.GetValueOrDefault((change.Host, change.Frame));

    /// <summary>
    /// The packet that one end sent with a step: at once, or a little later where it had to wait for ARP, for text in front of it or for the time of a delayed
    /// acknowledgment, but before that end's next step; on a loopback interface all of that can be one moment. 0 if there was none, as when the FIN that followed carried the acknowledgment.
    /// </summary>
    private static int SentWith(RunConnection connection, bool isClient, RunChange change, int received, List<ViewPacket> sent)
    {
        if (DiagramTexts.Action(change.From, change.To, change.Trigger).Length == 0)
        {
            return 0;
        }

        bool hasSyn = change.To is RunState.SynSent or RunState.SynReceived, hasFin = change.To is RunState.FinWait1 or RunState.LastAck, hasReset = change.To == RunState.Closed;
        TimeSpan until = connection.Changes.Where(next => next.IsClient == isClient && next.Change.Time > change.Time).Select(next => next.Change.Time).DefaultIfEmpty(TimeSpan.MaxValue).Min();
        return sent.Find(packet => packet.Number > received && packet.Packet.Sent >= change.Time && packet.Packet.Sent < until
            && packet.Facts.Has(Wire.TcpFlags.Syn) == hasSyn && packet.Facts.Has(Wire.TcpFlags.Fin) == hasFin && packet.Facts.Has(Wire.TcpFlags.Rst) == hasReset)?.Number ?? 0;
    }

    /// <summary>The <c>listen()</c> that the server's path began with: the last before the connection on its port.</summary>
    private (int Order, RunChange Change)? ListenerOf(RunConnection connection)
    {
        TimeSpan begin = connection.Changes.Count > 0 ? connection.Changes.Min(change => change.Change.Time) : TimeSpan.MaxValue;
        TimeSpan latest = connection.Changes.Where(change => !change.IsClient).Select(change => change.Change.Time).DefaultIfEmpty(begin).Min();
        bool isPassive = !connection.Changes.Exists(change => !change.IsClient && change.Change.Trigger == RunTrigger.ActiveOpen);
        (int Order, RunChange Change)? found = null;
        foreach ((int order, RunChange change) in _listeners)
        {
            bool fits = change.Local.Port == connection.Server.Port && change.Time <= latest && isPassive
                && (change.Host == connection.ServerHost || connection.ServerHost < 0)
                && (change.Local.Address == connection.Server.Address || change.Local.Address is "0.0.0.0" or "::");
            if (fits)
            {
                found = change.To == RunState.Listen ? (order, change) : found is { } open && open.Change.Local == change.Local && change.Time < begin ? null : found;
            }
        }

        return found;
    }

    /// <summary>Seconds with six digits, as tcpdump counts.</summary>
    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F6", CultureInfo.InvariantCulture);
}

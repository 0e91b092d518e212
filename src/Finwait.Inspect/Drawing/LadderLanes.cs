namespace Finwait.Inspect;

/// <summary>Gives each connection a lane beside its party's line for the bar of its states; lanes of connections that are over are used again.</summary>
internal sealed class LadderLanes(int parties)
{
    private const int MostLanes = 8;

    private readonly int[] _counts = new int[parties];
    private readonly Dictionary<(RunConnection, bool), int> _lanes = [];
    private readonly Dictionary<(int Party, int Lane), (double Y, RunState State)> _open = [];

    /// <summary>Lanes of a party.</summary>
    public int Count(int party) => _counts[party];

    /// <summary>The lane of one end of a connection.</summary>
    public int LaneOf(RunConnection connection, bool isClient) => _lanes.GetValueOrDefault((connection, isClient));

    public void Assign(RunView view)
    {
        for (int party = 0; party < parties; party++)
        {
            var ends = new List<(RunConnection Connection, bool IsClient, TimeSpan From, TimeSpan To)>();
            foreach (RunConnection connection in view.Connections)
            {
                foreach (bool isClient in (ReadOnlySpan<bool>)[true, false])
                {
                    var steps = connection.Steps.Where(step => step.IsClient == isClient).ToList();
                    if (steps.Count > 0 && view.PartyOf(steps[^1].Change.Host, isClient) == party)
                    {
                        // A server's LISTEN belongs to all its connections: it does not hold a lane for one of them.
                        TimeSpan from = (steps.Find(step => step.Change.Peer is not null) ?? steps[0]).Change.Time;
                        ends.Add((connection, isClient, from, steps[^1].Change.To == RunState.Closed ? steps[^1].Change.Time : TimeSpan.MaxValue));
                    }
                }
            }

            var free = new List<TimeSpan>();
            foreach ((RunConnection connection, bool isClient, TimeSpan from, TimeSpan to) in ends.OrderBy(end => end.From))
            {
                int lane = free.FindIndex(until => until < from);
                if (lane < 0)
                {
                    lane = Math.Min(free.Count, MostLanes - 1);
                    if (free.Count < MostLanes)
                    {
                        free.Add(default);
                    }
                }

                free[lane] = to;
                _lanes[(connection, isClient)] = lane;
            }

            _counts[party] = Math.Max(1, free.Count);
        }
    }

    /// <summary>A state begins: the bar of the one before ends.</summary>
    public void Change(int party, int lane, double y, RunState state, List<LadderBar> bars)
    {
        Close(party, lane, y, bars);
        if (state != RunState.Closed)
        {
            _open[(party, lane)] = (y, state);
        }
    }

    public void End(double y, List<LadderBar> bars)
    {
        foreach ((int party, int lane) in _open.Keys.ToList())
        {
            Close(party, lane, y, bars);
        }
    }

    private void Close(int party, int lane, double y, List<LadderBar> bars)
    {
        if (_open.Remove((party, lane), out (double Y, RunState State) open))
        {
            bars.Add(new LadderBar(party, lane, open.Y, y, open.State));
        }
    }
}

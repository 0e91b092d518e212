using Finwait.Tcp;

namespace Finwait.Explore;

/// <summary>What a search found.</summary>
public sealed record ExploreResult
{
    /// <summary>Different worlds visited.</summary>
    public required int Worlds { get; init; }

    /// <summary>Steps tried, those that led to a world seen before included.</summary>
    public required long Steps { get; init; }

    /// <summary>Most steps from the beginning to a world.</summary>
    public required int Depth { get; init; }

    /// <summary>True if every world within the scenario's bounds was visited; false if the limit came first.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Pairs of states of both sides that were seen.</summary>
    public required IReadOnlyCollection<(TcpState A, TcpState B)> Configurations { get; init; }

    /// <summary>What is wrong with the first world that breaks an invariant; null if none does.</summary>
    public string? Violation { get; init; }

    /// <summary>The shortest way there, one step a line.</summary>
    public IReadOnlyList<string> Script { get; init; } = [];
}

/// <summary>
/// Visits all worlds of a scenario, nearest first: each call at each moment, each packet delivered, lost, repeated or overtaken, each timer early or
/// late, within the scenario's bounds. In each it asks whether what was read is what was sent and whether each state followed an arrow of the
/// diagram, and then lets the world run on without faults and asks whether everything arrived and both ends closed.
/// </summary>
/// <remarks>Worlds that differ only in times, in congestion windows or in counters count as one, and the first of them stands for all.</remarks>
public sealed class Explorer
{
    // A world without faults comes to its end in far fewer steps; one that does not goes in circles.
    private const int MostFairSteps = 2000;

    private readonly Scenario _scenario;
    private readonly int _mostWorlds;
    private readonly HashSet<UInt128> _seen = [];
    private readonly HashSet<UInt128> _ending = [];
    private readonly HashSet<(TcpState, TcpState)> _configurations = [];
    private readonly List<(int From, Step Step)> _origins = [];

    /// <summary>A search through one scenario.</summary>
    /// <param name="scenario">Which.</param>
    /// <param name="mostWorlds">Stop after so many worlds; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">No worlds at all: a caller bug.</exception>
    public Explorer(Scenario scenario, int mostWorlds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mostWorlds, 1);
        _scenario = scenario;
        _mostWorlds = mostWorlds;
    }

    /// <summary>Searches until all worlds are seen, one breaks an invariant, or the limit is reached.</summary>
    public ExploreResult Run()
    {
        List<(World World, int Number)> layer = [], next = [];
        World first = new(_scenario);
        _seen.Add(first.Identity(withBounds: true));
        _origins.Add((-1, default));
        layer.Add((first, 0));
        List<Step> steps = [];
        long tried = 0;
        int depth = 0;
        for (; layer.Count > 0; depth++)
        {
            foreach ((World world, int number) in layer)
            {
                steps.Clear();
                world.AddSteps(steps);
                foreach (Step step in steps)
                {
                    tried++;
                    World after = world.Copy();
                    after.Do(step);
                    if (!_seen.Add(after.Identity(withBounds: true)))
                    {
                        continue;
                    }

                    _origins.Add((number, step));
                    _configurations.Add((after.A.State, after.B.State));
                    if ((after.Fault ?? RunToTheEnd(after)) is { } violation)
                    {
                        return Result(tried, depth + 1, isComplete: false, violation);
                    }

                    if (_seen.Count >= _mostWorlds)
                    {
                        return Result(tried, depth + 1, isComplete: false, null);
                    }

                    next.Add((after, _origins.Count - 1));
                }
            }

            (layer, next) = (next, layer);
            next.Clear();
        }

        return Result(tried, depth - 1, isComplete: true, null);
    }

    /// <summary>Lets a world run on without faults; what is wrong with its end, or null. Worlds known to end well end the run early.</summary>
    private string? RunToTheEnd(World world)
    {
        if (!_ending.Add(world.Identity(withBounds: false)))
        {
            return null;
        }

        World end = world.Copy();
        for (int i = 0; i == 0 || _ending.Add(end.Identity(withBounds: false)); i++)
        {
            if (end.FairStep() is not { } step)
            {
                return JudgeEnd(end);
            }

            if (i == MostFairSteps)
            {
                return $"nothing more goes wrong, and still there is no end after {MostFairSteps} steps: A is in {end.A.State}, B in {end.B.State}";
            }

            end.Do(step);
            if (end.Fault is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private string? JudgeEnd(World end)
    {
        end.A.ReadAll(end.B);
        end.B.ReadAll(end.A);
        if (end.Fault is { } fault)
        {
            return fault;
        }

        bool refused = end.A.Tcp.Error != TcpError.None || end.B.Tcp.Error != TcpError.None;
        bool mayFail = _scenario.MayFail && (end.A.Aborted || end.B.Aborted || refused);
        bool isLeftAlone = mayFail && end.B.State == TcpState.Listen; // the client gave up before there was a connection to accept
        if (!end.A.IsDone || (!end.B.IsDone && !isLeftAlone))
        {
            return $"one waits for ever: A is in {end.A.State} after {end.A.CallsMade} of its calls, B in {end.B.State} after {end.B.CallsMade}";
        }

        if (end.A.State is not (TcpState.Closed or TcpState.Listen) || end.B.State is not (TcpState.Closed or TcpState.Listen))
        {
            return $"both applications are done, and nobody closes: A stays in {end.A.State}, B in {end.B.State}";
        }

        if (mayFail)
        {
            return null;
        }

        return refused ? $"an error without a reason: A {end.A.Tcp.Error}, B {end.B.Tcp.Error}"
            : end.B.Read != end.A.Sent ? $"A sent {end.A.Sent} octets, B read {end.B.Read}"
            : end.A.Read != end.B.Sent ? $"B sent {end.B.Sent} octets, A read {end.A.Read}"
            : null;
    }

    private ExploreResult Result(long tried, int depth, bool isComplete, string? violation) => new()
    {
        Worlds = _seen.Count,
        Steps = tried,
        Depth = depth,
        IsComplete = isComplete,
        Configurations = _configurations,
        Violation = violation,
        Script = violation is null ? [] : Script(_origins.Count - 1),
    };

    /// <summary>The steps to a world, told by doing them again; then the run without faults that shows the violation.</summary>
    private List<string> Script(int number)
    {
        Stack<Step> steps = [];
        for (; number > 0; number = _origins[number].From)
        {
            steps.Push(_origins[number].Step);
        }

        World world = new(_scenario);
        List<string> lines = [];
        while (steps.TryPop(out Step step))
        {
            Tell(world, step, lines);
        }

        if (world.Fault is null)
        {
            lines.Add("from here nothing goes wrong any more:");
            for (int i = 0; i < 60 && world.Fault is null && world.FairStep() is { } step; i++)
            {
                Tell(world, step, lines);
            }
        }

        return lines;
    }

    private static void Tell(World world, Step step, List<string> lines)
    {
        string what = world.Describe(step);
        world.Do(step);
        lines.Add($"{what} ({world.A.State}, {world.B.State})");
    }
}
